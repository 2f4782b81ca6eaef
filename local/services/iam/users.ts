/** Users, as far as people of a fleet need them: create, get, policies of AWS's, and access keys. */
import type {
  AccessKey,
  AccessKeyMetadata,
  AttachUserPolicyCommandInput,
  CreateAccessKeyCommandInput,
  CreateUserCommandInput,
  DeleteAccessKeyCommandInput,
  GetUserCommandInput,
  ListAccessKeysCommandInput,
  PutUserPolicyCommandInput,
  User as UserOutput,
} from '@aws-sdk/client-iam';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { addUserKey } from '../sts/keyring.ts';
import {
  alreadyExists,
  checkName,
  checkPath,
  iamOfCall,
  iamPage,
  limitExceeded,
  noSuchEntity,
  readPolicy,
  requestTags,
  resourceTags,
  tagMap,
} from './lookup.ts';
import { managedPolicy } from './policies.ts';
import { shownUser } from './shown.ts';
import { type User, uniqueId } from './state.ts';

type Named = { readonly UserName?: string | undefined };

export const CreateUser: Operation<CreateUserCommandInput, { User: UserOutput }> = {
  readOnly: false,
  asks: ({ UserName, Path = '/', Tags }, call) => [
    { action: 'iam:CreateUser', resource: arnOf(call, Path, UserName), context: requestTags(Tags) },
  ],
  run: (input, call) => {
    const name = required(input.UserName);
    const path = input.Path ?? '/';
    checkName('userName', name, 64);
    checkPath(path);
    const { users } = iamOfCall(call);
    if ([...users.keys()].some((known) => known.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists(`User with name ${name} already exists.`);
    }
    const user: User = {
      arn: arnOf(call, path, name),
      id: uniqueId('AIDA'),
      name,
      path,
      createDate: call.now,
      inline: new Map(),
      attached: new Set(),
      tags: tagMap(input.Tags),
      accessKeys: new Map(),
    };
    users.set(name, user);
    return { User: shownUser(user) };
  },
};

export const GetUser: Operation<GetUserCommandInput, { User: UserOutput }> = {
  readOnly: true,
  asks: (input, call) => onUser('iam:GetUser')(own(input, call), call),
  run: (input, call) => ({ User: shownUser(userNamed(call, own(input, call).UserName)) }),
};

export const PutUserPolicy: Operation<PutUserPolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onUser('iam:PutUserPolicy')(input, call),
  run: ({ UserName, PolicyName, PolicyDocument }, call) => {
    const name = required(PolicyName);
    checkName('policyName', name, 128);
    userNamed(call, UserName).inline.set(name, readPolicy(name, required(PolicyDocument)));
    return {};
  },
};

export const AttachUserPolicy: Operation<AttachUserPolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onUser('iam:AttachUserPolicy', { 'iam:PolicyARN': input.PolicyArn ?? '' })(input, call),
  run: ({ UserName, PolicyArn }, call) => {
    const user = userNamed(call, UserName);
    const arn = required(PolicyArn);
    if (managedPolicy(call.cloud, arn) === undefined) {
      throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    }
    user.attached.add(arn);
    return {};
  },
};

export const CreateAccessKey: Operation<CreateAccessKeyCommandInput, { AccessKey: AccessKey }> = {
  readOnly: false,
  asks: (input, call) => onUser('iam:CreateAccessKey')(own(input, call), call),
  run: (input, call) => {
    const user = userNamed(call, own(input, call).UserName);
    if (user.accessKeys.size >= 2) throw limitExceeded('Cannot exceed quota for AccessKeysPerUser: 2');
    const { credentials } = addUserKey(call.cloud, {
      kind: 'user',
      arn: user.arn,
      account: call.account,
      userId: user.id,
    });
    user.accessKeys.set(credentials.accessKeyId, { createDate: call.now, active: true });
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: credentials.accessKeyId,
        Status: 'Active',
        SecretAccessKey: credentials.secretAccessKey,
        CreateDate: call.now,
      },
    };
  },
};

export const ListAccessKeys: Operation<
  ListAccessKeysCommandInput,
  { AccessKeyMetadata: AccessKeyMetadata[]; IsTruncated: boolean }
> = {
  readOnly: true,
  asks: (input, call) => onUser('iam:ListAccessKeys')(own(input, call), call),
  run: (input, call) => {
    const user = userNamed(call, own(input, call).UserName);
    const page = iamPage(user.accessKeys, ([id]) => id, input);
    const keys = page.items.map(([id, { createDate, active }]) => ({
      UserName: user.name,
      AccessKeyId: id,
      Status: active ? ('Active' as const) : ('Inactive' as const),
      CreateDate: createDate,
    }));
    return { AccessKeyMetadata: keys, ...page.paging };
  },
};

export const DeleteAccessKey: Operation<DeleteAccessKeyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onUser('iam:DeleteAccessKey')(own(input, call), call),
  run: (input, call) => {
    const id = required(input.AccessKeyId);
    if (!userNamed(call, own(input, call).UserName).accessKeys.delete(id)) {
      throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
    }
    return {};
  },
};

/** Without a name, the caller's own. */
const own = ({ UserName }: Named, { caller }: Call): Named => ({
  UserName: UserName ?? (caller.kind === 'user' ? caller.arn.split('/').at(-1) : undefined),
});

const onUser =
  (action: string, more: Ask['context'] = {}) =>
  ({ UserName }: Named, call: Call): readonly Ask[] => {
    const user = iamOfCall(call).users.get(UserName ?? '');
    return [
      { action, resource: user?.arn ?? arnOf(call, '/', UserName), context: { ...resourceTags(user?.tags), ...more } },
    ];
  };

const userNamed = (call: Call, name: string | undefined): User => {
  const user = iamOfCall(call).users.get(required(name));
  if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
};

const arnOf = (call: Call, path: string, name: string | undefined): string =>
  `arn:${call.cloud.partition}:iam::${call.account}:user${path}${name}`;
