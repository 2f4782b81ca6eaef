/** The one form of statement that the author writes, and by what it is recognised. */
import { requestTag } from '../../abac/index.ts';
import { type ClusterRef, clusterArn } from '../../identity.ts';
import { PODS } from '../reach/index.ts';
import type { WrittenTrustStatement } from './wish.ts';

/** Every service account of these names in every one of these namespaces of every one of these clusters. */
export type Box = {
  readonly clusters: readonly ClusterRef[];
  readonly namespaces: readonly string[];
  readonly serviceAccounts: readonly string[];
};

/** Through whom the identities come: EKS itself, or the source role by its exact ARN. */
export type Through = { readonly sourceRoleArn?: string | undefined };

/**
 * A statement that admits exactly the box, in the shorter of two forms of cluster conditions.
 *
 * StringLike, since names and ARNs of clusters hold no wildcard: it says the same as StringEquals in two characters
 * less. A source role is named by the principal alone: IAM pins an ARN there to the role's unique id, so `ArnEquals
 * aws:PrincipalArn` would say nothing that the principal doesn't.
 */
export const writeStatement = (box: Box, { sourceRoleArn }: Through, sid: string): WrittenTrustStatement => ({
  Sid: sid,
  Effect: 'Allow',
  Principal: sourceRoleArn === undefined ? { Service: PODS } : { AWS: sourceRoleArn },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Condition: {
    StringLike: {
      ...clusterConditions(box.clusters),
      [requestTag('kubernetes-namespace')]: single(box.namespaces),
      [requestTag('kubernetes-service-account')]: single(box.serviceAccounts),
    },
  },
});

/** Whether the author wrote the statement, to be told by its Sid: it replaces all of these. */
export const isOurs = (statement: unknown): boolean => {
  const sid = typeof statement === 'object' && statement !== null && 'Sid' in statement ? statement.Sid : undefined;
  return typeof sid === 'string' && /^Podid[0-9]*$/.test(sid);
};

/** `Podid`, `Podid2`, `Podid3`, …, without those that are taken: IAM wants the Sids of a policy to differ. */
export const freeSids = (count: number, taken: ReadonlySet<string> = new Set()): readonly string[] => {
  const sids: string[] = [];
  for (let number = 1; sids.length < count; number += 1) {
    const sid = `Podid${number === 1 ? '' : number}`;
    if (!taken.has(sid)) sids.push(sid);
  }
  return sids;
};

/** All clusters of a region, as a pattern: an ARN's last part is the name. */
export const anyClusterOf = ({ account, region }: Pick<ClusterRef, 'account' | 'region'>): string =>
  clusterArn({ account, region, cluster: '*' });

/** A value alone needs no list. */
const single = (values: readonly string[]): string | readonly string[] => {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
};

/** Full ARNs; or, where they are every one of some names in every one of some regions, and it is shorter, both lists. */
const clusterConditions = (clusters: readonly ClusterRef[]): Readonly<Record<string, string | readonly string[]>> => {
  const arns = { [requestTag('eks-cluster-arn')]: single(clusters.map(clusterArn)) };
  const regions = [...new Set(clusters.map(anyClusterOf))];
  const names = [...new Set(clusters.map(({ cluster }) => cluster))];
  if (regions.length * names.length !== clusters.length) return arns;
  const both = {
    [requestTag('eks-cluster-arn')]: single(regions),
    [requestTag('eks-cluster-name')]: single(names),
  };
  return JSON.stringify(both).length < JSON.stringify(arns).length ? both : arns;
};
