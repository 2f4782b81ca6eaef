/** Session policies: what they may be, and how full the packed limit would be. */
import { MalformedPolicyDocumentException } from '@aws-sdk/client-sts';
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

/** A rough percentage: STS packs policies and tags into 4 KB in a form that nobody has published. */
export const packedSize = (inline: string | undefined, tags: ReadonlyMap<string, string>): number | undefined => {
  const characters = [...tags].reduce((sum, [key, value]) => sum + key.length + value.length, inline?.length ?? 0);
  return characters === 0 ? undefined : Math.max(1, Math.ceil((characters / 4096) * 100));
};

const parse = (text: string) => {
  try {
    return parsePolicy(text, { kind: 'identity' });
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    throw new MalformedPolicyDocumentException({ message: error.message, $metadata: {} });
  }
};
