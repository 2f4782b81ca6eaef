/** Add-ons: the five calls. What they put into a cluster is in `software.ts`. */
import { randomUUID } from 'node:crypto';
import type {
  Addon as AddonOutput,
  CreateAddonCommandInput,
  DeleteAddonCommandInput,
  DescribeAddonCommandInput,
  ListAddonsCommandInput,
  Update,
  UpdateAddonCommandInput,
  UpdateParam,
} from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../../contract.ts';
import { required } from '../../../wire/check.ts';
import {
  badRequest,
  clusterNamed,
  eksPage,
  inUse,
  invalid,
  notFound,
  onCluster,
  requestTags,
  resourceTags,
  tagMap,
} from '../lookup.ts';
import { remember, repeated } from '../repeated.ts';
import { type Addon, type Cluster, clustersOf } from '../state.ts';
import { newUpdate, shownUpdate } from '../updates.ts';
import { checkWanted, disown, ownedBy, passRoles, setOwned } from './associations.ts';
import { catalog, defaultVersion } from './catalog.ts';
import { configurationOf } from './configuration.ts';
import { install, uninstall } from './lifecycle.ts';

type Answer = { addon: AddonOutput };
type Named = { readonly clusterName?: string | undefined; readonly addonName?: string | undefined };
/** What Create and Update have in common. */
type Settings = Pick<
  CreateAddonCommandInput,
  'serviceAccountRoleArn' | 'podIdentityAssociations' | 'resolveConflicts' | 'configurationValues'
>;

export const CreateAddon: Operation<CreateAddonCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [
    onCluster('eks:CreateAddon', requestTags(input.tags))(input.clusterName, call),
    ...passes(input, call),
  ],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const before = repeated(cluster, 'CreateAddon', input, (name) => cluster.addons.get(name));
    if (before !== undefined) return { addon: shown(cluster, before) };
    const addon = newAddon(cluster, call.now, input);
    if (cluster.addons.has(addon.name)) throw inUse('Addon already exists', names(cluster, addon));
    checkSettings(addon.name, input);
    checkWanted(call, cluster, addon, input.podIdentityAssociations ?? []);
    cluster.addons.set(addon.name, addon);
    setOwned(call, cluster, addon, input.podIdentityAssociations ?? []);
    remember(cluster, 'CreateAddon', input, addon.name);
    install(call.cloud, cluster, addon);
    return { addon: shown(cluster, addon) };
  },
};

export const DescribeAddon: Operation<DescribeAddonCommandInput, Answer> = {
  readOnly: true,
  asks: (input, call) => [onAddon('eks:DescribeAddon', input, call)],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    return { addon: shown(cluster, addonNamed(cluster, input)) };
  },
};

export const ListAddons: Operation<ListAddonsCommandInput, { addons: string[]; nextToken?: string }> = {
  readOnly: true,
  asks: ({ clusterName }, call) => [onCluster('eks:ListAddons')(clusterName, call)],
  run: ({ clusterName, ...paging }, call) => {
    const page = eksPage(clusterNamed(call, clusterName).addons.keys(), (name) => name, paging);
    return { addons: [...page.items], ...page.paging };
  },
};

export const UpdateAddon: Operation<UpdateAddonCommandInput, { update: Update }> = {
  readOnly: false,
  asks: (input, call) => [onAddon('eks:UpdateAddon', input, call), ...passes(input, call)],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const addon = addonNamed(cluster, input);
    const before = repeated(cluster, 'UpdateAddon', input, (id) => cluster.updates.get(id));
    if (before !== undefined) return { update: shownUpdate(before) };
    if (/ING$/.test(addon.status)) {
      throw badRequest(
        `Addon ${addon.name} cannot be updated as it is currently in ${addon.status} state`,
        names(cluster, addon),
      );
    }
    const version = supportedVersion(cluster, addon.name, input.addonVersion ?? addon.version);
    checkSettings(addon.name, input);
    if (input.podIdentityAssociations !== undefined) {
      checkWanted(call, cluster, { ...addon, version }, input.podIdentityAssociations);
      setOwned(call, cluster, addon, input.podIdentityAssociations);
    }
    Object.assign(addon, { version, status: 'UPDATING', modifiedAt: call.now }, settings(input));
    const update = newUpdate(cluster, call.now, addon.name, params(input));
    remember(cluster, 'UpdateAddon', input, update.id);
    install(call.cloud, cluster, addon, update);
    return { update: shownUpdate(update) };
  },
};

/** Its associations go with it at once; its software a little later. */
export const DeleteAddon: Operation<DeleteAddonCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [onAddon('eks:DeleteAddon', input, call)],
  run: ({ preserve = false, ...input }, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const addon = addonNamed(cluster, input);
    const under = addon.status === 'DELETING';
    addon.status = 'DELETING';
    const answer = { addon: shown(cluster, addon) };
    disown(cluster, addon, preserve);
    if (!under) uninstall(call.cloud, cluster, addon, preserve);
    return answer;
  },
};

/** As it would be; it isn't in its cluster yet. @throws InvalidParameterException */
const newAddon = (cluster: Cluster, now: Date, input: CreateAddonCommandInput): Addon => {
  const name = required(input.addonName);
  const known = catalog().find((addon) => addon.name === name);
  if (known === undefined) throw invalid('Addon specified is not supported', { addonName: name });
  const namespace = input.namespaceConfig?.namespace ?? known.namespace;
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) throw invalid(`Invalid namespace: ${namespace}`);
  return {
    arn: `${cluster.arn.replace(/:cluster\/.*$/, '')}:addon/${cluster.name}/${name}/${randomUUID()}`,
    name,
    namespace,
    status: 'CREATING',
    version: supportedVersion(cluster, name, input.addonVersion ?? defaultVersion(name, cluster.version)),
    issues: [],
    tags: tagMap(input.tags),
    createdAt: now,
    modifiedAt: now,
    ...settings(input),
  };
};

/** EKS's words: aws-sdk-go-v2 issue 2554. @throws InvalidParameterException */
const supportedVersion = (cluster: Cluster, name: string, version: string | undefined): string => {
  const addon = catalog(cluster.version).find((known) => known.name === name);
  const found = addon?.versions.find((known) => known.version === version);
  if (found !== undefined) return found.version;
  throw invalid('Addon version specified is not supported', { clusterName: cluster.name, addonName: name });
};

const checkSettings = (
  name: string,
  { resolveConflicts, serviceAccountRoleArn, configurationValues }: Settings,
): void => {
  if (resolveConflicts !== undefined && !['OVERWRITE', 'NONE', 'PRESERVE'].includes(resolveConflicts)) {
    throw invalid(`resolveConflicts must be one of [OVERWRITE, NONE, PRESERVE], not ${resolveConflicts}.`);
  }
  if (serviceAccountRoleArn !== undefined && (serviceAccountRoleArn === '' || serviceAccountRoleArn.length > 255)) {
    throw invalid('serviceAccountRoleArn must have between 1 and 255 characters.');
  }
  configurationOf(name, configurationValues);
};

const settings = ({ serviceAccountRoleArn, configurationValues }: Settings): Partial<Addon> => ({
  ...(serviceAccountRoleArn === undefined ? {} : { serviceAccountRoleArn }),
  ...(configurationValues === undefined ? {} : { configurationValues }),
});

/** What the update says of itself, as in the examples of `aws eks update-addon`. */
const params = (input: UpdateAddonCommandInput): UpdateParam[] => {
  const param = (type: NonNullable<UpdateParam['type']>, value: string | undefined): UpdateParam[] =>
    value === undefined ? [] : [{ type, value }];
  const associations = input.podIdentityAssociations;
  return [
    ...param('AddonVersion', input.addonVersion),
    ...param('ServiceAccountRoleArn', input.serviceAccountRoleArn),
    ...param('ResolveConflicts', input.resolveConflicts),
    ...param('ConfigurationValues', input.configurationValues),
    ...param('PodIdentityAssociations', associations === undefined ? undefined : JSON.stringify(associations)),
  ];
};

const passes = ({ serviceAccountRoleArn, podIdentityAssociations }: Settings, call: Call): readonly Ask[] => [
  ...(serviceAccountRoleArn === undefined ? [] : [{ action: 'iam:PassRole', resource: serviceAccountRoleArn }]),
  ...passRoles(podIdentityAssociations, call),
];

const addonNamed = (cluster: Cluster, { addonName }: Named): Addon => {
  const addon = cluster.addons.get(required(addonName));
  if (addon !== undefined) return addon;
  throw notFound(`No addon: ${addonName} found in cluster: ${cluster.name}`, {
    clusterName: cluster.name,
    addonName: required(addonName),
  });
};

const onAddon = (action: string, { clusterName, addonName }: Named, call: Call): Ask => {
  const addon = clustersOf(call.cloud, call.account, call.region)
    .get(clusterName ?? '')
    ?.addons.get(addonName ?? '');
  const none = `arn:${call.cloud.partition}:eks:${call.region}:${call.account}:addon/${clusterName}/${addonName}/*`;
  return { action, resource: addon?.arn ?? none, context: resourceTags(addon?.tags) };
};

const names = (cluster: Cluster, addon: Addon) => ({ clusterName: cluster.name, addonName: addon.name });

const shown = (cluster: Cluster, addon: Addon): AddonOutput => {
  const associations = ownedBy(cluster, addon).map(({ arn }) => arn);
  return {
    addonName: addon.name,
    clusterName: cluster.name,
    status: addon.status,
    addonVersion: addon.version,
    health: { issues: [...addon.issues] },
    addonArn: addon.arn,
    createdAt: addon.createdAt,
    modifiedAt: addon.modifiedAt,
    ...settings(addon),
    ...(associations.length === 0 ? {} : { podIdentityAssociations: associations }),
    tags: Object.fromEntries(addon.tags),
    namespaceConfig: { namespace: addon.namespace },
  };
};
