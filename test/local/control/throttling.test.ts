/** Throttling at AWS's rates: a bucket for each account, region and kind of call, and clients that get through. */
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, GetRoleCommand, IAMClient, UpdateRoleDescriptionCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Control, controlOf } from '../../../local/control/client.ts';
import { RATES } from '../../../local/control/rates.ts';
import { ACCOUNT, type Listening, OTHER, PODS_TRUST, REGION, startListening } from '../wire/listening.ts';

let here: Listening;
let control: Control;
let time = new Date('2026-11-21T10:00:00Z');
const later = (millis: number) => {
  time = new Date(time.getTime() + millis);
};

beforeAll(async () => {
  here = await startListening({ now: () => time });
  control = controlOf(here.endpoint);
  await here.iam.send(new CreateRoleCommand({ RoleName: 'api', AssumeRolePolicyDocument: PODS_TRUST }));
});
beforeEach(async () => {
  await control.change({ throttling: 'aws' });
});
afterAll(() => here.cloud.close());

const read = (account = ACCOUNT, region = REGION) =>
  here.cloud.call('eks', 'ListClusters', {}, { caller: here.cloud.administrator(account).caller, region });

/** How many calls get through before the first that is refused, at one moment. */
const served = async (call: () => Promise<unknown>): Promise<number> => {
  for (let count = 0; count < 10_000; count += 1) {
    const refused = await call().then(
      () => undefined,
      ({ name }: Error) => name,
    );
    if (refused !== undefined) {
      expect(refused).toMatch(/^Throttling/);
      return count;
    }
  }
  return Number.POSITIVE_INFINITY;
};

const rateOf = (service: string, calls: string) => {
  const rate = RATES.find((one) => one.service === service && one.calls === calls);
  if (rate === undefined) throw new Error(`There is no rate of ${service}`);
  return rate;
};

test('off, nothing is throttled', async () => {
  await control.change({});
  await Promise.all(Array.from({ length: rateOf('eks', 'reads').burst + 1 }, () => read()));
});

test('a full bucket at once, then what a second brings; other accounts and regions have their own', async () => {
  const { rate, burst } = rateOf('eks', 'reads');
  expect(await served(read)).toBe(burst);
  later(1000);
  expect(await served(read)).toBe(rate);
  expect(await served(() => read(OTHER))).toBe(burst);
  expect(await served(() => read(ACCOUNT, 'us-east-1'))).toBe(burst);
  await control.change({ throttling: 'aws' });
  expect(await served(read)).toBe(burst);
});

test.each([
  ['iam', 'GetRole', { RoleName: 'api' }, 'reads'],
  ['iam', 'UpdateRoleDescription', { RoleName: 'api', Description: 'x' }, 'writes'],
  ['sts', 'GetCallerIdentity', {}, 'all'],
])('%s:%s has the bucket of its kind', async (service, operation, input, calls) => {
  const { caller } = here.cloud.administrator(ACCOUNT);
  expect(await served(() => here.cloud.call(service, operation, input, { caller, region: REGION }))).toBe(
    rateOf(service, calls).burst,
  );
});

test('IAM is one for all regions, and its reads leave the writes alone', async () => {
  const { caller } = here.cloud.administrator(ACCOUNT);
  const get = (region: string) => here.cloud.call('iam', 'GetRole', { RoleName: 'api' }, { caller, region });
  await served(() => get(REGION));
  await expect(get('us-west-2')).rejects.toMatchObject({ name: 'Throttling' });
  await here.iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'api', Description: 'y' }));
});

test('the wire says it as each service does, and an SDK client gets through when it waits', async () => {
  await served(() => here.iam.send(new GetRoleCommand({ RoleName: 'api' })));
  await expect(here.iam.send(new GetRoleCommand({ RoleName: 'api' }))).rejects.toMatchObject({
    name: 'Throttling',
    message: 'Rate exceeded',
    $metadata: { httpStatusCode: 400 },
  });
  await served(read);
  await expect(here.eks.send(new DescribeClusterCommand({ name: 'payments' }))).rejects.toMatchObject({
    name: 'ThrottlingException',
    $metadata: { httpStatusCode: 429 },
  });
  await expect(here.sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({ Account: ACCOUNT });
  // While the client waits, the cloud's time goes on.
  const waiting = async <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      later(1000);
      throw error;
    });
  const iam = new IAMClient({ ...here.config(), maxAttempts: 3 });
  const eks = new EKSClient({ ...here.config(), maxAttempts: 3 });
  iam.middlewareStack.add((next) => (args) => waiting(next(args)), { step: 'deserialize', priority: 'high' });
  eks.middlewareStack.add((next) => (args) => waiting(next(args)), { step: 'deserialize', priority: 'high' });
  await expect(iam.send(new GetRoleCommand({ RoleName: 'api' }))).resolves.toMatchObject({
    $metadata: { attempts: 2 },
  });
  await served(read);
  await expect(eks.send(new DescribeClusterCommand({ name: 'payments' }))).resolves.toMatchObject({
    $metadata: { attempts: 2 },
  });
});
