/** The request that EKS makes for a pod with an association: `AssumeRole` and, with session tags, `TagSession`. */
import { clusterArn, type WorkloadIdentity } from '../../identity.ts';
import { parseArn, partitionOf } from '../../partition.ts';
import { gradeOf } from '../../policy/principal.ts';
import type { Dimension } from './atoms.ts';
import { perhaps, type RoleFacts, sourcesOf } from './keys.ts';
import { known, type TrustRequest, type Universe } from './request.ts';
import { identityComponents, tagKeys, tagListKeys } from './session-tags.ts';
import { clusterArns, NAMESPACES, ORGANIZATIONS, SUBDOMAINS } from './valid-names.ts';

export const PODS = 'pods.eks.amazonaws.com';

/** Six hours: what EKS asks for, as published CloudTrail records show. */
const DURATION = '21600';

export type PodIdentityFacts = RoleFacts & {
  /** The association's `disableSessionTags`: no tags then, and no need to be allowed to pass any. */
  readonly tagsDisabled?: boolean;
};

/** Service accounts in the clusters of an account; an association's role and cluster have the same one. */
export const identityUniverse = (partition: string, account: string): Universe<WorkloadIdentity> => {
  const dimensions = identityDimensions(partition, account);
  return {
    key: `identities of ${partition} ${account}`,
    dimensions,
    phrase: ([cluster, namespace, serviceAccount]) => `${serviceAccount} in ${namespace} of ${cluster}`,
    memberOf: ([arn = '', namespace = '', serviceAccount = '']) => identityOf(arn, namespace, serviceAccount),
    namesOf: (identity) => [clusterArn(identity), identity.namespace, identity.serviceAccount],
  };
};

export const identityDimensions = (partition: string, account: string): readonly [Dimension, Dimension, Dimension] => [
  {
    name: 'cluster',
    grammar: clusterArns(partition, account),
    examples: [`arn:${partition}:eks:${homeRegion(partition)}:${account}:cluster/other`],
    show: showCluster,
  },
  { name: 'namespace', grammar: NAMESPACES, examples: ['other', 'another'] },
  { name: 'service account', grammar: SUBDOMAINS, examples: ['other', 'another'] },
];

/** `payments` (eu-west-1). */
const showCluster = (arn: string): string => {
  const { region, cluster } = identityOf(arn, '', '');
  return `\`${cluster}\` (${region})`;
};

/** The identity that these names are. */
export const identityOf = (arn: string, namespace: string, serviceAccount: string): WorkloadIdentity => {
  const { region = '', account = '', resource = '' } = parseArn(arn) ?? {};
  return { account, region, cluster: resource.slice('cluster/'.length), namespace, serviceAccount };
};

/**
 * Pods with an association ask for their role: AssumeRole and TagSession must be allowed, by whichever statements.
 * @example reach(trust, podIdentity({ account: '111122223333', partition: 'aws' }))
 */
export const podIdentity = (facts: PodIdentityFacts): TrustRequest<WorkloadIdentity> => {
  const { account, partition, tagsDisabled = false } = facts;
  const components = identityComponents(0, partition, account);
  const sourceOf = sourcesOf(
    facts,
    new Map([
      ...tagKeys('aws:requesttag', components, tagsDisabled),
      ...tagListKeys(tagsDisabled),
      ['aws:sourcearn', { is: 'joined', parts: [components.clusterArn] }],
      ['aws:requestedregion', { is: 'joined', parts: [components.region] }],
      ['aws:sourceaccount', known(account)],
      ['aws:sourceorgid', perhaps(ORGANIZATIONS)],
      ['aws:sourceorgpaths', perhaps()],
      ['aws:principalisawsservice', known('true')],
      ['aws:principalservicename', known(PODS)],
      ['aws:principalservicenameslist', perhaps()],
      ['aws:principaltype', perhaps()],
      ['sts:durationseconds', known(DURATION)],
    ]),
  );
  const principal = { kind: 'service', service: PODS } as const;
  return {
    universe: identityUniverse(partition, account),
    // "To pass session tags you must have the sts:TagSession permission" (IAM guide): without tags, STS has no reason to ask.
    actions: tagsDisabled ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'],
    resource: facts.roleArn ?? '*',
    sourceOf,
    principals: ({ principal: element, effect }) =>
      element !== undefined && gradeOf(element, principal, effect) !== undefined,
    principalOf: () => principal,
  };
};

/** Where IAM is at home: a region that everybody knows. */
const homeRegion = (partition: string): string =>
  HOMES.find((region) => partitionOf(region).name === partition) ?? partitionOf('').iamRegion;

const HOMES = ['cn-', 'us-gov-', 'us-iso-', 'us-isob-', 'eu-isoe-', 'us-isof-', 'eusc-'].map(
  (prefix) => partitionOf(prefix).iamRegion,
);
