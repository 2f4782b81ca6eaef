/** Access entries: which IAM principal is whom in Kubernetes. */
import { randomUUID } from 'node:crypto';
import type {
  AccessEntry as AccessEntryOutput,
  CreateAccessEntryCommandInput,
  DeleteAccessEntryCommandInput,
  DescribeAccessEntryCommandInput,
  ListAccessEntriesCommandInput,
  UpdateAccessEntryCommandInput,
} from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { currentId } from '../iam/policies.ts';
import { accountOf } from '../iam/state.ts';
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
} from './lookup.ts';
import { unbind } from './namespace-scope.ts';
import { remember, repeated } from './repeated.ts';
import { type AccessEntry, type Cluster, clustersOf } from './state.ts';

type Answer = { accessEntry: AccessEntryOutput };
type Named = { readonly clusterName?: string | undefined; readonly principalArn?: string | undefined };

const NODE_TYPES: ReadonlySet<string> = new Set([
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'EC2',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
]);

/** Creating these needs `iam:PassRole` on the role (EKS guide, "Create access entries"). */
const PASSED_TYPES: ReadonlySet<string> = new Set(['EC2_LINUX', 'EC2_WINDOWS']);

export const CreateAccessEntry: Operation<CreateAccessEntryCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [
    onCluster('eks:CreateAccessEntry', requestTags(input.tags))(input.clusterName, call),
    ...(PASSED_TYPES.has(input.type ?? '') ? [{ action: 'iam:PassRole', resource: required(input.principalArn) }] : []),
  ],
  run: (input, call) => {
    const cluster = entriesCluster(call, input);
    const principalArn = required(input.principalArn);
    const type = input.type ?? 'STANDARD';
    const before = repeated(cluster, 'CreateAccessEntry', input, (arn) => cluster.accessEntries.get(arn));
    if (before !== undefined) return { accessEntry: shown(cluster, before) };
    const principalId = principalIdOf(call, principalArn);
    checkType(cluster, principalArn, type, input);
    checkUser(input);
    if (cluster.accessEntries.has(principalArn)) {
      throw inUse('The specified access entry resource is already in use on this cluster.', {
        clusterName: cluster.name,
      });
    }
    const entry = newEntry(cluster, call.now, {
      principalArn,
      principalId,
      type,
      username: input.username ?? defaultUsername(call.cloud.partition, principalArn, type),
      groups: type === 'STANDARD' ? (input.kubernetesGroups ?? []) : ['system:nodes'],
      tags: tagMap(input.tags),
    });
    remember(cluster, 'CreateAccessEntry', input, principalArn);
    return { accessEntry: shown(cluster, entry) };
  },
};

export const DescribeAccessEntry: Operation<DescribeAccessEntryCommandInput, Answer> = {
  readOnly: true,
  asks: (input, call) => [onEntry('eks:DescribeAccessEntry')(input, call)],
  run: (input, call) => {
    const cluster = entriesCluster(call, input);
    return { accessEntry: shown(cluster, entryNamed(cluster, input)) };
  },
};

export const UpdateAccessEntry: Operation<UpdateAccessEntryCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [onEntry('eks:UpdateAccessEntry')(input, call)],
  run: (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    if (entry.type !== 'STANDARD') throw badRequest(`You cannot update an access entry of type ${entry.type}.`);
    checkUser(input);
    entry.groups = input.kubernetesGroups ?? entry.groups;
    entry.username = input.username ?? entry.username;
    entry.modifiedAt = call.now;
    return { accessEntry: shown(cluster, entry) };
  },
};

export const DeleteAccessEntry: Operation<DeleteAccessEntryCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => [onEntry('eks:DeleteAccessEntry')(input, call)],
  run: async (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    cluster.accessEntries.delete(entry.principalArn);
    for (const [policyArn, { namespaces }] of entry.policies) await unbind(cluster, entry, policyArn, namespaces);
    return {};
  },
};

export const ListAccessEntries: Operation<
  ListAccessEntriesCommandInput,
  { accessEntries: string[]; nextToken?: string }
> = {
  readOnly: true,
  asks: ({ clusterName }, call) => [onCluster('eks:ListAccessEntries')(clusterName, call)],
  run: ({ associatedPolicyArn, ...input }, call) => {
    const entries = [...entriesCluster(call, input).accessEntries.values()]
      .filter(({ policies }) => associatedPolicyArn === undefined || policies.has(associatedPolicyArn))
      .map(({ principalArn }) => principalArn);
    const page = eksPage(entries, (arn) => arn, input);
    return { accessEntries: [...page.items], ...page.paging };
  },
};

/** Puts an entry into a cluster without asking anything. */
export const newEntry = (
  cluster: Cluster,
  now: Date,
  wanted: Pick<AccessEntry, 'principalArn' | 'principalId' | 'username'> & Partial<AccessEntry>,
): AccessEntry => {
  const [kind = '', ...path] = (wanted.principalArn.split(':')[5] ?? '').split('/');
  const entry: AccessEntry = {
    type: 'STANDARD',
    groups: [],
    policies: new Map(),
    tags: new Map(),
    createdAt: now,
    modifiedAt: now,
    ...wanted,
    arn: `${cluster.arn.replace(':cluster/', ':access-entry/')}/${kind}/${accountOf(wanted.principalArn)}/${path.join('/')}/${randomUUID()}`,
  };
  cluster.accessEntries.set(entry.principalArn, entry);
  return entry;
};

/** The cluster, if access entries hold there. @throws InvalidRequestException when it reads aws-auth only */
export const entriesCluster = (call: Call, { clusterName }: Named): Cluster => {
  const cluster = clusterNamed(call, clusterName);
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    throw badRequest(
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    );
  }
  return cluster;
};

/** @throws ResourceNotFoundException */
export const entryNamed = (cluster: Cluster, { principalArn }: Named): AccessEntry => {
  const entry = cluster.accessEntries.get(required(principalArn));
  if (entry !== undefined) return entry;
  // EKS's words: terraform-aws-eks issue 3024.
  throw notFound(
    "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
    { clusterName: cluster.name },
  );
};

/** Asks for an action on an entry; one that doesn't exist stands for itself by its principal. */
export const onEntry =
  (action: string, more: Ask['context'] = {}) =>
  ({ clusterName, principalArn }: Named, call: Call): Ask => {
    const cluster = clustersOf(call.cloud, call.account, call.region).get(clusterName ?? '');
    const entry = cluster?.accessEntries.get(principalArn ?? '');
    const [kind, ...path] = (principalArn?.split(':')[5] ?? '').split('/');
    const owner = accountOf(principalArn ?? '');
    const fallback = `arn:${call.cloud.partition}:eks:${call.region}:${call.account}:access-entry/${clusterName}/${kind}/${owner}/${path.join('/')}/*`;
    return { action, resource: entry?.arn ?? fallback, context: { ...resourceTags(entry?.tags), ...more } };
  };

/** Reserved prefixes, as the EKS guide lists them for access entries. */
const RESERVED = /^(?:system:|eks:|aws:|amazon:|iam:)/;

const checkUser = (input: {
  readonly kubernetesGroups?: string[] | undefined;
  readonly username?: string | undefined;
}): void => {
  for (const group of input.kubernetesGroups ?? []) {
    const prefix = RESERVED.exec(group)?.[0];
    if (prefix !== undefined)
      throw invalid(`The kubernetes group name ${group} is invalid, it cannot start with ${prefix}`);
  }
  const prefix = RESERVED.exec(input.username ?? '')?.[0];
  if (prefix !== undefined) throw invalid(`The username ${input.username} is invalid, it cannot start with ${prefix}`);
  if (/^[^:]*\{\{SessionName/.test(input.username ?? '')) {
    throw invalid(`The username ${input.username} is invalid, it must include a colon before {{SessionName}}`);
  }
};

/** The unique id that the entry pins. @throws InvalidParameterException */
const principalIdOf = (call: Call, principalArn: string): string => {
  const id = /:role\/aws-service-role\//.test(principalArn) ? undefined : currentId(call.cloud, principalArn);
  if (id === undefined) throw invalid('The specified principalArn is invalid: invalid principal.');
  return id;
};

/** Nodes are roles of the cluster's account, and EKS says who they are in Kubernetes. @throws InvalidParameterException, InvalidRequestException */
const checkType = (
  cluster: Cluster,
  principalArn: string,
  type: string,
  input: CreateAccessEntryCommandInput,
): void => {
  if (type === 'STANDARD') return;
  if (!NODE_TYPES.has(type)) throw invalid(`The access entry type ${type} is not valid.`);
  if (accountOf(principalArn) !== cluster.account || !/:role\//.test(principalArn)) {
    throw invalid(`The principalArn of an access entry of type ${type} must be a role of the cluster's account.`);
  }
  if (input.username !== undefined || (input.kubernetesGroups ?? []).length > 0) {
    throw badRequest(`You cannot set a username or groups for an access entry of type ${type}.`);
  }
};

/** As EKS chooses it (guide, "Create access entries"): a role's sessions are told apart by their names. */
const defaultUsername = (partition: string, principalArn: string, type: string): string => {
  if (type === 'FARGATE_LINUX' || type === 'HYBRID_LINUX') return 'system:node:{{SessionName}}';
  if (type !== 'STANDARD') return 'system:node:{{EC2PrivateDNSName}}';
  const role = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(principalArn);
  return role === null ? principalArn : `arn:${partition}:sts::${role[1]}:assumed-role/${role[2]}/{{SessionName}}`;
};

const shown = (cluster: Cluster, entry: AccessEntry): AccessEntryOutput => ({
  clusterName: cluster.name,
  principalArn: entry.principalArn,
  kubernetesGroups: [...entry.groups],
  accessEntryArn: entry.arn,
  createdAt: entry.createdAt,
  modifiedAt: entry.modifiedAt,
  tags: Object.fromEntries(entry.tags),
  username: entry.username,
  type: entry.type,
});
