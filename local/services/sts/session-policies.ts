/** Session policies: what they may be, and how full the packed limit would be. */
import { MalformedPolicyDocumentException, PackedPolicyTooLargeException } from '@aws-sdk/client-sts';
import { type NamedPolicy, PolicyMalformed, parsePolicy } from '../../../functions/policy/index.ts';
import type { Cloud } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { managedPolicy } from '../iam/policies.ts';

const MAX_PLAIN_CHARACTERS = 2048;

/**
 * An inline policy and managed ones by their ARNs, for one session.
 * @throws MalformedPolicyDocumentException, ValidationError when it is too long
 */
export const sessionPolicies = (cloud: Cloud, inline: string | undefined, arns: readonly string[]): NamedPolicy[] => {
  if (inline !== undefined && inline.length > MAX_PLAIN_CHARACTERS) {
    throw new ApiError(
      'ValidationError',
      400,
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PLAIN_CHARACTERS}`,
    );
  }
  const managed = arns.map((arn) => {
    const policy = managedPolicy(cloud, arn);
    if (policy === undefined) throw new ApiError('ValidationError', 400, `The policy ${arn} does not exist.`);
    return policy;
  });
  return inline === undefined ? managed : [{ name: 'session policy', document: parse(inline) }, ...managed];
};

/**
 * The percentage of the packed limit, rounded down as in the records at hand. How STS packs is not published: three published records
 * fit 2,048 characters of policy without white space, and 460 characters of keys and values of tags, with three more for each tag.
 */
export const packedSize = (inline: string | undefined, tags: ReadonlyMap<string, string>): number | undefined => {
  if (inline === undefined && tags.size === 0) return undefined;
  const policy = (inline ?? '').replace(/\s/g, '').length / MAX_PLAIN_CHARACTERS;
  const packed = [...tags].reduce((sum, [key, value]) => sum + key.length + value.length + 3, 0) / 460;
  return Math.max(1, Math.floor((policy + packed) * 100));
};

/** The same, for a session that is asked for. @throws PackedPolicyTooLargeException */
export const fittingSize = (inline: string | undefined, tags: ReadonlyMap<string, string>): number | undefined => {
  const size = packedSize(inline, tags);
  if (size === undefined || size <= 100) return size;
  throw new PackedPolicyTooLargeException({
    message: `Packed policy consumes ${size}% of allotted space, please use smaller policy.`,
    $metadata: {},
  });
};

const parse = (text: string) => {
  try {
    return parsePolicy(text, { kind: 'identity' });
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    throw new MalformedPolicyDocumentException({ message: error.message, $metadata: {} });
  }
};
