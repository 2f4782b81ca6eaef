/** A mocked IAM that keeps what is written, for the tests of the functions that make and undo roles. */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { AwsClientStub } from 'aws-sdk-client-mock';
import { targetsPolicy } from '../../../functions/grants/index.ts';
import { ACCOUNT, REGION } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';

export const GRANT = 'g-0123456789abcdef';
export const ASKER = `${GRANT}-v1-p1`;
export const NAME = 'checkout-web-0123456789ab';
export const roleArn = `arn:aws:iam::${ACCOUNT}:role/podid/${NAME}`;
export const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/podid-boundary`;
export const TAGS = { 'podid:grant': GRANT, 'podid:team': 'web' };
export const web = { account: ACCOUNT, region: REGION, cluster: 'shop', namespace: 'checkout', serviceAccount: 'web' };
export const parties = [{ tagged: [web], untagged: [] }];

export const policyOf = (Action: string | string[], Resource: string | string[] = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

/** Of a source role of ours, made now. */
export const asked = (role: object = {}, more: object = {}) => ({
  asker: ASKER,
  grantId: GRANT,
  parties,
  role: {
    as: 'source',
    roleArn,
    account: ACCOUNT,
    managed: true,
    managedPolicyArns: [],
    inline: { 'podid-inline': policyOf('s3:GetObject', 'arn:aws:s3:::orders/*') },
    boundary: BOUNDARY,
    tags: TAGS,
    standing: 'create',
    ...role,
  },
  ...more,
});

export const TARGETS = targetsPolicy(GRANT);

export type Kept = {
  trust: string;
  readonly arn: string;
  readonly inline: Map<string, string>;
  readonly attached: Set<string>;
  readonly tags: Map<string, string>;
  boundary?: string;
};

export const environment = () => {
  process.env.PODID_EXCLUDED_ROLES = '["podid/secret-*"]';
  process.env.PODID_MANAGED_ROLES = '["team/*"]';
  process.env.PODID_GRANTS = '{"rolePath":"/podid/","boundaryName":"podid-boundary","trustCharacters":2048}';
};

/** One role of the name, there or not; managed policies by ARN. */
export const holdsRole = (iam: AwsClientStub<IAMClient>, there?: Kept, policies: Record<string, string> = {}) => {
  const state: { role: Kept | undefined; hidden: number } = { role: there, hidden: 0 };
  const role = (): Kept => {
    if (state.role === undefined) throw missing();
    return state.role;
  };
  iam.on(GetRoleCommand).callsFake(() => {
    state.hidden -= 1;
    if (state.hidden >= 0) throw missing();
    return { Role: shown(role()) };
  });
  iam.on(ListRolePoliciesCommand).callsFake(() => ({ PolicyNames: [...role().inline.keys()] }));
  iam.on(GetRolePolicyCommand).callsFake(({ PolicyName }) => ({
    PolicyDocument: encodeURIComponent(role().inline.get(PolicyName) ?? ''),
  }));
  iam.on(ListAttachedRolePoliciesCommand).callsFake(() => ({
    AttachedPolicies: [...role().attached].map((PolicyArn) => ({ PolicyArn })),
  }));
  iam.on(CreateRoleCommand).callsFake(({ Path, RoleName, AssumeRolePolicyDocument, PermissionsBoundary, Tags }) => {
    if (state.role !== undefined) throw fault('EntityAlreadyExistsException', 409);
    state.role = {
      trust: AssumeRolePolicyDocument,
      arn: `arn:aws:iam::${ACCOUNT}:role${Path}${RoleName}`,
      inline: new Map(),
      attached: new Set(),
      tags: new Map(Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
      boundary: PermissionsBoundary,
    };
    return {};
  });
  iam.on(PutRolePolicyCommand).callsFake((input) => put(role().inline, input.PolicyName, input.PolicyDocument));
  iam.on(DeleteRolePolicyCommand).callsFake(({ PolicyName }) => drop(role().inline.delete(PolicyName)));
  iam.on(AttachRolePolicyCommand).callsFake(({ PolicyArn }) => drop(role().attached.add(PolicyArn).size > 0));
  iam.on(DetachRolePolicyCommand).callsFake(({ PolicyArn }) => drop(role().attached.delete(PolicyArn)));
  iam.on(TagRoleCommand).callsFake(({ Tags }) => {
    for (const { Key, Value } of Tags) role().tags.set(Key, Value);
    return {};
  });
  iam.on(PutRolePermissionsBoundaryCommand).callsFake(({ PermissionsBoundary }) => {
    role().boundary = PermissionsBoundary;
    return {};
  });
  iam.on(UpdateAssumeRolePolicyCommand).callsFake(({ PolicyDocument }) => {
    role().trust = PolicyDocument;
    return {};
  });
  iam.on(DeleteRoleCommand).callsFake(() => {
    role();
    state.role = undefined;
    return {};
  });
  iam.on(GetPolicyCommand).callsFake(({ PolicyArn }) => {
    if (policies[PolicyArn] === undefined) throw missing();
    return { Policy: { DefaultVersionId: 'v1' } };
  });
  iam.on(GetPolicyVersionCommand).callsFake(({ PolicyArn }) => ({
    PolicyVersion: { Document: encodeURIComponent(policies[PolicyArn] ?? '') },
  }));
  return state;
};

/** The names of the calls that changed something, in their order. */
export const writes = (iam: AwsClientStub<IAMClient>): string[] =>
  iam
    .calls()
    .map(({ args }) => args[0].constructor.name.replace(/Command$/, ''))
    .filter((call) => !/^(Get|List)/.test(call));

export const missing = () => {
  const error = fault('NoSuchEntityException', 404);
  error.message = `The role with name ${NAME} cannot be found.`;
  return error;
};

const put = (inline: Map<string, string>, name: string, document: string) => {
  inline.set(name, document);
  return {};
};

const drop = (wasThere: boolean) => {
  if (!wasThere) throw fault('NoSuchEntityException', 404);
  return {};
};

const shown = ({ arn, trust, tags, boundary }: Kept) => ({
  Arn: arn,
  Path: '/podid/',
  RoleName: NAME,
  RoleId: 'AROAWEB',
  CreateDate: new Date(0),
  AssumeRolePolicyDocument: encodeURIComponent(trust),
  Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
  ...(boundary !== undefined && { PermissionsBoundary: { PermissionsBoundaryArn: boundary } }),
});
