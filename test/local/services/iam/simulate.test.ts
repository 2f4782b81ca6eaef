/** The policy simulator through the SDK client: decisions, the statements behind them, and what it refuses. */

import * as iam from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { statementSpans } from '../../../../local/services/iam/policy-text.ts';
import { ACCOUNT, allow, type Listening, OTHER, startListening, trustOf } from '../../wire/listening.ts';

let here: Listening;
const arnOf = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;
const deny = (action: string, resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: action, Resource: resource }] });

beforeAll(async () => {
  here = await startListening();
  const AssumeRolePolicyDocument = trustOf(arnOf('user', 'admin'));
  await here.iam.send(new iam.CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument }));
  const put = (PolicyName: string, PolicyDocument: string) =>
    here.iam.send(new iam.PutRolePolicyCommand({ RoleName: 'app', PolicyName, PolicyDocument }));
  await put('tables', allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/orders'));
  await put('never-drop', deny('dynamodb:DeleteTable'));
  const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
  await here.iam.send(new iam.AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
  const bounded = { RoleName: 'bounded', AssumeRolePolicyDocument, PermissionsBoundary: PolicyArn };
  await here.iam.send(new iam.CreateRoleCommand(bounded));
  const PolicyDocument = allow(['iam:GetRole', 's3:GetObject']);
  await here.iam.send(new iam.PutRolePolicyCommand({ RoleName: 'bounded', PolicyName: 'p', PolicyDocument }));
});
afterAll(() => here.cloud.close());

const principal = async (input: Partial<iam.SimulatePrincipalPolicyCommandInput>) =>
  here.iam.send(
    new iam.SimulatePrincipalPolicyCommand({
      PolicySourceArn: arnOf('role', 'app'),
      ActionNames: ['dynamodb:Scan'],
      ...input,
    }),
  );
const custom = async (input: Partial<iam.SimulateCustomPolicyCommandInput>) =>
  here.iam.send(new iam.SimulateCustomPolicyCommand({ PolicyInputList: [], ActionNames: ['s3:GetObject'], ...input }));

/** The decision, and who made it. */
const decisions = ({ EvaluationResults = [] }: { EvaluationResults?: iam.EvaluationResult[] | undefined }) =>
  EvaluationResults.map(({ EvalDecision, MatchedStatements = [] }) => [
    EvalDecision,
    ...MatchedStatements.map(({ SourcePolicyId }) => SourcePolicyId),
  ]);

describe('SimulatePrincipalPolicy', () => {
  const ORDERS = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders`;

  it('answers for each action on each resource, in their order', async () => {
    const answer = await principal({
      ActionNames: ['dynamodb:Scan', 'dynamodb:DeleteTable', 'iam:GetRole', 'iam:CreateRole'],
      ResourceArns: [ORDERS, 'arn:aws:dynamodb:eu-west-1:111111111111:table/other'],
    });
    expect(
      answer.EvaluationResults?.map(({ EvalActionName, EvalResourceName }) => [
        EvalActionName,
        EvalResourceName?.split('/')[1],
      ]),
    ).toEqual([
      ['dynamodb:Scan', 'orders'],
      ['dynamodb:Scan', 'other'],
      ['dynamodb:DeleteTable', 'orders'],
      ['dynamodb:DeleteTable', 'other'],
      ['iam:GetRole', 'orders'],
      ['iam:GetRole', 'other'],
      ['iam:CreateRole', 'orders'],
      ['iam:CreateRole', 'other'],
    ]);
    expect(decisions(answer)).toEqual([
      ['allowed', 'tables'],
      ['implicitDeny'],
      ['explicitDeny', 'never-drop'],
      ['explicitDeny', 'never-drop'],
      ['allowed', 'IAMReadOnlyAccess'],
      ['allowed', 'IAMReadOnlyAccess'],
      ['implicitDeny'],
      ['implicitDeny'],
    ]);
  });

  it('asks about everything when no resource is given', async () => {
    const [result] = (await principal({ ActionNames: ['iam:GetRole'] })).EvaluationResults ?? [];
    expect(result).toMatchObject({ EvalResourceName: '*', EvalDecision: 'allowed', MissingContextValues: [] });
    expect(result?.MatchedStatements?.[0]).toMatchObject({ SourcePolicyType: 'IAM Policy' });
  });

  it('adds further policies to those of the role', async () => {
    expect(decisions(await principal({ ResourceArns: [ORDERS], PolicyInputList: [deny('dynamodb:Scan')] }))).toEqual([
      ['explicitDeny', 'PolicyInputList.1'],
    ]);
    expect(decisions(await principal({ ActionNames: ['s3:PutObject'], PolicyInputList: [allow('s3:*')] }))).toEqual([
      ['allowed', 'PolicyInputList.1'],
    ]);
  });

  it('knows the boundary of the role, and one in its place', async () => {
    const bounded = { PolicySourceArn: arnOf('role', 'bounded'), ActionNames: ['iam:GetRole', 's3:GetObject'] };
    const detail = ({ EvaluationResults = [] }: { EvaluationResults?: iam.EvaluationResult[] | undefined }) =>
      EvaluationResults.map(({ EvalDecision, PermissionsBoundaryDecisionDetail }) => [
        EvalDecision,
        PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      ]);
    expect(detail(await principal(bounded))).toEqual([
      ['allowed', true],
      ['implicitDeny', false],
    ]);
    const PermissionsBoundaryPolicyInputList = [allow('s3:*')];
    expect(detail(await principal({ ...bounded, PermissionsBoundaryPolicyInputList }))).toEqual([
      ['implicitDeny', false],
      ['allowed', true],
    ]);
    const refusing = await principal({ ...bounded, PermissionsBoundaryPolicyInputList: [deny('s3:*')] });
    expect(decisions(refusing)[1]).toEqual(['explicitDeny', 'PermissionsBoundaryPolicyInputList.1']);
    expect(detail(await principal({}))).toEqual([['implicitDeny', undefined]]);
  });

  it('simulates users, with the policy of a resource', async () => {
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }],
    });
    const admin = { PolicySourceArn: arnOf('user', 'admin'), ActionNames: ['s3:GetObject'] };
    expect(decisions(await principal(admin))).toEqual([['allowed', 'AdministratorAccess']]);
    expect(decisions(await principal({ ...admin, ResourcePolicy }))).toEqual([['explicitDeny', 'ResourcePolicy']]);
  });

  it('comes in pages', async () => {
    const input = { ActionNames: ['iam:GetRole', 's3:GetObject', 'iam:ListRoles'] };
    const first = await principal({ ...input, MaxItems: 2 });
    expect([decisions(first).length, first.IsTruncated]).toEqual([2, true]);
    const second = await principal({ ...input, MaxItems: 2, ...(first.Marker && { Marker: first.Marker }) });
    expect([decisions(second), second.IsTruncated]).toEqual([[['allowed', 'IAMReadOnlyAccess']], false]);
  });
});

describe('SimulateCustomPolicy', () => {
  it('reads context entries, and names the keys that were asked for in vain', async () => {
    const PolicyInputList = [
      allow('s3:GetObject', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'a' } } }),
    ];
    const without = await custom({ PolicyInputList });
    expect([decisions(without), without.EvaluationResults?.[0]?.MissingContextValues]).toEqual([
      [['implicitDeny']],
      ['aws:PrincipalTag/Team'],
    ]);
    const ContextEntries = [
      { ContextKeyName: 'aws:principaltag/team', ContextKeyValues: ['a'], ContextKeyType: 'string' as const },
    ];
    const given = await custom({ PolicyInputList, ContextEntries });
    expect([decisions(given), given.EvaluationResults?.[0]?.MissingContextValues]).toEqual([
      [['allowed', 'PolicyInputList.1']],
      [],
    ]);
  });

  it('lets a resource’s policy allow a caller of another account only with its own', async () => {
    const CallerArn = `arn:aws:iam::${OTHER}:user/ada`;
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: CallerArn }, Action: 's3:GetObject', Resource: '*' }],
    });
    const input = { CallerArn, ResourcePolicy, ResourceArns: ['arn:aws:s3:::bucket/key'] };
    expect(decisions(await custom(input))).toEqual([['allowed', 'ResourcePolicy']]);
    const ResourceOwner = `arn:aws:iam::${ACCOUNT}:root`;
    expect(decisions(await custom({ ...input, ResourceOwner }))).toEqual([['implicitDeny']]);
    expect(decisions(await custom({ ...input, ResourceOwner, PolicyInputList: [allow('s3:*')] }))).toEqual([
      ['allowed', 'PolicyInputList.1', 'ResourcePolicy'],
    ]);
  });

  it('names every statement that says the same, and where it stands', async () => {
    const statement = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
    const Statement = [statement('s3:*'), statement('ec2:*'), statement('s3:Get*')];
    const [result] =
      (await custom({ PolicyInputList: [JSON.stringify({ Version: '2012-10-17', Statement }, null, 2)] }))
        .EvaluationResults ?? [];
    expect(result?.MatchedStatements).toMatchObject([
      { StartPosition: { Line: 3, Column: 17 }, EndPosition: { Line: 8, Column: 6 } },
      { StartPosition: { Line: 13, Column: 7 }, EndPosition: { Line: 18, Column: 6 } },
    ]);
  });
});

describe('refuses', () => {
  const resource = { ResourcePolicy: deny('s3:*') };
  it.each<[string, () => Promise<unknown>, string, string]>([
    ['an action without a service', () => custom({ ActionNames: ['GetObject'] }), 'InvalidInputException', 'GetObject'],
    ['a wildcard in an action', () => custom({ ActionNames: ['s3:*'] }), 'InvalidInputException', 's3:*'],
    ['a malformed policy', () => custom({ PolicyInputList: ['{}'] }), 'InvalidInputException', 'PolicyInputList.1'],
    ['a resource policy without a caller', () => custom(resource), 'InvalidInputException', 'CallerArn'],
    ['the same for a role', () => principal(resource), 'InvalidInputException', 'CallerArn'],
    [
      'a caller that is a role',
      () => custom({ CallerArn: arnOf('role', 'app') }),
      'InvalidInputException',
      'is not a user',
    ],
    [
      'two boundaries',
      () => custom({ PermissionsBoundaryPolicyInputList: [allow('*'), allow('*')] }),
      'InvalidInputException',
      'boundary',
    ],
    [
      'a scenario',
      () => custom({ ResourceHandlingOption: 'EC2-VPC-InstanceStore' }),
      'InvalidInputException',
      'ResourceHandlingOption',
    ],
    [
      'a role that is not there',
      () => principal({ PolicySourceArn: arnOf('role', 'ghost') }),
      'NoSuchEntityException',
      'ghost',
    ],
    ['a marker that is not its own', () => custom({ Marker: 'nonsense' }), 'ValidationError', 'Marker'],
  ])('%s', async (_what, ask, name, text) => {
    await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
  });
});

test('a single statement that is no list has a place too', () => {
  const text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
  expect(statementSpans(text)).toEqual([
    { StartPosition: { Line: 1, Column: 37 }, EndPosition: { Line: 1, Column: text.length } },
  ]);
});
