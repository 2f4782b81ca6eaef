/** Executions that end without a result, and what they leave behind: the local cloud's own events and the sweep set it right. */
import { DeleteItemCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Grant } from '../../../functions/grants/index.ts';
import { functionName, TABLE } from '../../../functions/names.ts';
import { comeDue } from '../../../functions/provisioning/planning/come-due.ts';
import { type SweptGrants, sweepGrants } from '../../../functions/provisioning/planning/sweep-grants.ts';
import type { Transitions } from '../../../functions/provisioning/transitions.ts';
import { readAnswer } from '../../../functions/runtime/spoke-call.ts';
import { busesOf } from '../../../local/services/events/bus.ts';
import { functionsOf } from '../../../local/services/lambda/function.ts';
import { concerns, instead } from './faults.ts';
import { FOR_PODS, HUB, REGION } from './fleets.ts';
import {
  ANALYTICS,
  CLUSTER,
  endOf,
  executionsOf,
  give,
  grantAt,
  PAYMENTS,
  revoke,
  startGrants,
  target,
  transitionsOf,
  wishFor,
} from './grant-stage.ts';
import { as, eventually, type Running, storeOf } from './harness.ts';

let running: Running;
let transitions: Transitions;
/** Runs after a spoke's function has worked, instead of its answer; once. */
const after = new Map<string, () => void>();

beforeAll(async () => {
  running = await startGrants({
    around: (service) =>
      instead(service, 'lambda', 'Invoke', async (input, _call, run) => {
        const answer = await run();
        for (const [key, what] of after) {
          const [file = '', about = ''] = key.split(' ');
          if (!concerns({ file, about }, input)) continue;
          after.delete(key);
          what();
        }
        return answer;
      }),
  });
  transitions = transitionsOf(running);
  // A sibling, which nothing of all this may touch.
  const sibling = await give(transitions, wishFor('sibling', 1, { targets: [target('dynamodb:GetItem')] }));
  expect(await endOf(running, transitions, sibling)).toMatchObject({ state: 'active' });
}, 400_000);
afterAll(async () => running?.stop(), 20_000);

const call = async <Answer>(scope: string, operation: string, input: object, account = PAYMENTS): Promise<Answer> =>
  (await running.cloud.call(scope, operation, input, {
    caller: running.cloud.administrator(account).caller,
    region: REGION,
  })) as Answer;

type MadeRole = {
  readonly RoleName: string;
  readonly Arn: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
};

/** Everything that grants have made, as it is there. */
const picture = async () => {
  const roles = await Promise.all(
    [PAYMENTS, ANALYTICS].map(async (account) => {
      const list = { PathPrefix: '/podid/' };
      const { Roles } = await call<{ Roles: { RoleName: string }[] }>('iam', 'ListRoles', list, account);
      return Promise.all(
        Roles.map(({ RoleName }) => call<{ Role: MadeRole }>('iam', 'GetRole', { RoleName }, account)),
      );
    }),
  );
  const { associations } = await call<{ associations: object[] }>('eks', 'ListPodIdentityAssociations', {
    clusterName: CLUSTER,
  });
  return { roles: roles.flat().map(({ Role }) => Role), associations };
};

const wish = (name: string) => wishFor(name, 2, { targets: [target('dynamodb:GetItem')] });
const stopAll = (id: string): void => {
  for (const execution of executionsOf(running, id)) execution.stop('Stopped', 'by the test');
};
const namesOf = (id: string): string[] => executionsOf(running, id).map(({ name }) => name.slice(id.length + 1));
const later = (minutes: number): Transitions => ({
  ...transitions,
  now: () => new Date(Date.now() + minutes * 60_000),
});
const stoppedRule = () => {
  const rules = [...(busesOf(running.cloud, HUB, REGION).get('default')?.rules.values() ?? [])];
  const rule = rules.find(({ name }) => name.endsWith('on-work-stopped'));
  if (rule === undefined) throw new Error('there is no rule on-work-stopped');
  return rule;
};

/** The sweep as it will be some minutes later, with the record and the spokes as they are. */
const sweepAt = (minutes: number): Promise<SweptGrants> =>
  sweepGrants({
    ...later(minutes),
    store: storeOf(running),
    grants: storeOf(running).grants(Grant),
    config: running.config,
    hasTime: () => true,
    ask: async (called, { account, region }, input) => {
      const FunctionName = functionName('call-spoke');
      const Payload = Buffer.from(JSON.stringify({ function: called, account, region, input }));
      return readAnswer(FunctionName, await call('lambda', 'Invoke', { FunctionName, Payload }, HUB));
    },
  });
const comeDueAt = (minutes: number) =>
  comeDue({
    ...later(minutes),
    store: storeOf(running),
    grants: storeOf(running).grants(Grant),
    hasTime: () => true,
  });

it('a stopped execution is undone by itself, whatever it had made by then', async () => {
  const before = await picture();
  for (const file of ['apply-role', 'associate', 'verify-grant']) {
    const name = `stopped-${file}`;
    let id = '';
    after.set(`${file} ${name}`, () => stopAll(id));
    const given = give(transitions, wish(name));
    id = await given;
    const grant = await endOf(running, transitions, id);
    expect([file, grant.state, namesOf(id)]).toEqual([file, 'failed', ['v1-p1', 'v1-u1']]);
    expect(executionsOf(running, id).map(({ status }) => status)).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(await picture()).toEqual(before);
  }
}, 240_000);

it('a revocation that is stopped goes on by itself', async () => {
  const before = await picture();
  const id = await give(transitions, wish('revoked'));
  expect(await endOf(running, transitions, id)).toMatchObject({ state: 'active' });
  after.set('undo-grant revoked', () => stopAll(id));
  await revoke(transitions, id);
  expect(await endOf(running, transitions, id)).toMatchObject({ state: 'revoked' });
  expect(namesOf(id)).toEqual(['v1-p1', 'v1-r1', 'v1-r2']);
  expect(await picture()).toEqual(before);
}, 120_000);

it('work whose end nobody told is taken up again by the sweep', async () => {
  const before = await picture();
  const rule = stoppedRule();
  rule.state = 'DISABLED';
  try {
    let id = '';
    after.set('associate untold', () => stopAll(id));
    id = await give(transitions, wish('untold'));
    await eventually('the stop', async () => executionsOf(running, id)[0]?.status === 'ABORTED');
    expect(await comeDueAt(5)).toMatchObject({ restarted: [] });
    expect(await comeDueAt(15)).toMatchObject({ restarted: [`${id}-v1-u1`] });
    expect(await endOf(running, transitions, id)).toMatchObject({ state: 'failed' });
    expect(await picture()).toEqual(before);
    expect(await comeDueAt(15)).toMatchObject({ restarted: [] });
  } finally {
    rule.state = 'ENABLED';
  }
}, 120_000);

it('what was written too late is collected, once nothing is under way; and what nobody has announced is told of', async () => {
  const before = await picture();
  const id = await give(transitions, wishFor('late', 3, { targets: [target('dynamodb:GetItem')] }));
  expect(await endOf(running, transitions, id)).toMatchObject({ state: 'active' });
  const { roles } = await picture();
  await revoke(transitions, id);
  expect(await endOf(running, transitions, id)).toMatchObject({ state: 'revoked' });
  expect(await picture()).toEqual(before);
  await lateWrites(roles);
  expect(await sweepAt(5)).toMatchObject({ collected: [], strangers: [], failed: [], complete: true });
  const stranger = await makeRole('stranger', { 'podid:grant': id, 'podid:made-by': `${id}-v9-p9` });
  const swept = await sweepAt(20);
  expect(swept).toMatchObject({ collected: [`${id}-v1-r2`], strangers: [stranger], failed: [], complete: true });
  await endOf(running, transitions, id);
  await call('iam', 'DeleteRole', { RoleName: 'stranger' });
  expect(await picture()).toEqual(before);
  expect(await grantAt(transitions, id)).toMatchObject({ state: 'revoked' });
  const findings = () => storeOf(running).findings.of(`arn:aws:iam::${PAYMENTS}:role/podid/*`);
  expect(await findings()).toMatchObject([{ reason: 'GrantRoleUnknown', subject: stranger, state: 'open' }]);
  expect(await sweepAt(25)).toMatchObject({ collected: [], strangers: [] });
  expect(await findings()).toMatchObject([{ state: 'resolved' }]);
}, 180_000);

/** A function of the execution wrote them after everything had been taken back. */
const lateWrites = async (made: readonly MadeRole[]): Promise<void> => {
  const role = made.find(({ RoleName }) => RoleName.startsWith('checkout-3-late'));
  if (role === undefined) throw new Error('the grant has made no role');
  const tags = Object.fromEntries(role.Tags.map(({ Key, Value }) => [Key, Value]));
  const roleArn = await makeRole(role.RoleName, tags, decodeURIComponent(role.AssumeRolePolicyDocument));
  await call('eks', 'CreatePodIdentityAssociation', {
    clusterName: CLUSTER,
    namespace: 'checkout-3',
    serviceAccount: 'late',
    roleArn,
    tags,
  });
};

const ANYBODY = JSON.stringify(FOR_PODS);

const makeRole = async (RoleName: string, tags: Record<string, string>, trust = ANYBODY): Promise<string> => {
  const { Role } = await call<{ Role: { Arn: string } }>('iam', 'CreateRole', {
    RoleName,
    Path: '/podid/',
    AssumeRolePolicyDocument: trust,
    PermissionsBoundary: `arn:aws:iam::${PAYMENTS}:policy/podid-boundary`,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  return Role.Arn;
};

it('due rows that a crash has lost are put back, and done then', async () => {
  const id = await give(transitions, wishFor('expiring', 4, { lifetime: { for: 'PT2H' } }));
  const { expireAt } = await endOf(running, transitions, id);
  const client = new DynamoDBClient(as(running, 'hub'));
  const rows = async () =>
    (
      await client.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `DUE#${id}` } },
        }),
      )
    ).Items ?? [];
  const known = await rows();
  expect(known.length).toBeGreaterThan(1);
  for (const { pk, sk } of known) {
    if (pk === undefined || sk === undefined) throw new Error('a row without a key');
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk, sk } }));
  }
  await comeDueAt(121);
  expect(await grantAt(transitions, id)).toMatchObject({ state: 'active', expireAt });
  expect((await sweepAt(1)).compared).toBeGreaterThanOrEqual(2);
  expect((await rows()).map(({ sk }) => sk)).toEqual(
    known.filter(({ state }) => state?.S === 'open').map(({ sk }) => sk),
  );
  await comeDueAt(121);
  expect(await endOf(running, transitions, id)).toMatchObject({ state: 'expired' });
}, 120_000);

it('the deployed functions may do all that', async () => {
  const invoke = async (file: string) => {
    const FunctionName = functionName(file);
    const functions = functionsOf(running.cloud, HUB, REGION);
    const deployed = functions.get(FunctionName);
    if (deployed === undefined) throw new Error(`there is no function ${FunctionName}`);
    // The stage has shortened it, and by its time a sweep knows how far it gets.
    functions.set(FunctionName, { ...deployed, timeoutSeconds: 240 });
    return readAnswer(FunctionName, await call('lambda', 'Invoke', { FunctionName, Payload: Buffer.from('{}') }, HUB));
  };
  expect(await invoke('come-due')).toMatchObject({ restarted: [], complete: true });
  expect(await invoke('sweep-grants')).toMatchObject({ collected: [], strangers: [], failed: [], complete: true });
}, 60_000);
