/** Session tags: what may be passed, and what a chained session inherits. */
import type { Tag } from '@aws-sdk/client-sts';
import type { Session } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';

export type SessionTags = {
  /** Everything the new session is tagged with: what is passed, and what is inherited. */
  readonly tags: ReadonlyMap<string, string>;
  readonly transitive: ReadonlySet<string>;
};

/**
 * Puts passed tags on top of the inherited ones (IAM guide, "Pass session tags in AWS STS").
 * @throws InvalidParameterValue for a key that is there twice, or that would replace an inherited one.
 */
export const sessionTags = (
  passed: readonly Tag[],
  transitiveKeys: readonly string[],
  from: Session | undefined,
): SessionTags => {
  const inherited = [...(from?.tags ?? [])].filter(([key]) => from?.transitiveTagKeys.has(key));
  const taken = new Set(inherited.map(([key]) => key.toLowerCase()));
  const seen = new Set<string>();
  const tags = new Map(inherited);
  for (const { Key = '', Value = '' } of passed) {
    const key = Key.toLowerCase();
    if (seen.has(key)) throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    if (taken.has(key)) {
      throw invalid(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    }
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)) {
      throw new ApiError(
        'ValidationError',
        400,
        `The tag '${Key}' has a key or value with characters that are not allowed.`,
      );
    }
    seen.add(key);
    tags.set(Key, Value);
  }
  if (tags.size > 50) throw new ApiError('ValidationError', 400, 'A session can have at most 50 tags.');
  for (const key of transitiveKeys) {
    if (!seen.has(key.toLowerCase())) {
      throw invalid('The specified transitive tag key must be included in the requested tags.');
    }
  }
  return { tags, transitive: new Set([...inherited.map(([key]) => key), ...transitiveKeys]) };
};

const invalid = (message: string): ApiError => new ApiError('InvalidParameterValue', 400, message);
