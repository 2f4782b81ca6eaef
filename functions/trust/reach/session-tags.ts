/** The six session tags of Pod Identity, as condition keys of the request for the session. */

import { SESSION_TAGS } from '../../abac/session-tags.ts';
import { RUN, symbolsOf } from '../../policy/pattern.ts';
import { startingWith } from './grammar.ts';
import { always, type KeyTable } from './keys.ts';
import { ABSENT, type Component, type KeySource, known } from './request.ts';
import { SUBDOMAINS } from './valid-names.ts';

/** The components of an identity, in a universe whose dimensions from `first` on are cluster ARN, namespace and service account. */
export const identityComponents = (first: number, partition: string, account: string): IdentityComponents => {
  const slash = [RUN, ...symbolsOf('/', false)];
  const before = symbolsOf(`arn:${partition}:eks:`, false);
  const behind = [...symbolsOf(`:${account}:cluster/`, false), RUN];
  return {
    clusterArn: { dimension: first },
    // The name is what follows the ARN's only slash.
    clusterName: {
      dimension: first,
      about: 'named',
      widen: (symbols) => [...slash, ...symbols],
      read: (arn) => arn.slice(arn.indexOf('/') + 1),
      textual: true,
    },
    region: {
      dimension: first,
      about: 'in region',
      // The ARN has no more colons than these, so that no wildcard of the region goes over one.
      widen: (symbols) => [...before, ...symbols, ...behind],
      read: (arn) => arn.split(':')[3] ?? '',
    },
    namespace: { dimension: first + 1, textual: true },
    serviceAccount: { dimension: first + 2, textual: true },
  };
};

export type IdentityComponents = {
  readonly clusterArn: Component;
  readonly clusterName: Component;
  readonly region: Component;
  readonly namespace: Component;
  readonly serviceAccount: Component;
};

/** The keys that tell the tags: in the request under `aws:RequestTag`, of a session that has them under `aws:PrincipalTag`. */
export const tagKeys = (
  prefix: 'aws:requesttag' | 'aws:principaltag',
  components: IdentityComponents,
  disabled: boolean,
): KeyTable => {
  const { clusterArn, clusterName, namespace, serviceAccount } = components;
  const sources: Record<(typeof SESSION_TAGS)[number], KeySource> = {
    'eks-cluster-arn': { is: 'joined', parts: [clusterArn] },
    'eks-cluster-name': { is: 'joined', parts: [clusterName] },
    'kubernetes-namespace': { is: 'joined', parts: [namespace] },
    'kubernetes-service-account': { is: 'joined', parts: [serviceAccount] },
    'kubernetes-pod-name': always(SUBDOMAINS),
    'kubernetes-pod-uid': always(UIDS),
  };
  return new Map(SESSION_TAGS.map((tag) => [`${prefix}/${tag}`, disabled ? ABSENT : sources[tag]]));
};

/** Which tags the request passes, and which of them go on into chained sessions: all six. */
export const tagListKeys = (disabled: boolean): KeyTable => {
  const list = disabled ? ABSENT : known(...SESSION_TAGS);
  return new Map([
    ['aws:tagkeys', list],
    ['sts:transitivetagkeys', list],
  ]);
};

/** Hexadecimal digits and dashes: UUIDs, and for static pods a hash. */
const UIDS = startingWith('', '0123456789abcdef-', 32, 36);
