/** What EKS keeps of an account and region: clusters, their Pod Identity associations and access entries. */
import { randomInt } from 'node:crypto';
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
  /** The add-on that it belongs to. */
  readonly ownerArn?: string;
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
  readonly policies: Map<string, { readonly associatedAt: Date }>;
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  modifiedAt: Date;
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
  readonly tags: Map<string, string>;
  readonly createdAt: Date;
  readonly associations: Map<string, Association>;
  /** Association ids by `namespace/serviceAccount`: there is one at most. */
  readonly byServiceAccount: Map<string, string>;
  readonly accessEntries: Map<string, AccessEntry>;
  /** Tokens of create calls, so that a repeated one makes nothing new. */
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

/** `a-` and seventeen letters and digits. */
export const associationId = (): string => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return `a-${Array.from({ length: 17 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
};
