/** What EKS keeps of an account and region: clusters, their Pod Identity associations, access entries and add-ons. */
import { randomUUID } from 'node:crypto';
import type { AddonIssue, AddonStatus, ErrorDetail, UpdateParam, UpdateStatus } from '@aws-sdk/client-eks';
import { parseArn } from '../../../functions/partition.ts';
import type { Call, Cloud } from '../../contract.ts';

export type Association = {
  readonly id: string;
  readonly arn: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  roleArn: string;
  targetRoleArn?: string;
  /** Computable before the association exists: region, account, cluster, namespace and service account. */
  readonly externalId: string;
  disableSessionTags: boolean;
  /** A session policy, as text. */
  policy?: string;
  /** The add-on that it belongs to; deleting that one with `preserve` leaves it without an owner. */
  ownerArn?: string;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  modifiedAt: Date;
};

export type AccessEntry = {
  readonly arn: string;
  readonly principalArn: string;
  /** The principal's unique id when the entry was made: a recreated role has another. */
  readonly principalId: string;
  readonly type: string;
  username: string;
  groups: readonly string[];
  /** By the policy's ARN. */
  readonly policies: Map<string, AccessPolicyScope>;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  modifiedAt: Date;
};

export type AccessPolicyScope = {
  readonly associatedAt: Date;
  readonly modifiedAt: Date;
  /** Absent: the whole cluster. */
  readonly namespaces?: readonly string[];
};

export type Addon = {
  readonly arn: string;
  readonly name: string;
  readonly namespace: string;
  status: AddonStatus;
  version: string;
  /** Why it isn't well. */
  issues: readonly AddonIssue[];
  serviceAccountRoleArn?: string;
  /** As text, JSON or YAML. */
  configurationValues?: string;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  modifiedAt: Date;
};

/** Its status is always ACTIVE here: nothing has to be set up for it. */
export type FargateProfile = {
  readonly name: string;
  readonly arn: string;
  readonly podExecutionRoleArn: string;
  readonly subnets: readonly string[];
  readonly selectors: ReadonlyArray<{ readonly namespace: string; readonly labels: Readonly<Record<string, string>> }>;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
};

/** An asynchronous change, as DescribeUpdate tells it. */
export type StoredUpdate = {
  readonly id: string;
  /** An add-on's update is found only by those who name the add-on. */
  readonly addonName: string;
  status: UpdateStatus;
  readonly params: readonly UpdateParam[];
  readonly createdAt: Date;
  errors: readonly ErrorDetail[];
};

/** The Kubernetes API behind a cluster, as its administrator: where EKS puts an add-on's software and an access policy's bindings. */
export type KubernetesObjects = {
  /** Creates or changes. */
  readonly apply: (manifests: readonly object[]) => Promise<void>;
  /** Removes, by kind, namespace and name; what isn't there is no error. */
  readonly remove: (manifests: readonly object[]) => Promise<void>;
};

export type AuthenticationMode = 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';

/** Checks a service account token for an audience. @throws TokenInvalid, TokenExpired by their names */
export type ReviewToken = (
  token: string,
  audience: string,
) => Promise<{ namespace: string; serviceAccount: string; pod?: { name: string; uid: string } }>;

export type Cluster = {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly issuer: string;
  readonly version: string;
  readonly roleArn: string;
  readonly authenticationMode: AuthenticationMode;
  readonly reviewToken: ReviewToken;
  /** Absent where nothing runs behind EKS: add-ons are records then. */
  readonly kubernetes?: KubernetesObjects;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  readonly associations: Map<string, Association>;
  /** Association ids by `namespace/serviceAccount`: there is one at most. */
  readonly byServiceAccount: Map<string, string>;
  readonly accessEntries: Map<string, AccessEntry>;
  readonly addons: Map<string, Addon>;
  readonly fargateProfiles: Map<string, FargateProfile>;
  readonly updates: Map<string, StoredUpdate>;
  /** What create calls made, by operation and client token: see `repeated`. */
  readonly requestTokens: Map<string, { readonly id: string; readonly input: string }>;
};

/** The clusters of an account and region by name. */
export const clustersOf = (cloud: Cloud, account: string, region: string): Map<string, Cluster> =>
  cloud.state('eks', `${account}/${region}`, () => new Map<string, Cluster>());

export const clusterByArn = (cloud: Cloud, arn: string): Cluster | undefined => {
  const { account, region, resource } = parseArn(arn) ?? { account: '', region: '', resource: '' };
  return clustersOf(cloud, account, region).get(resource.replace(/^cluster\//, ''));
};

/** The ARN that a cluster of this name has, or would have. */
export const clusterArnOf = (call: Call, name: string | undefined): string =>
  `arn:${call.cloud.partition}:eks:${call.region}:${call.account}:cluster/${name}`;

export const serviceAccountKey = (namespace: string, serviceAccount: string): string =>
  `${namespace}/${serviceAccount}`;

/** `a-` and seventeen letters and digits: the end of a UUID in base 36. */
export const associationId = (): string => {
  const random = BigInt(`0x${randomUUID().replaceAll('-', '')}`);
  return `a-${random.toString(36).padStart(17, '0').slice(-17)}`;
};
