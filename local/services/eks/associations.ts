/** Pod Identity associations: the five calls. Rules as in `reference/pod-identity.md`, "The API". */
import type {
  CreatePodIdentityAssociationCommandInput,
  DeletePodIdentityAssociationCommandInput,
  DescribePodIdentityAssociationCommandInput,
  ListPodIdentityAssociationsCommandInput,
  PodIdentityAssociation,
  PodIdentityAssociationSummary,
  UpdatePodIdentityAssociationCommandInput,
} from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { checkRole, checkSessionPolicy, checkTargetRole, passRole } from './association-rules.ts';
import {
  associationNamed,
  badRequest,
  clusterNamed,
  eksPage,
  inUse,
  invalid,
  limitExceeded,
  onCluster,
  requestTags,
  resourceTags,
  tagMap,
} from './lookup.ts';
import { remember, repeated } from './repeated.ts';
import { type Association, associationId, type Cluster, clustersOf, serviceAccountKey } from './state.ts';

type Answer = { association: PodIdentityAssociation };

/** "5,000 associations per cluster; not adjustable" (EKS service quotas). */
const MAX_PER_CLUSTER = 5000;

export const CreatePodIdentityAssociation: Operation<CreatePodIdentityAssociationCommandInput, Answer> = {
  readOnly: false,
  asks: ({ clusterName, roleArn, tags }, call) => [
    onCluster('eks:CreatePodIdentityAssociation', requestTags(tags))(clusterName, call),
    ...passRole(call, required(roleArn)),
  ],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    checkNames(required(input.namespace), required(input.serviceAccount));
    const before = repeated(cluster, 'CreatePodIdentityAssociation', input, (id) => cluster.associations.get(id));
    if (before !== undefined) return { association: shown(cluster, before) };
    const association = associate(cluster, call.now, input, (roleArn) => checkRole(call, roleArn));
    remember(cluster, 'CreatePodIdentityAssociation', input, association.id);
    return { association: shown(cluster, association) };
  },
};

export const UpdatePodIdentityAssociation: Operation<UpdatePodIdentityAssociationCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [
    onAssociation('eks:UpdatePodIdentityAssociation')(input, call),
    ...(input.roleArn === undefined ? [] : passRole(call, input.roleArn)),
  ],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const association = associationNamed(cluster, input.associationId);
    refuseOwned(association);
    const targetRoleArn = input.targetRoleArn ?? association.targetRoleArn ?? '';
    const policy = input.policy ?? association.policy ?? '';
    const disableSessionTags = input.disableSessionTags ?? association.disableSessionTags;
    if (input.roleArn !== undefined) checkRole(call, input.roleArn);
    checkTargetRole(targetRoleArn);
    checkSessionPolicy(policy, disableSessionTags);
    association.roleArn = input.roleArn ?? association.roleArn;
    association.disableSessionTags = disableSessionTags;
    // An empty text clears: that is how a target role is taken away.
    delete association.targetRoleArn;
    delete association.policy;
    Object.assign(association, given('targetRoleArn', targetRoleArn), given('policy', policy));
    association.modifiedAt = call.now;
    return { association: shown(cluster, association) };
  },
};

export const DescribePodIdentityAssociation: Operation<DescribePodIdentityAssociationCommandInput, Answer> = {
  readOnly: true,
  asks: (input, call) => [onAssociation('eks:DescribePodIdentityAssociation')(input, call)],
  run: ({ clusterName, associationId }, call) => {
    const cluster = clusterNamed(call, clusterName);
    return { association: shown(cluster, associationNamed(cluster, associationId)) };
  },
};

export const DeletePodIdentityAssociation: Operation<DeletePodIdentityAssociationCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [onAssociation('eks:DeletePodIdentityAssociation')(input, call)],
  run: ({ clusterName, associationId }, call) => {
    const cluster = clusterNamed(call, clusterName);
    const association = associationNamed(cluster, associationId);
    refuseOwned(association);
    forgetAssociation(cluster, association);
    return { association: shown(cluster, association) };
  },
};

export const ListPodIdentityAssociations: Operation<
  ListPodIdentityAssociationsCommandInput,
  { associations: PodIdentityAssociationSummary[]; nextToken?: string }
> = {
  readOnly: true,
  asks: ({ clusterName }, call) => [onCluster('eks:ListPodIdentityAssociations')(clusterName, call)],
  run: ({ clusterName, namespace, serviceAccount, ...paging }, call) => {
    const cluster = clusterNamed(call, clusterName);
    const matching = [...cluster.associations.values()].filter(
      (association) =>
        (namespace === undefined || association.namespace === namespace) &&
        (serviceAccount === undefined || association.serviceAccount === serviceAccount),
    );
    const page = eksPage(matching, ({ id }) => id, paging);
    return { associations: page.items.map((association) => summary(cluster, association)), ...page.paging };
  },
};

type Wanted = Omit<CreatePodIdentityAssociationCommandInput, 'clusterName' | 'clientRequestToken'>;

/**
 * Puts an association into a cluster by the rules of the call, but for who may make it.
 * @throws what EKS says, and what `checkRole` throws for a role that can't be used
 */
export const associate = (
  cluster: Cluster,
  now: Date,
  wanted: Wanted,
  checkRole: (roleArn: string) => void,
): Association => {
  const namespace = required(wanted.namespace);
  const serviceAccount = required(wanted.serviceAccount);
  const roleArn = required(wanted.roleArn);
  const disableSessionTags = wanted.disableSessionTags ?? false;
  checkNames(namespace, serviceAccount);
  checkRoom(cluster, namespace, [serviceAccount]);
  checkRole(roleArn);
  checkTargetRole(wanted.targetRoleArn);
  checkSessionPolicy(wanted.policy, disableSessionTags);
  return newAssociation(cluster, now, {
    namespace,
    serviceAccount,
    roleArn,
    disableSessionTags,
    tags: tagMap(wanted.tags),
    ...given('targetRoleArn', wanted.targetRoleArn),
    ...given('policy', wanted.policy),
  });
};

type New = Pick<Association, 'namespace' | 'serviceAccount' | 'roleArn' | 'disableSessionTags' | 'tags'> &
  Partial<Pick<Association, 'targetRoleArn' | 'policy' | 'ownerArn'>>;

/** Puts an association into a cluster without asking anything: for the call, and for add-ons, whose associations have an owner. */
export const newAssociation = (cluster: Cluster, now: Date, wanted: New): Association => {
  const id = associationId();
  const { account, region, name } = cluster;
  const association: Association = {
    ...wanted,
    id,
    arn: `${cluster.arn.replace(/:cluster\/.*$/, '')}:podidentityassociation/${name}/${id}`,
    externalId: `${region}/${account}/${name}/${wanted.namespace}/${wanted.serviceAccount}`,
    createdAt: now,
    modifiedAt: now,
  };
  cluster.associations.set(id, association);
  cluster.byServiceAccount.set(serviceAccountKey(association.namespace, association.serviceAccount), id);
  return association;
};

/**
 * Whether a cluster can take an association for each of these service accounts.
 * @throws ResourceInUseException when one has an association, with its id; ResourceLimitExceededException
 */
export const checkRoom = (cluster: Cluster, namespace: string, serviceAccounts: readonly string[]): void => {
  for (const serviceAccount of serviceAccounts) {
    const taken = cluster.byServiceAccount.get(serviceAccountKey(namespace, serviceAccount));
    if (taken !== undefined) throw inUse(`Association already exists: ${taken}`, { clusterName: cluster.name });
  }
  if (cluster.associations.size + serviceAccounts.length > MAX_PER_CLUSTER) {
    throw limitExceeded(`The maximum number of Pod Identity associations per cluster is ${MAX_PER_CLUSTER}.`);
  }
};

/** Takes an association out of its cluster, whoever owns it. */
export const forgetAssociation = (cluster: Cluster, association: Association): void => {
  cluster.associations.delete(association.id);
  cluster.byServiceAccount.delete(serviceAccountKey(association.namespace, association.serviceAccount));
};

const onAssociation =
  (action: string) =>
  (
    input: { readonly clusterName?: string | undefined; readonly associationId?: string | undefined },
    call: Call,
  ): Ask => {
    const known = clustersOf(call.cloud, call.account, call.region)
      .get(input.clusterName ?? '')
      ?.associations.get(input.associationId ?? '');
    const { partition } = call.cloud;
    const resource = `arn:${partition}:eks:${call.region}:${call.account}:podidentityassociation/${input.clusterName}/${input.associationId}`;
    return { action, resource, context: resourceTags(known?.tags) };
  };

const checkNames = (namespace: string, serviceAccount: string): void => {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) throw invalid(`Invalid namespace: ${namespace}`);
  if (serviceAccount.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(serviceAccount)) {
    throw invalid(`Invalid service account: ${serviceAccount}`);
  }
};

/**
 * `../shared/reference/pod-identity.md`: what an add-on owns is changed through the add-on. EKS's guide (add-ons-iam) says that one may do it
 * directly if need be; which of the two EKS answers is unverified, and this is the stricter.
 */
const refuseOwned = ({ id, ownerArn }: Association): void => {
  if (ownerArn !== undefined) {
    throw badRequest(`The association ${id} is owned by ${ownerArn}. Change it through the add-on.`);
  }
};

const given = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, string>);

const summary = (cluster: Cluster, association: Association): PodIdentityAssociationSummary => ({
  clusterName: cluster.name,
  namespace: association.namespace,
  serviceAccount: association.serviceAccount,
  associationArn: association.arn,
  associationId: association.id,
  ...given('ownerArn', association.ownerArn),
});

const shown = (cluster: Cluster, association: Association): PodIdentityAssociation => ({
  ...summary(cluster, association),
  roleArn: association.roleArn,
  tags: Object.fromEntries(association.tags),
  createdAt: association.createdAt,
  modifiedAt: association.modifiedAt,
  disableSessionTags: association.disableSessionTags,
  ...given('targetRoleArn', association.targetRoleArn),
  ...given('externalId', association.targetRoleArn && association.externalId),
  ...given('policy', association.policy),
});
