/** From a trust policy as it is found, in a file or in IAM's answer, to the facts that the rules judge. Pure. */
import { parsePolicy } from '../../policy/index.ts';
import type { TrustFacts } from './facts.ts';

/** The most that "Role trust policy length" can be raised to (IAM guide, "IAM and AWS STS quotas"). */
const MOST_CHARACTERS = 8192;

/**
 * Reads the policy: JSON text, URL-encoded text as GetRole returns it, or an object.
 * @throws PolicyMalformed when it is none, or longer than any trust policy may be.
 * @example judgeTrust(trustFactsOf(text, { account: '111122223333', partition: 'aws' }))
 */
export const trustFactsOf = (source: unknown, rest: Omit<TrustFacts, 'policy' | 'characters'>): TrustFacts => ({
  ...rest,
  policy: parsePolicy(source, { maxCharacters: MOST_CHARACTERS }),
  characters: textOf(source).replace(/\s+/g, '').length,
});

/** The parser was content, so that what begins like an escape is well encoded. */
const textOf = (source: unknown): string => {
  if (typeof source !== 'string') return JSON.stringify(source);
  return /^\s*%/.test(source) ? decodeURIComponent(source) : source;
};
