/** Faults by rule: each kind as an SDK client meets it, and which calls a rule strikes. */
import { DescribeClusterCommand, EKSClient, ThrottlingException } from '@aws-sdk/client-eks';
import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  NoSuchEntityException,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Control, controlOf } from '../../../local/control/client.ts';
import type { FaultWish } from '../../../local/control/fault-rule.ts';
import { service as lambda } from '../../../local/services/lambda/index.ts';
import { NoAnswer } from '../../../local/wire/errors.ts';
import { ACCOUNT, allow, type Listening, OTHER, PODS_TRUST, REGION, startListening } from '../wire/listening.ts';

let here: Listening;
let control: Control;

beforeAll(async () => {
  here = await startListening();
  here.cloud.addService(lambda);
  control = controlOf(here.endpoint);
  await here.iam.send(new CreateRoleCommand({ RoleName: 'api', AssumeRolePolicyDocument: PODS_TRUST }));
});
beforeEach(() => {
  here.records.length = 0;
});
afterEach(() => control.remove());
afterAll(() => here.cloud.close());

const put = (name: string, iam = here.iam, options = {}) =>
  iam.send(
    new PutRolePolicyCommand({ RoleName: 'api', PolicyName: name, PolicyDocument: allow('s3:GetObject') }),
    options,
  );
const isThere = (name: string): Promise<boolean> =>
  here.iam.send(new GetRolePolicyCommand({ RoleName: 'api', PolicyName: name })).then(
    () => true,
    () => false,
  );
const recorded = () => here.records.map(({ detail: { eventName, errorCode } }) => [eventName, errorCode]);
const patient = () => new IAMClient({ ...here.config(), maxAttempts: 3 });

test('the third PutRolePolicy times out after it worked', async () => {
  await control.post({ service: 'iam', operation: 'PutRolePolicy', nth: 3, what: { kind: 'timeout' } });
  await put('one');
  await put('two');
  await expect(put('three', here.iam, { abortSignal: AbortSignal.timeout(300) })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await put('four');
  expect(await isThere('three')).toBe(true);
  expect(recorded()).toEqual(Array(4).fill(['PutRolePolicy', undefined]));
  expect(await control.faults()).toMatchObject([
    { seen: 4, struck: 1, strikes: [{ operation: 'PutRolePolicy', account: ACCOUNT, region: 'us-east-1' }] },
  ]);
});

test('a timeout before anything was done', async () => {
  await control.post({ service: 'iam', about: 'never', what: { kind: 'timeout', when: 'before' } });
  await expect(put('never', here.iam, { abortSignal: AbortSignal.timeout(300) })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await control.remove();
  expect(await isThere('never')).toBe(false);
  expect(recorded()).toEqual([]);
});

test('a lost answer: the socket is closed after it worked, and the SDK, which asks again, meets its own role', async () => {
  const make = (name: string, iam: IAMClient) =>
    iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: PODS_TRUST }));
  await control.post({ service: 'iam', operation: 'CreateRole', every: 1, times: 2, what: { kind: 'lost' } });
  await expect(make('lost', here.iam)).rejects.toThrow('socket hang up');
  await expect(here.iam.send(new GetRoleCommand({ RoleName: 'lost' }))).resolves.toMatchObject({
    Role: { RoleName: 'lost' },
  });
  await expect(make('lost-twice', patient())).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
});

test('a lost answer before it worked leaves nothing, and the SDK copes', async () => {
  await control.post({ service: 'iam', operation: 'PutRolePolicy', nth: 1, what: { kind: 'lost', when: 'before' } });
  await expect(put('second-try', patient())).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  expect(recorded()).toEqual([['PutRolePolicy', undefined]]);
});

test("an error before: the service's own exception, recorded, and nothing done", async () => {
  const what = { kind: 'error', code: 'NoSuchEntity', message: 'Not seen.' } as const;
  await control.post({ service: 'iam', operation: 'PutRolePolicy', nth: 1, what });
  const refused = await put('refused').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NoSuchEntityException);
  expect(refused).toMatchObject({ message: 'Not seen.', $metadata: { httpStatusCode: 404 } });
  expect(await isThere('refused')).toBe(false);
  expect(recorded()).toEqual([['PutRolePolicy', 'NoSuchEntityException']]);
});

test('an error that no model has, with its status', async () => {
  await control.post({ service: 'iam', about: 'denied', what: { kind: 'error', code: 'AccessDenied', status: 403 } });
  await expect(put('denied')).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  expect(recorded()).toEqual([['PutRolePolicy', 'AccessDenied']]);
});

test('an error after: it is done and recorded as done', async () => {
  const what = { kind: 'error', code: 'ServiceFailure', when: 'after' } as const;
  await control.post({ service: 'iam', operation: 'PutRolePolicy', times: 1, what });
  await expect(put('done')).rejects.toMatchObject({ name: 'ServiceFailureException', $fault: 'server' });
  expect(await isThere('done')).toBe(true);
  expect(recorded()).toEqual([['PutRolePolicy', undefined]]);
});

test('a call that fails by itself keeps its own error', async () => {
  await control.post({ service: 'iam', operation: 'GetRole', what: { kind: 'lost' } });
  await expect(here.iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toThrow(NoSuchEntityException);
});

test('throttled, in the words of each service; the SDK asks again', async () => {
  for (const service of ['iam', 'sts', 'eks', 'eks-auth', 'lambda']) {
    await control.post({ service, nth: 1, what: { kind: 'throttle' } });
  }
  await expect(put('slow')).rejects.toMatchObject({ name: 'Throttling', message: 'Rate exceeded' });
  await expect(here.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'Throttling',
    $metadata: { httpStatusCode: 400 },
  });
  const describe = new DescribeClusterCommand({ name: 'payments' });
  const eks = await here.eks.send(describe).catch((error: unknown) => error);
  expect(eks).toBeInstanceOf(ThrottlingException);
  expect(eks).toMatchObject({ $metadata: { httpStatusCode: 429 } });
  await expect(
    new LambdaClient(here.config()).send(new GetFunctionCommand({ FunctionName: 'f' })),
  ).rejects.toMatchObject({ name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } });
  const { caller } = here.cloud.administrator(ACCOUNT);
  await expect(
    here.cloud.call(
      'eks-auth',
      'AssumeRoleForPodIdentity',
      { clusterName: 'payments', token: 'a.b.c' },
      { caller, region: REGION },
    ),
  ).rejects.toMatchObject({ name: 'ThrottlingException' });
  await control.post({ service: 'eks', nth: 1, what: { kind: 'throttle' } });
  await expect(new EKSClient({ ...here.config(), maxAttempts: 3 }).send(describe)).resolves.toMatchObject({
    $metadata: { attempts: 2 },
  });
});

test.each<[string, Partial<FaultWish>, string]>([
  ['each call', {}, 'xxxxxx'],
  ['the second', { nth: 2 }, '.x....'],
  ['every second', { every: 2 }, '.x.x.x'],
  ['every second, once', { every: 2, times: 1 }, '.x....'],
  ['the first two', { times: 2 }, 'xx....'],
  ['those of the account', { account: ACCOUNT }, 'xxxxxx'],
  ['those of another account', { account: OTHER }, '......'],
  ['those that name the role', { about: 'ap' }, 'xxxxxx'],
  ['those that name another', { about: 'apis' }, '......'],
  ['another operation', { operation: 'ListRoles' }, '......'],
])('a rule for %s', async (_what, more, expected) => {
  await control.post({
    service: 'iam',
    operation: 'GetRole',
    what: { kind: 'error', code: 'Teapot', status: 418 },
    ...more,
  });
  let outcome = '';
  for (let i = 0; i < expected.length; i += 1) {
    outcome += await here.iam.send(new GetRoleCommand({ RoleName: 'api' })).then(
      () => '.',
      ({ name }: Error) => (name === 'Teapot' ? 'x' : name),
    );
  }
  expect(outcome).toBe(expected);
});

test('of two rules the first strikes, and both count', async () => {
  const rule = { service: 'iam', operation: 'GetRole' } as const;
  await control.post({ ...rule, nth: 1, what: { kind: 'error', code: 'First', status: 400 } });
  const second = await control.post({ ...rule, times: 1, what: { kind: 'error', code: 'Second', status: 400 } });
  const get = () => here.iam.send(new GetRoleCommand({ RoleName: 'api' }));
  await expect(get()).rejects.toMatchObject({ name: 'First' });
  await expect(get()).rejects.toMatchObject({ name: 'Second' });
  await get();
  expect((await control.faults()).map(({ seen, struck }) => [seen, struck])).toEqual([
    [3, 1],
    [3, 1],
  ]);
  await control.remove(second.id);
  expect(await control.faults()).toHaveLength(1);
});

test('callers from inside get it too', async () => {
  await control.post({ service: 'sts', nth: 1, what: { kind: 'lost' } });
  const { caller } = here.cloud.administrator(ACCOUNT);
  await expect(here.cloud.call('sts', 'GetCallerIdentity', {}, { caller, region: REGION })).rejects.toThrow(NoAnswer);
});
