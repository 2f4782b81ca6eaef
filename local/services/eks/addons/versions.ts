/** Which add-ons there are, in which versions, and what can be configured of them. */
import type {
  AddonInfo,
  DescribeAddonConfigurationCommandInput,
  DescribeAddonConfigurationCommandOutput,
  DescribeAddonVersionsCommandInput,
} from '@aws-sdk/client-eks';
import type { Operation } from '../../../contract.ts';
import { required } from '../../../wire/check.ts';
import { eksPage, invalid, notFound } from '../lookup.ts';
import { type CatalogAddon, type CatalogVersion, catalog, defaultVersion } from './catalog.ts';
import { configurationSchema } from './configuration.ts';

/** What EKS says of all add-ons here: they are its own. */
const PUBLISHER = 'eks';
const OWNER = 'aws';

export const DescribeAddonVersions: Operation<
  DescribeAddonVersionsCommandInput,
  { addons: AddonInfo[]; nextToken?: string }
> = {
  readOnly: true,
  asks: () => [{ action: 'eks:DescribeAddonVersions', resource: '*' }],
  run: ({ kubernetesVersion, addonName, types, publishers, owners, ...paging }) => {
    if (addonName !== undefined && catalog().every(({ name }) => name !== addonName)) {
      throw notFound(`Addon ${addonName} specified is not found.`, { addonName });
    }
    if (kubernetesVersion !== undefined && !/^1\.\d+$/.test(kubernetesVersion)) {
      throw invalid(`Invalid Kubernetes version: ${kubernetesVersion}`);
    }
    const among = (values: readonly string[] | undefined, value: string) =>
      values === undefined || values.includes(value);
    const matching = catalog(kubernetesVersion).filter(
      ({ name, type }) =>
        (addonName === undefined || name === addonName) &&
        among(types, type) &&
        among(publishers, PUBLISHER) &&
        among(owners, OWNER),
    );
    const page = eksPage(matching, ({ name }) => name, paging);
    return { addons: page.items.map((addon) => shown(addon, kubernetesVersion)), ...page.paging };
  },
};

type Configuration = Omit<DescribeAddonConfigurationCommandOutput, '$metadata'>;

export const DescribeAddonConfiguration: Operation<DescribeAddonConfigurationCommandInput, Configuration> = {
  readOnly: true,
  asks: () => [{ action: 'eks:DescribeAddonConfiguration', resource: '*' }],
  run: (input, call) => {
    const addonName = required(input.addonName);
    const addonVersion = required(input.addonVersion);
    const addon = catalog().find(({ name }) => name === addonName);
    if (addon === undefined) throw notFound(`Addon ${addonName} specified is not found.`, { addonName });
    if (addon.versions.every(({ version }) => version !== addonVersion)) {
      throw invalid('Addon version specified is not supported', { addonName });
    }
    const podIdentityConfiguration = Object.entries(addon.serviceAccounts).map(([serviceAccount, policy]) => ({
      serviceAccount,
      recommendedManagedPolicies: [`arn:${call.cloud.partition}:iam::aws:policy/${policy}`],
    }));
    return {
      addonName,
      addonVersion,
      configurationSchema: JSON.stringify(configurationSchema(addonName)),
      ...(podIdentityConfiguration.length === 0 ? {} : { podIdentityConfiguration }),
    };
  },
};

const shown = (addon: CatalogAddon, kubernetesVersion: string | undefined): AddonInfo => ({
  addonName: addon.name,
  type: addon.type,
  addonVersions: addon.versions.map((version) => ({
    addonVersion: version.version,
    architecture: ['amd64', 'arm64'],
    computeTypes: ['ec2', 'hybrid'],
    compatibilities: compatibilities(addon, version, kubernetesVersion),
    requiresConfiguration: false,
    requiresIamPermissions: Object.keys(addon.serviceAccounts).length > 0,
  })),
  publisher: PUBLISHER,
  owner: OWNER,
  defaultNamespace: addon.namespace,
});

const compatibilities = ({ name }: CatalogAddon, { version, kubernetes }: CatalogVersion, only: string | undefined) =>
  kubernetes
    .filter((clusterVersion) => only === undefined || clusterVersion === only)
    .map((clusterVersion) => ({
      clusterVersion,
      platformVersions: ['*'],
      defaultVersion: defaultVersion(name, clusterVersion) === version,
    }));
