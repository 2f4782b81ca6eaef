/** Trust for identities whose association disables session tags: EKS then tells the role less about who asks. */
import { requestTag } from '../abac/index.ts';
import { clusterArn, type WorkloadIdentity } from '../identity.ts';
import type { WrittenTrustStatement } from '../trust/author/index.ts';
import { PODS } from '../trust/reach/index.ts';
import type { Party } from './resolved.ts';

/** By which our statements of this form are told; those of the author are called `Podid`, `Podid2`, …. */
export const isTagless = ({ Sid }: WrittenTrustStatement): boolean => typeof Sid === 'string' && Sid.startsWith(SID);

/**
 * The statements that admit the untagged of each party. A source role knows only their cluster: all of its service accounts
 * are admitted. A target role knows exactly who they are, by the external id that EKS gives.
 *
 * They hold for requests without session tags alone, so that nobody gets in by them who is judged by tags, and nobody can
 * set tags through them. Whether STS asks for TagSession when tags are off is not documented: it is let through if so.
 * @param account The role's.
 */
export const taglessStatements = (parties: readonly Party[], account: string): readonly WrittenTrustStatement[] =>
  parties
    .filter(({ untagged }) => untagged.length > 0)
    .flatMap(({ untagged, sourceRoleArn }, place) => {
      const allow = (name: string, action: string, condition: object): WrittenTrustStatement => ({
        Sid: `${SID}${name}${place === 0 ? '' : place + 1}`,
        Effect: 'Allow',
        Principal: sourceRoleArn === undefined ? { Service: PODS } : { AWS: sourceRoleArn },
        Action: action,
        Condition: condition,
      });
      const cluster = {
        StringEquals: { 'aws:SourceAccount': account },
        ArnEquals: { 'aws:SourceArn': distinct(untagged.map(clusterArn)) },
      };
      const who =
        sourceRoleArn === undefined
          ? cluster
          : { StringEquals: { 'sts:ExternalId': distinct(untagged.map(externalId)) } };
      return [
        allow('', 'sts:AssumeRole', { ...who, ...WITHOUT_TAGS }),
        allow('Session', 'sts:TagSession', { ...(sourceRoleArn === undefined && cluster), ...WITHOUT_TAGS }),
      ];
    });

/** What EKS gives as external id when it assumes a target role with tags off; known before the association is made. */
export const externalId = ({ account, region, cluster, namespace, serviceAccount }: WorkloadIdentity): string =>
  [region, account, cluster, namespace, serviceAccount].join('/');

const SID = 'PodidTagless';

const WITHOUT_TAGS = { Null: { [requestTag('eks-cluster-arn')]: 'true', 'aws:TagKeys': 'true' } };

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();
