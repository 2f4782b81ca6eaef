/** Why a condition's key is in no request of EKS, and what was probably meant. */
import { isSessionTag, requestTag, SESSION_TAGS } from '../../../abac/session-tags.ts';
import { PODS } from '../../reach/index.ts';
import type { TrustFacts } from '../facts.ts';
import { nearest } from './nearest.ts';
import { BOTH_WAYS, requestOf } from './statements.ts';

/** Parts of sentences: "…, because it is absent.", "Use another: …". */
export type Cause = { readonly because: string; readonly remedy: string };

/** Whether any request of EKS has the key. */
export const isCarried = (facts: TrustFacts, key: string): boolean =>
  BOTH_WAYS.some((tags) => {
    const source = requestOf(facts, tags).sourceOf(key.toLowerCase());
    return source.is !== 'known' || source.values !== undefined;
  });

/** Why the request of EKS doesn't have the key. */
export const whyKey = (key: string): Cause => {
  const lower = key.toLowerCase();
  const [family = '', tag] = lower.split('/', 2);
  if (tag !== undefined && isSessionTag(tag)) {
    return {
      because:
        family === 'aws:principaltag'
          ? 'the caller is the service, which has no tags: in a trust policy they are being requested'
          : 'that is not how a requested tag is called',
      remedy: `Use ${requestTag(tag)}`,
    };
  }
  if (family === 'aws:requesttag') {
    const meant = nearest(tag ?? '', SESSION_TAGS);
    return {
      because: `EKS passes six tags and no ${tag}`,
      remedy: `Use ${meant === undefined ? `one of ${SESSION_TAGS.join(', ')}` : requestTag(meant)}`,
    };
  }
  const known = OTHERS.find(([pattern]) => pattern.test(lower));
  if (known !== undefined) return { because: known[1], remedy: known[2] };
  const meant = nearest(lower, KEYS);
  return {
    because: 'requests of EKS never have this key',
    remedy: meant === undefined ? `Use keys that EKS sends, such as ${KEYS[0]}` : `Use ${meant}`,
  };
};

/** The keys of a request of EKS that conditions are written for. */
const KEYS = [...SESSION_TAGS.map((tag) => requestTag(tag)), 'aws:SourceArn', 'aws:SourceAccount', 'aws:SourceOrgID'];

/** Keys that other requests for roles have, and what says the same here. */
const OTHERS: ReadonlyArray<readonly [pattern: RegExp, because: string, remedy: string]> = [
  [
    /:(?:sub|aud)$/,
    'it is a claim of a token, which only IRSA brings',
    `Use ${requestTag('kubernetes-service-account')}`,
  ],
  [
    /^aws:principalorg/,
    `the caller is ${PODS}, which is in no organization`,
    'Use aws:SourceOrgID or aws:SourceOrgPaths',
  ],
  [/^aws:principalaccount$/, `the caller is ${PODS}, which has no account`, 'Use aws:SourceAccount'],
  [
    /^aws:(?:principal|user|federated)/,
    `the caller is ${PODS}, and no IAM principal`,
    'Use aws:SourceArn or the session tags',
  ],
  [/^sts:externalid$/, 'EKS passes an external id to target roles only', 'Use the session tags'],
  [/^aws:sourcevpc|^aws:vpc/, 'the request comes from EKS and not from the cluster’s network', 'Use aws:SourceArn'],
];
