/** The sweep's hub functions as Lambda calls them: what they are given, what they keep, whom they wake. */
import '../../runtime/quiet.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as conclude } from '../../../../functions/drift/conclude-sweep.hub.ts';
import { handler as keepAssociations } from '../../../../functions/drift/keep-associations.hub.ts';
import { placeOf } from '../../../../functions/drift/kept.ts';
import { handler as listClusters } from '../../../../functions/drift/list-clusters.hub.ts';
import { SweepSlice, ToSweep } from '../../../../functions/drift/sweep/contract.ts';
import { FindingDetail } from '../../../../functions/lifecycle.ts';
import type { Revocation } from '../../../../functions/revocation.ts';
import { context } from '../../runtime/context.ts';
import { ACCOUNT, CLUSTER, config, identity, roleArn, startWorld, type World } from './world.ts';

let world: World;
const folder = mkdtempSync(path.join(tmpdir(), 'podid-sweep-'));
const states = mockClient(SFNClient);
const lambda = mockClient(LambdaClient);
const bus = mockClient(EventBridgeClient);
beforeAll(async () => {
  world = await startWorld();
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config()));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: world.dynamo.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    PODID_CONFIG_FILE: file,
  });
});
afterAll(async () => {
  await world.dynamo.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  states.reset();
  states.on(StartExecutionCommand).resolves({});
  lambda.reset();
  bus.reset();
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
});

const SWEEP = { id: 's-1', startedAt: '2026-03-10T00:00:00.000Z', until: '2999-01-01T00:00:00.000Z' };
const SWEPT = { outcome: 'swept' };
const ended = {
  execution: 'run-1',
  isSlice: false,
  slices: [],
  sweep: SWEEP,
  discovery: [SWEPT],
  lookups: [SWEPT],
  roles: [SWEPT],
  clusters: [[SWEPT]],
};
const ABOUT = { EventBusName: 'podid-events', object: `${ACCOUNT}/us-east-1`, reason: 'TrailSilent' };
/** The objects for which an execution was started. */
const woken = (): string[] =>
  states
    .commandCalls(StartExecutionCommand)
    .map(({ args }) => JSON.stringify(JSON.parse(args[0].input.input ?? '{}').ref))
    .sort();

const begun = async (execution: string) =>
  ToSweep.parse(await listClusters({ execution, startedAt: SWEEP.startedAt }, context('podid-list-clusters')));

/** What was told of findings on podid's bus. */
const told = () =>
  bus.commandCalls(PutEventsCommand).flatMap(({ args }) =>
    (args[0].input.Entries ?? []).map(({ EventBusName, DetailType, Detail = '{}' }) => {
      const { finding } = FindingDetail.parse(JSON.parse(Detail));
      return { EventBusName, DetailType, object: finding.object, reason: finding.reason };
    }),
  );

it('begins with everything that the configuration names', async () => {
  const { accounts, places, discovery } = await begun('run-1');
  expect(accounts.map(({ account }) => account)).toEqual([ACCOUNT]);
  expect(places).toEqual([{ clusters: [CLUSTER] }]);
  // No tag is looked for: nobody is asked.
  expect(discovery).toEqual([SWEPT]);
  expect(lambda.commandCalls(InvokeCommand)).toEqual([]);
});

it('leaves the sweep to the execution that is at it, and takes it over from one that has ended without a word', async () => {
  states.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
  expect(
    await listClusters({ execution: 'run-2', startedAt: SWEEP.startedAt }, context('podid-list-clusters')),
  ).toEqual({
    underWay: 'run-1',
  });
  expect(states.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(
    'arn:aws:states:eu-west-1:999988887777:execution:podid-sweep:run-1',
  );
  states.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });
  expect((await begun('run-2')).places).toHaveLength(1);
  await world.store.leases.release('sweep', 'run-2');
  await begun('run-1');
});

it('sweeps a cluster through call-spoke, keeps its part, and wakes who is new', async () => {
  world.associate('api');
  const state = world.associations.get('a-api')?.state;
  const answers: Record<string, object> = {
    'list-associations': {
      status: 'present',
      associations: [{ associationId: 'a-api', namespace: 'checkout', serviceAccount: 'api' }],
    },
    'describe-associations': { associations: [{ identity: identity('api'), state }], readAt: SWEEP.startedAt },
    'list-service-accounts': {
      serviceAccounts: [
        { namespace: 'checkout', serviceAccount: 'api', irsa: { roleArn: roleArn('orders'), valid: true } },
      ],
    },
  };
  lambda.on(InvokeCommand).callsFake(async ({ FunctionName, Payload }) => {
    expect(FunctionName).toBe('podid-call-spoke');
    const call = JSON.parse(Payload);
    expect(call).toMatchObject({ account: ACCOUNT, region: 'eu-west-1' });
    return { Payload: new TextEncoder().encode(JSON.stringify(answers[call.function])) };
  });
  const begun = { ...context('podid-keep-associations'), getRemainingTimeInMillis: () => 870_000 };
  expect(await keepAssociations({ sweep: SWEEP, cluster: CLUSTER }, begun)).toEqual({
    status: 'present',
    listed: 1,
    described: 1,
  });
  expect(await world.store.sweeps.parts('s-1')).toMatchObject([
    { part: 'cluster', listed: 1, hinted: 1, irsa: { status: 'read', users: 1, malformed: 0 } },
  ]);
  expect(await world.store.serviceAccounts.ofRole(roleArn('orders'))).toMatchObject([{ identity: identity('api') }]);
  const association = { object: 'association', identity: identity('api') };
  expect(woken()).toEqual([JSON.stringify(association), JSON.stringify({ object: 'cluster', cluster: CLUSTER })]);
});

it('ends with what is due for other reasons, each once, with a summary and the findings about the trail', async () => {
  const denied = { identity: identity('api'), roleArn: roleArn('denied'), form: 'tags' as const, revocation: 'r-1' };
  const times = { at: '2026-03-01T00:00:00.000Z', dueAt: '2026-03-02T00:00:00.000Z' };
  for (const form of ['tags', 'session-name'] as const) {
    const policyName = `podid-deny-${form === 'tags' ? '0' : '1'}123456789abcdef0123`;
    await world.store.denies.keep({ ...denied, ...times, form, policyName, status: 'in-force' });
  }
  const late = { object: 'role' as const, roleArn: roleArn('late') };
  await world.objects.keep(placeOf(late), { ref: late, fights: {}, again: times.dueAt }, 0, times.dueAt);
  const look = { part: 'look' as const, service: 'iam' as const, account: ACCOUNT, region: 'us-east-1' };
  await world.store.sweeps.keepPart('s-1', {
    ...look,
    ...{ told: 0, missed: 2, poison: 0, counted: true },
    from: times.at,
    to: SWEEP.startedAt,
  });
  expect(await conclude(ended, context('podid-conclude-sweep'))).toEqual({
    id: 's-1',
    complete: true,
    failed: [],
    due: 2,
  });
  // The next one need not wait.
  expect(await world.store.leases.holder('sweep', new Date())).toBeUndefined();
  expect(woken()).toEqual(['denied', 'late'].map((name) => JSON.stringify({ object: 'role', roleArn: roleArn(name) })));
  expect(await world.store.sweeps.last(1)).toMatchObject([{ id: 's-1', due: 2, clusters: { listed: 1 } }]);
  expect(await world.store.findings.of(`${ACCOUNT}/us-east-1`)).toMatchObject([
    { reason: 'TrailSilent', state: 'open', judge: 'sweep' },
  ]);
  expect(told()).toEqual([{ ...ABOUT, DetailType: 'Finding Opened' }]);
  expect((await world.store.told.since(times.at)).events).toMatchObject([{ kind: 'Finding Opened' }]);
});

it('resolves what was wrong when events come again', async () => {
  await world.store.sweeps.keepPart('s-2', {
    ...{ part: 'look', service: 'iam', account: ACCOUNT, region: 'us-east-1' },
    ...{ told: 3, missed: 0, poison: 0, counted: true },
    from: SWEEP.startedAt,
    to: SWEEP.startedAt,
  });
  await conclude({ ...ended, sweep: { ...SWEEP, id: 's-2' } }, context('podid-conclude-sweep'));
  expect(await world.store.findings.of(`${ACCOUNT}/us-east-1`)).toMatchObject([{ state: 'resolved' }]);
  expect(told()).toEqual([{ ...ABOUT, DetailType: 'Finding Resolved' }]);
});

it('starts an execution for each slice past what one holds, under a name of its own', async () => {
  const many = (account: string) => ({
    ...{ name: `a${account.slice(-2)}`, account },
    clusters: Array.from({ length: 99 }, (_, name) => ({ name: `c${name}`, region: 'eu-west-1' })),
  });
  const file = path.join(folder, 'many.json');
  const spokes = Array.from({ length: 12 }, (_, account) => many(String(200_000_000_000 + account)));
  writeFileSync(file, JSON.stringify(config({ spokes })));
  const before = process.env.PODID_CONFIG_FILE;
  process.env.PODID_CONFIG_FILE = file;
  const { places, slices } = await begun('run-1');
  process.env.PODID_CONFIG_FILE = before;
  expect(places).toHaveLength(9);
  expect(slices).toEqual(['run-1-2']);
  const started = states.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
  expect(started.map(({ name, stateMachineArn }) => [name, stateMachineArn])).toEqual([
    ['run-1-2', 'arn:aws:states:eu-west-1:999988887777:stateMachine:podid-sweep'],
  ]);
  expect(SweepSlice.parse(JSON.parse(started[0]?.input ?? '{}').slice).places).toHaveLength(3);
});

describe('a sweep of which other executions take slices', () => {
  const sweep = { ...SWEEP, id: 's-9' };
  const lost = { outcome: 'not-swept' as const, what: CLUSTER, at: 'keep-associations', error: 'Throttled' };
  const slice = { ...ended, execution: 'run-1-2', sweep, isSlice: true, clusters: [[lost]], lookups: [], roles: [] };
  const first = { ...ended, sweep, slices: ['run-1-2', 'run-1-3'] };
  const summaries = async () => (await world.store.sweeps.last(10)).filter(({ id }) => id === sweep.id);
  const are = (second: string, third: string) => {
    for (const [name, status] of Object.entries({ 'run-1-2': second, 'run-1-3': third })) {
      const executionArn = `arn:aws:states:eu-west-1:999988887777:execution:podid-sweep:${name}`;
      states.on(DescribeExecutionCommand, { executionArn }).resolves({ status: status as 'RUNNING' });
    }
  };

  it('has the lease and no summary while one of them is at it', async () => {
    await begun('run-1');
    are('RUNNING', 'SUCCEEDED');
    expect(await conclude(first, context('podid-conclude-sweep'))).toEqual({ underWay: ['run-1-2'] });
    expect(await summaries()).toEqual([]);
    expect(await world.store.leases.holder('sweep', new Date())).toBe('run-1');
  });

  it('names what a slice could not look at, and a slice that ended without a word', async () => {
    await begun('run-1');
    const asSlice = await conclude(slice, context('podid-conclude-sweep'));
    expect(asSlice).toMatchObject({ id: 's-9', complete: false, failed: [{ error: 'Throttled' }] });
    expect(await summaries()).toEqual([]);
    expect(await world.store.leases.holder('sweep', new Date())).toBe('run-1');
    are('FAILED', 'TIMED_OUT');
    const failed = [
      { what: 'arn:aws:eks:eu-west-1:111122223333:cluster/payments', at: 'keep-associations', error: 'Throttled' },
      { what: 'run-1-3', at: 'conclude-sweep', error: 'NotConcluded' },
    ];
    expect(await conclude(first, context('podid-conclude-sweep'))).toEqual({
      ...{ id: 's-9', complete: false, failed },
      due: expect.any(Number),
    });
    expect(await summaries()).toMatchObject([{ complete: false, failed }]);
    expect(await world.store.leases.holder('sweep', new Date())).toBeUndefined();
  });

  it('is the same sweep where its list is asked for twice', async () => {
    const [once, twice] = [await begun('run-1'), await begun('run-1')];
    expect(twice.sweep).toEqual(once.sweep);
    await world.store.leases.release('sweep', 'run-1');
  });
});

it('tells of a revocation whose execution is over without a record, until it has one', async () => {
  const lost: Revocation = {
    ...{ id: 'r-0123456789ab-1', cause: 'association-deleted', mode: 'remediate', attempt: 1 },
    ...{ identity: identity('api'), since: '2026-03-10T00:00:00.000Z' },
    actor: { type: 'IAMUser', eventId: 'e-1' },
    former: { associationId: 'a-1', associationArn: 'arn:a-1', roleArn: roleArn('orders'), disableSessionTags: false },
  };
  await world.store.revocations.elect(lost, '2026-03-10T00:00:00.000Z');
  states.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });
  const executions = async () =>
    (await world.store.findings.of('999988887777/eu-west-1')).map(({ reason, subject, state }) => [
      reason,
      subject,
      state,
    ]);
  await conclude(ended, context('podid-conclude-sweep'));
  expect(await executions()).toEqual([['RevocationStuck', lost.id, 'open']]);
  expect(states.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(
    `arn:aws:states:eu-west-1:999988887777:execution:podid-revoke:${lost.id}`,
  );
  await world.store.revocations.finish(lost.id, { endedAt: '2026-03-10T01:00:00.000Z', outcome: 'failed', story: {} });
  await conclude(ended, context('podid-conclude-sweep'));
  expect(await executions()).toEqual([['RevocationStuck', lost.id, 'resolved']]);
});
