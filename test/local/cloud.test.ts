/** The seams that services and the fleet build on: state, calls from inside, authorization, raw services, closing. */

import * as eventbridge from '@aws-sdk/client-eventbridge';
import { afterEach, expect, test } from '@jest/globals';
import { parsePolicy } from '../../functions/policy/index.ts';
import { createCloud, type LocalCloud } from '../../local/cloud.ts';
import type { Ask, Caller, Operation, Service } from '../../local/contract.ts';
import { ApiError } from '../../local/wire/errors.ts';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const clouds: LocalCloud[] = [];
const newCloud = (): LocalCloud => {
  const cloud = createCloud({ now: () => new Date('2026-11-21T10:00:00Z') });
  cloud.addAccount(ACCOUNT);
  clouds.push(cloud);
  return cloud;
};
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close();
});

const clientOf = (cloud: LocalCloud, credentials = cloud.administrator(ACCOUNT).credentials) =>
  new eventbridge.EventBridgeClient({ endpoint: cloud.endpoint, region: REGION, credentials, maxAttempts: 1 });

const eventsService = (operations: Service['operations'], more: Partial<Service> = {}): Service => ({
  scope: 'events',
  eventSource: 'events.amazonaws.com',
  protocol: 'awsJson1_1',
  schemas: eventbridge,
  operations,
  ...more,
});

const PutRule: Operation<eventbridge.PutRuleCommandInput, { RuleArn: string }> = {
  readOnly: false,
  asks: ({ Name }) => [{ action: 'events:PutRule', resource: `arn:aws:events:${REGION}:${ACCOUNT}:rule/${Name}` }],
  run: ({ Name }) => {
    if (Name === 'missing') throw new eventbridge.ResourceNotFoundException({ message: 'no bus', $metadata: {} });
    if (Name === 'broken') throw new TypeError('a bug');
    return { RuleArn: `arn:${Name}` };
  },
};

test('adding a call is adding a typed function: over the wire and from inside', async () => {
  const cloud = newCloud();
  cloud.addService(eventsService({ PutRule }));
  await cloud.listen();
  const client = clientOf(cloud);
  await expect(client.send(new eventbridge.PutRuleCommand({ Name: 'a' }))).resolves.toMatchObject({ RuleArn: 'arn:a' });
  await expect(client.send(new eventbridge.PutRuleCommand({ Name: 'missing' }))).rejects.toBeInstanceOf(
    eventbridge.ResourceNotFoundException,
  );
  await expect(client.send(new eventbridge.PutRuleCommand({ Name: 'broken' }))).rejects.toMatchObject({
    name: 'InternalFailure',
    message: 'TypeError: a bug',
    $metadata: { httpStatusCode: 500 },
  });
  const as = { caller: cloud.administrator(ACCOUNT).caller, region: REGION };
  await expect(cloud.call('events', 'PutRule', { Name: 'b' }, as)).resolves.toEqual({ RuleArn: 'arn:b' });
  await expect(cloud.call('events', 'PutRule', { Name: 'missing' }, as)).rejects.toBeInstanceOf(
    eventbridge.ResourceNotFoundException,
  );
  await expect(cloud.call('events', 'PutRule', {}, as)).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(cloud.call('events', 'DeleteRule', { Name: 'b' }, as)).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('events:DeleteRule'),
  });
  await expect(cloud.call('s3', 'GetObject', {}, as)).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('a raw service gets the bytes of what is not in its table, and its answer goes out untouched', async () => {
  const cloud = newCloud();
  const raw: Service['raw'] = async (operation, body, call) => {
    if (operation === 'ListRules') throw new ApiError('TeapotException', 418, 'short and stout');
    const text = JSON.stringify({ EventBusArn: `${operation} ${new TextDecoder().decode(body)} ${call.account}` });
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: new TextEncoder().encode(text),
    };
  };
  cloud.addService(eventsService({ PutRule }, { raw }));
  await cloud.listen();
  const client = clientOf(cloud);
  await expect(client.send(new eventbridge.CreateEventBusCommand({ Name: 'x' }))).resolves.toMatchObject({
    EventBusArn: `CreateEventBus {"Name":"x"} ${ACCOUNT}`,
  });
  await expect(client.send(new eventbridge.ListRulesCommand({}))).rejects.toMatchObject({ name: 'TeapotException' });
  await expect(client.send(new eventbridge.PutRuleCommand({ Name: 'a' }))).resolves.toMatchObject({ RuleArn: 'arn:a' });
});

const service: Caller = {
  kind: 'service',
  arn: 'events.amazonaws.com',
  account: ACCOUNT,
  userId: 'events.amazonaws.com',
  service: 'events.amazonaws.com',
  source: { arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/r`, account: ACCOUNT },
};

const resourcePolicy = (statement: object) => ({
  name: 'queue policy',
  document: parsePolicy({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*', ...statement }],
  }),
});

test.each<[string, object | undefined, 'allow' | 'implicitDeny']>([
  ['without a resource policy', undefined, 'implicitDeny'],
  ['that the policy names', { Principal: { Service: 'events.amazonaws.com' } }, 'allow'],
  [
    'for its own resource',
    {
      Principal: { Service: 'events.amazonaws.com' },
      Condition: {
        ArnEquals: { 'aws:SourceArn': service.source?.arn ?? '' },
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
      },
    },
    'allow',
  ],
  [
    'for another resource',
    {
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:eu-west-1:1:rule/other' } },
    },
    'implicitDeny',
  ],
  ['of another name', { Principal: { Service: 'lambda.amazonaws.com' } }, 'implicitDeny'],
])('a service %s', (_what, statement, effect) => {
  const cloud = newCloud();
  const ask: Ask = {
    action: 'sqs:SendMessage',
    resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:q`,
    resourceAccount: ACCOUNT,
    ...(statement === undefined ? {} : { resourcePolicy: resourcePolicy(statement) }),
  };
  expect(cloud.decide(service, ask, REGION).effect).toBe(effect);
});

test.each<[string, string, string | undefined]>([
  ['aws:PrincipalArn', 'role', `arn:aws:iam::${ACCOUNT}:role/app`],
  ['aws:PrincipalType', 'role', 'AssumedRole'],
  ['aws:TokenIssueTime', 'role', '2026-11-21T10:00:00.000Z'],
  ['aws:TokenIssueTime', 'user', undefined],
  ['aws:username', 'user', 'admin'],
  ['aws:username', 'role', undefined],
  ['aws:PrincipalType', 'user', 'User'],
  ['aws:PrincipalAccount', 'role', ACCOUNT],
  ['aws:PrincipalIsAWSService', 'role', 'false'],
  ['aws:PrincipalIsAWSService', 'service', 'true'],
  ['aws:PrincipalServiceName', 'service', 'events.amazonaws.com'],
  ['aws:SourceAccount', 'service', ACCOUNT],
  ['aws:PrincipalTag/TEAM', 'role', 'checkout'],
  ['aws:RequestedRegion', 'role', REGION],
  ['aws:CurrentTime', 'role', '2026-11-21T10:00:00.000Z'],
  ['aws:EpochTime', 'role', '1795255200'],
  ['aws:SourceIp', 'role', undefined],
  ['aws:ViaAWSService', 'role', 'false'],
  ['sqs:Own', 'role', 'given'],
])('the condition key %s of a %s', async (key, kind, value) => {
  const cloud = newCloud();
  const administrator = cloud.administrator(ACCOUNT).caller;
  const trust =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"x.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
  const input = { RoleName: 'app', AssumeRolePolicyDocument: trust, Tags: [{ Key: 'team', Value: 'checkout' }] };
  await cloud.call('iam', 'CreateRole', input, { caller: administrator, region: REGION });
  const { caller: role } = cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/app`, 's1', 'x.amazonaws.com');
  const caller = { role, user: administrator, service }[kind] ?? role;
  const { context } = cloud.requestOf(
    caller,
    { action: 'sqs:X', resource: '*', context: { 'sqs:Own': 'given' } },
    REGION,
  );
  const read = typeof context === 'function' ? context(key.toLowerCase()) : undefined;
  expect(read).toEqual(value === undefined ? undefined : [value]);
});

test('authorize throws AccessDenied in the form of the action’s own service', () => {
  const cloud = newCloud();
  const ask = { action: 'iam:GetRole', resource: '*' };
  expect(() => cloud.authorize(cloud.administrator(ACCOUNT).caller, ask, REGION)).not.toThrow();
  expect(() => cloud.authorize(service, ask, REGION)).toThrow(
    'User: events.amazonaws.com is not authorized to perform: iam:GetRole on resource: * because no resource-based policy allows the iam:GetRole action',
  );
});

test('state is made once a service and scope; what was opened is closed in reverse order', async () => {
  const cloud = newCloud();
  const made = cloud.state('sqs', 'a', () => new Map([['x', 1]]));
  expect(cloud.state('sqs', 'a', () => new Map())).toBe(made);
  expect(cloud.state('sqs', 'b', () => new Map())).not.toBe(made);
  const closed: number[] = [];
  for (const n of [1, 2, 3]) cloud.onClose(() => void closed.push(n));
  await cloud.close();
  await cloud.close();
  expect(closed).toEqual([3, 2, 1]);
});

test('accounts have an administrator; others have none', () => {
  const cloud = newCloud();
  cloud.addAccount(ACCOUNT);
  expect(cloud.accounts()).toEqual([ACCOUNT]);
  expect(cloud.administrator(ACCOUNT).caller.arn).toBe(`arn:aws:iam::${ACCOUNT}:user/admin`);
  expect(() => cloud.administrator('999999999999')).toThrow('There is no account 999999999999');
});
