/**
 * Pod Identity associations that an add-on owns: made, changed and removed with it. CloudTrail's records are of the add-on's calls only: whether EKS
 * logs calls on the associations beside them is unknown (`../shared/reference/pod-identity.md`).
 */
import type { AddonPodIdentityAssociations } from '@aws-sdk/client-eks';
import type { Ask, Call } from '../../../contract.ts';
import { required } from '../../../wire/check.ts';
import { checkRole, passRole } from '../association-rules.ts';
import { checkRoom, forgetAssociation, newAssociation } from '../associations.ts';
import { invalid } from '../lookup.ts';
import type { Addon, Association, Cluster } from '../state.ts';
import { catalog } from './catalog.ts';

type Wanted = readonly AddonPodIdentityAssociations[];

export const ownedBy = (cluster: Cluster, { arn }: Addon): Association[] =>
  [...cluster.associations.values()].filter(({ ownerArn }) => ownerArn === arn);

/** Nobody gets past `iam:PassRole` by an add-on. */
export const passRoles = (wanted: Wanted | undefined, call: Call): readonly Ask[] =>
  (wanted ?? []).flatMap(({ roleArn }) => passRole(call, required(roleArn)));

/**
 * Whether the add-on can have these. The first two messages are EKS's own (terraform-aws-eks issue 3520).
 * @throws InvalidParameterException; ResourceInUseException when somebody else has the service account: "Add-ons can't assume ownership of
 * existing pod identity associations" (EKS guide, add-ons-iam)
 */
export const checkWanted = (call: Call, cluster: Cluster, addon: Addon, wanted: Wanted): void => {
  const supported = catalog().find(({ name }) => name === addon.name)?.serviceAccounts ?? {};
  const names = wanted.map(({ serviceAccount }) => required(serviceAccount));
  if (names.length > 0 && Object.keys(supported).length === 0) {
    throw invalid(`Pod Identity feature is not supported for addon version: ${addon.version}`, {
      addonName: addon.name,
    });
  }
  for (const name of names) {
    if (Object.hasOwn(supported, name)) continue;
    throw invalid(`Service account ${name} in pod identity configuration is not supported for addon ${addon.name}`, {
      addonName: addon.name,
    });
  }
  if (new Set(names).size < names.length)
    throw invalid('A service account occurs more than once in podIdentityAssociations.');
  for (const { roleArn } of wanted) checkRole(call, required(roleArn));
  const owned = new Set(ownedBy(cluster, addon).map(({ serviceAccount }) => serviceAccount));
  checkRoom(
    cluster,
    addon.namespace,
    names.filter((name) => !owned.has(name)),
  );
};

/** Makes the add-on's associations these and no others; one whose service account stays keeps its id. `checkWanted` comes first. */
export const setOwned = (call: Call, cluster: Cluster, addon: Addon, wanted: Wanted): void => {
  const roles = new Map(wanted.map(({ serviceAccount, roleArn }) => [required(serviceAccount), required(roleArn)]));
  for (const association of ownedBy(cluster, addon)) {
    const roleArn = roles.get(association.serviceAccount);
    roles.delete(association.serviceAccount);
    if (roleArn === undefined) forgetAssociation(cluster, association);
    else if (roleArn !== association.roleArn) Object.assign(association, { roleArn, modifiedAt: call.now });
  }
  for (const [serviceAccount, roleArn] of roles) {
    newAssociation(cluster, call.now, {
      namespace: addon.namespace,
      serviceAccount,
      roleArn,
      disableSessionTags: false,
      tags: new Map(),
      ownerArn: addon.arn,
    });
  }
};

/** They go with their add-on, unless that is deleted with `preserve`: then they stay, owned by nobody. */
export const disown = (cluster: Cluster, addon: Addon, preserve: boolean): void => {
  for (const association of ownedBy(cluster, addon)) {
    if (preserve) delete association.ownerArn;
    else forgetAssociation(cluster, association);
  }
};
