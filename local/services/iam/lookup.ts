/** What every IAM operation needs: the thing that a name means, what must be allowed on it, and IAM's errors and checks. */
import {
  DeleteConflictException,
  EntityAlreadyExistsException,
  InvalidInputException,
  LimitExceededException,
  MalformedPolicyDocumentException,
  NoSuchEntityException,
  type Tag,
} from '@aws-sdk/client-iam';
import { PolicyMalformed } from '../../../functions/policy/index.ts';
import type { Ask, Call } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { ApiError } from '../../wire/errors.ts';
import { type Page, pageOf } from '../page.ts';
import {
  type Iam,
  iamOf,
  iamSeen,
  type ManagedPolicy,
  type PolicyVersion,
  type Role,
  type StoredPolicy,
  storedPolicy,
} from './state.ts';

export const iamOfCall = (call: Call): Iam => iamOf(call.cloud, call.account);

/** @throws NoSuchEntity, also for one that isn't seen yet: who writes to it right after its making is told so */
export const roleNamed = (call: Call, name: string | undefined): Role => {
  const role = iamOfCall(call).roles.get(required(name));
  if (role === undefined || !iamSeen(call.cloud, call.account).roles.has(role.name)) {
    throw noSuchEntity(`The role with name ${name} cannot be found.`);
  }
  return role;
};

/** A managed policy of the caller's account. @throws NoSuchEntity, also for one that isn't seen yet */
export const policyOfArn = (call: Call, arn: string | undefined): ManagedPolicy => {
  const policy = iamOfCall(call).policies.get(required(arn));
  if (policy === undefined || !iamSeen(call.cloud, call.account).policies.has(policy.arn)) {
    throw noSuchEntity(`Policy ${arn} was not found.`);
  }
  return policy;
};

/** Asks for an action on a role by its name; one that doesn't exist is asked for at the root path, so that nobody learns of it without permission. */
export const onRole =
  (action: string, more: (role: Role | undefined) => Ask['context'] = () => ({})) =>
  (input: { readonly RoleName?: string | undefined }, call: Call): readonly Ask[] => {
    const role = iamOfCall(call).roles.get(input.RoleName ?? '');
    const resource = role?.arn ?? `arn:${call.cloud.partition}:iam::${call.account}:role/${input.RoleName}`;
    return [
      { action, resource, context: { ...resourceTags(role?.tags), ...boundaryKey(role?.boundary), ...more(role) } },
    ];
  };

export const onPolicy =
  (action: string) =>
  (input: { readonly PolicyArn?: string | undefined }, call: Call): readonly Ask[] => [
    {
      action,
      resource: input.PolicyArn ?? '*',
      context: resourceTags(iamOfCall(call).policies.get(input.PolicyArn ?? '')?.tags),
    },
  ];

export const resourceTags = (tags: ReadonlyMap<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(tags ?? [])].flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  );

export const requestTags = (tags: readonly Tag[] | undefined): Record<string, string | string[]> => ({
  ...Object.fromEntries((tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
  ...(tags === undefined || tags.length === 0 ? {} : { 'aws:TagKeys': tags.map(({ Key }) => Key ?? '') }),
});

export const boundaryKey = (arn: string | undefined): Record<string, string> =>
  arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };

/** Reads a policy for storage. @throws MalformedPolicyDocument */
export const readPolicy = (name: string, text: string, kind: 'identity' | 'trust' = 'identity'): StoredPolicy => {
  try {
    return storedPolicy(name, text, kind);
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    throw new MalformedPolicyDocumentException({ message: error.message, $metadata: {} });
  }
};

/** "IAM does not count white space when calculating the size of a policy" (IAM and STS quotas). */
export const policySize = (text: string): number => text.replace(/\s/g, '').length;

/** "Managed policies: 6,144 characters" (IAM and STS quotas). */
const MAX_POLICY_CHARACTERS = 6144;

/** A version of a managed policy, made now. @throws MalformedPolicyDocument, LimitExceeded */
export const policyVersion = (call: Call, arn: string, id: string, text: string): PolicyVersion => {
  const policy = readPolicy(arn, text);
  if (policySize(text) > MAX_POLICY_CHARACTERS) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${MAX_POLICY_CHARACTERS}`);
  }
  return { ...policy, id, createDate: call.now };
};

/** @throws ValidationError in AWS's words */
export const checkName = (member: string, name: string, longest: number): void => {
  if (!/^[\w+=,.@-]+$/.test(name))
    throw constraint(member, name, 'Member must satisfy regular expression pattern: [\\w+=,.@-]+');
  if (name.length > longest) throw constraint(member, name, `Member must have length less than or equal to ${longest}`);
};

/** @throws ValidationError */
export const checkPath = (path: string): void => {
  if (!/^(?:\/|\/[!-~]+\/)$/.test(path) || path.length > 512) {
    throw new ApiError(
      'ValidationError',
      400,
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    );
  }
};

export const tagMap = (tags: readonly Tag[] | undefined): Map<string, string> => {
  const map = new Map((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  if (map.size > 50) throw limitExceeded('The number of tags has exceeded the maximum allowed: 50.');
  return map;
};

/** Puts these tags over those that are there. @throws LimitExceeded */
export const addTags = (present: Map<string, string>, tags: readonly Tag[]): void => {
  const added = tagMap(tags);
  if (new Set([...present.keys(), ...added.keys()]).size > 50) {
    throw limitExceeded('The number of tags has exceeded the maximum allowed: 50.');
  }
  for (const [key, value] of added) present.set(key, value);
};

export const tagList = (tags: ReadonlyMap<string, string>): Tag[] => [...tags].map(([Key, Value]) => ({ Key, Value }));

/** IAM's paging: `Marker` and `MaxItems`, 100 when absent. @throws ValidationError for a marker that isn't ours */
export const iamPage = <T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  { Marker, MaxItems = 100 }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): Page<T> & { readonly paging: { IsTruncated: boolean; Marker?: string } } => {
  if (MaxItems < 1 || MaxItems > 1000)
    throw constraint('maxItems', String(MaxItems), 'Member must have value between 1 and 1000');
  const page = pageOf(items, keyOf, MaxItems, Marker);
  if (page === undefined) throw new ApiError('ValidationError', 400, `Invalid Marker: ${Marker}`);
  return {
    ...page,
    paging: page.next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: page.next },
  };
};

export const noSuchEntity = (message: string) => new NoSuchEntityException({ message, $metadata: {} });
export const alreadyExists = (message: string) => new EntityAlreadyExistsException({ message, $metadata: {} });
export const deleteConflict = (message: string) => new DeleteConflictException({ message, $metadata: {} });
export const limitExceeded = (message: string) => new LimitExceededException({ message, $metadata: {} });
export const invalidInput = (message: string) => new InvalidInputException({ message, $metadata: {} });

/** AWS's words for a value that breaks a constraint of the model. */
export const constraint = (member: string, value: string, what: string): ApiError =>
  new ApiError(
    'ValidationError',
    400,
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${what}`,
  );
