/** The real `revoke.asl.json` on the local engine, with the real planning and a small world: every path ends in `record`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { RestartOutput } from '../../functions/revocation/contract.ts';
import { namesOf } from '../../functions/runtime/errors.ts';
import {
  association,
  bytes,
  config,
  definition,
  failure,
  revocation,
  role,
  run,
  SINCE,
  type World,
  world,
} from './revoke-world.ts';

const LIMIT = 262_144;
const wroteTo = (the: World, state: string): string[] =>
  the.calls.filter((call) => call.state === state).map(({ payload }) => Object(payload).roleArn);
const reasons = (the: World): string[] => the.result?.findings.map(({ reason }) => reason) ?? [];

describe('the definition', () => {
  it('is valid, and a broken one is not', () => {
    const validate = createRequire(import.meta.url)('asl-validator');
    expect(validate(definition()).errors).toEqual([]);
    expect(validate({ ...definition(), StartAt: 'nowhere' }).isValid).toBe(false);
  });

  it('names its tasks as the function files are called, retries what is worth it and catches everything', () => {
    const text = readFileSync(new URL('../../statemachines/revoke.asl.json', import.meta.url), 'utf8');
    const tasks = tasksIn(JSON.parse(text));
    expect([...tasks.keys()].sort()).toEqual([
      'assess',
      'cut-sessions',
      'lift-deny',
      'plan-cuts',
      'plan-restart',
      'read-associations',
      'record',
      'restart',
      'trace-roles',
      'verify',
    ]);
    for (const [name, task] of tasks) {
      const retried: string[] = task.Retry.flatMap((retrier: { ErrorEquals: string[] }) => retrier.ErrorEquals);
      expect(retried).toEqual(
        expect.arrayContaining([
          ...namesOf('try-again'),
          'Lambda.TooManyRequestsException',
          'States.Timeout',
          ...DEATHS,
        ]),
      );
      // Names that nobody throws would never be retried: a misspelt one must not hide.
      const ours = retried.filter((error) => !/^(Lambda|States|Sandbox|Runtime)\./.test(error));
      expect([...namesOf('try-again'), ...namesOf('try-later')]).toEqual(expect.arrayContaining(ours));
      for (const retrier of task.Retry) expect(retrier.JitterStrategy).toBe('FULL');
      expect(task.Catch.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
      const { FunctionName, Payload } = task.Parameters;
      const isSpoke = String(FunctionName).includes('CallSpoke');
      // call-spoke has 65 s, so that a spoke's function has its 60.
      expect(task.TimeoutSeconds).toBeGreaterThan(isSpoke ? 65 : 30);
      if (isSpoke) expect(Payload).toMatchObject({ function: name });
    }
  });
});

/** How a function ends without an answer: run again, it does what is left to do. */
const DEATHS = ['Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory'];

describe('a deletion', () => {
  it('cuts, waits, restarts, verifies, makes sure, and records', async () => {
    const the = world();
    const { output, visited, error } = await run(revocation(), the);
    expect(error).toBeUndefined();
    expect(output).toEqual({ outcome: 'revoked' });
    expect(
      visited.filter(
        (state) => the.calls.some((call) => call.state === state) || state === 'settle' || state === 'until in force',
      ),
    ).toEqual([
      'read-associations',
      'plan-cuts',
      'cut-sessions',
      'trace-roles',
      'plan-cuts',
      'settle',
      'read-associations',
      'plan-cuts',
      'assess',
      'plan-restart',
      'restart',
      'verify',
      'plan-restart',
      'until in force',
      'read-associations',
      'plan-cuts',
      'cut-sessions',
      'plan-cuts',
      'record',
    ]);
    expect(the.denies.get(`${role('checkout-api')} tags`)).toMatchObject({
      status: 'in-force',
      dueAt: '2026-11-21T15:10:00.850Z',
    });
    expect([...the.pods.values()]).toEqual([0]);
  });

  it("calls spoke functions in the role's account and the cluster's, hub functions by their own ARN", async () => {
    const the = world();
    await run(revocation({ former: association({ targetRoleArn: role('reports', '333333333333') }) }), the);
    const called = new Set(the.calls.map(({ state, functionName }) => `${state} ${functionName}`));
    expect([...called].sort()).toEqual([
      'assess arn:aws:lambda:eu-central-1:222222222222:function:podid-assess',
      'cut-sessions arn:aws:lambda:eu-central-1:222222222222:function:podid-cut-sessions',
      'cut-sessions arn:aws:lambda:eu-west-1:333333333333:function:podid-cut-sessions',
      'plan-cuts arn:aws:lambda:eu-west-1:111111111111:function:PlanCuts',
      'plan-restart arn:aws:lambda:eu-west-1:111111111111:function:PlanRestart',
      'read-associations arn:aws:lambda:eu-central-1:222222222222:function:podid-read-associations',
      'record arn:aws:lambda:eu-west-1:111111111111:function:Record',
      'restart arn:aws:lambda:eu-central-1:222222222222:function:podid-restart',
      'trace-roles arn:aws:lambda:eu-central-1:222222222222:function:podid-trace-roles',
      'trace-roles arn:aws:lambda:eu-west-1:333333333333:function:podid-trace-roles',
      'verify arn:aws:lambda:eu-central-1:222222222222:function:podid-verify',
    ]);
  });

  it('goes on to every role that the sessions can assume, each once, and names what it may not write to', async () => {
    const the = world();
    the.reaches.set(role('checkout-api'), { reaches: [role('b'), role('x', '999999999999')], unbounded: [] });
    the.reaches.set(role('b'), {
      reaches: [role('checkout-api'), role('c')],
      unbounded: ['arn:aws:iam::*:role/ops-*'],
    });
    await run(revocation(), the);
    const first = wroteTo(the, 'cut-sessions').slice(0, 3);
    expect(first).toEqual([role('checkout-api'), role('b'), role('c')]);
    expect(wroteTo(the, 'trace-roles')).toEqual(first);
    expect(the.result?.outcome).toBe('revoked-with-residual-access');
    expect(reasons(the)).toEqual(['RoleNotOurs', 'UnboundedAssumeRole']);
    // Its sessions could be anywhere: nobody can say when the last one has ended.
    expect(the.result?.cut.map(({ dueAt }) => dueAt)).toEqual([undefined, undefined, undefined]);
  });

  it('waits for evictions that a budget refuses, and ends past the deadline with what is left', async () => {
    const patient = world({ step: (_, round) => (round < 6 ? 'Wait' : 'Roll') });
    await run(revocation(), patient);
    expect(patient.result?.outcome).toBe('revoked');
    expect(patient.calls.filter(({ state }) => state === 'restart').length).toBe(6);

    const stuck = world({ step: () => 'Wait' });
    const { events } = await run(revocation(), stuck);
    expect(stuck.result?.outcome).toBe('revoked-with-residual-access');
    expect(reasons(stuck)).toEqual(['PodsRemain']);
    expect(stuck.clock - Date.parse(SINCE)).toBeGreaterThan(900_000);
    expect(events).toBeLessThan(3_000);
  });

  it('stays below the 25,000 events of a history, two hours and a hundred stuck workloads long', async () => {
    const pods = new Map(Array.from({ length: 100 }, (_, index) => [`w${index}`, 10]));
    const the = world({ config: config({ deadlineSeconds: 7200 }), step: () => 'Wait', pods });
    const { visited } = await run(revocation(), the);
    expect(the.clock - Date.parse(SINCE)).toBeGreaterThan(7_200_000);
    // A task is five events in the history, every other state at most two, a Map's item two more.
    const tasks = visited.filter((state) => the.calls.some((call) => call.state === state)).length;
    const items = visited.filter((state) => state === 'answered' || state === 'came of it').length;
    expect(tasks * 5 + (visited.length - tasks + items) * 2).toBeLessThan(25_000);
  });
});

describe('what may happen meanwhile', () => {
  const again = association({
    associationId: 'a-2',
    createdAt: '2026-11-21T09:00:10Z',
    modifiedAt: '2026-11-21T09:00:10Z',
  });

  it('lifts the deny and restarts nothing when the identity has the same again within the settle window', async () => {
    const the = world();
    the.before.set('trace-roles', () => {
      the.association = again;
      return undefined;
    });
    const { visited } = await run(revocation(), the);
    expect(the.result?.outcome).toBe('not-needed');
    expect(wroteTo(the, 'lift-deny')).toEqual([role('checkout-api')]);
    expect(visited).not.toContain('assess');
    expect(the.denies.get(`${role('checkout-api')} tags`)?.status).toBe('lifted');
  });

  it('bounds the deny in time when that comes later, and restarts the pods from before', async () => {
    const the = world();
    the.before.set('restart', () => {
      the.association = { ...again, createdAt: '2026-11-21T09:05:00Z', modifiedAt: '2026-11-21T09:05:00Z' };
      return undefined;
    });
    await run(revocation(), the);
    expect(the.denies.get(`${role('checkout-api')} tags`)).toMatchObject({
      status: 'in-force',
      issuedBefore: '2026-11-21T09:05:00Z',
    });
    expect(the.result?.outcome).toBe('revoked');
    expect(reasons(the)).toEqual([]);
  });

  it('has no pods to look for when the cluster is gone, and makes sure of the denies all the same', async () => {
    const the = world();
    the.before.set('read-associations', () => ({ cluster: 'gone', readAt: SINCE }));
    const { visited } = await run(revocation(), the);
    expect(visited).not.toContain('assess');
    expect(visited).toContain('until in force');
    expect(the.result).toMatchObject({ outcome: 'revoked', standing: 'cluster-gone' });
    expect(wroteTo(the, 'cut-sessions')).toEqual([role('checkout-api'), role('checkout-api')]);
  });

  it('does nothing for as long as EKS answers the past, and then cuts', async () => {
    const the = world({ association: association() });
    let reads = 0;
    the.before.set('read-associations', () => {
      reads += 1;
      if (reads === 3) the.association = undefined;
      return undefined;
    });
    const { visited } = await run(revocation(), the);
    expect(visited.indexOf('cut-sessions')).toBeGreaterThan(
      visited.lastIndexOf('settle', visited.indexOf('cut-sessions')),
    );
    expect(the.result?.outcome).toBe('revoked');
  });

  it('calls an event wrong when the association never goes', async () => {
    const the = world({ association: association() });
    await run(revocation(), the);
    expect(the.result?.outcome).toBe('not-needed');
    expect(wroteTo(the, 'cut-sessions')).toEqual([]);
  });

  it('only bounds what stands from earlier when an association was created', async () => {
    const the = world({ association: again });
    await run(revocation(), the);
    const left = world({
      association: association({ associationId: 'a-3', createdAt: '2026-11-21T10:00:00Z' }),
      clock: Date.parse('2026-11-21T10:00:01Z'),
    });
    left.denies.set('x', {
      identity: revocation().identity,
      roleArn: role('checkout-api'),
      form: 'tags',
      policyName: 'podid-deny-x',
      revocation: 'r-earlier-1',
      status: 'in-force',
      at: '2026-11-21T09:00:01Z',
    });
    const { former: _, ...created } = revocation({
      cause: 'association-created',
      since: '2026-11-21T10:00:00Z',
      id: 'r-created-1',
    });
    const { visited } = await run(created, left);
    expect(left.calls.filter(({ state }) => state === 'cut-sessions').map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ roleArn: role('checkout-api'), issuedBefore: '2026-11-21T10:00:00Z' }),
    ]);
    expect(visited).not.toContain('assess');
    expect(left.result).toMatchObject({ outcome: 'not-needed', summary: expect.stringContaining('1 deny bounded') });
  });

  it('puts a deny back that somebody has removed, and says so', async () => {
    const the = world();
    the.before.set('verify', () => {
      the.denies.clear();
      return undefined;
    });
    await run(revocation(), the);
    expect(reasons(the)).toEqual(['DenyRemoved']);
    expect(the.denies.get(`${role('checkout-api')} tags`)?.status).toBe('in-force');
  });
});

describe('brakes', () => {
  it.each([
    ['observe', revocation({ mode: 'observe' }), {}, 'observed'],
    [
      'the kill switch',
      revocation(),
      { killSwitch: { on: true, by: 'bob', at: SINCE, why: 'incident 7' }, breaker: {} },
      'halted',
    ],
    ['the breaker', revocation(), { breaker: { tripped: { at: SINCE, because: '26 identities' } } }, 'halted'],
  ] as const)('%s: the same plan, read only', async (_, input, brakes, outcome) => {
    const the = world('breaker' in brakes ? { brakes } : {});
    the.reaches.set(role('checkout-api'), { reaches: [role('b')], unbounded: [] });
    const { visited } = await run(input, the);
    expect(the.result?.outcome).toBe(outcome);
    expect(the.result?.cut.map(({ roleArn, status }) => [roleArn, status])).toEqual([
      [role('checkout-api'), 'planned'],
      [role('b'), 'planned'],
    ]);
    expect(visited).toEqual(expect.arrayContaining(['trace-roles', 'assess', 'verify', 'record']));
    for (const writes of ['cut-sessions', 'lift-deny', 'restart']) expect(visited).not.toContain(writes);
  });

  it('lets an acknowledged revocation past the breaker, and nobody past the kill switch', async () => {
    const tripped = { tripped: { at: SINCE, because: '26 identities' } };
    const acknowledged = world({ brakes: { breaker: tripped } });
    await run(revocation({ acknowledgedBy: 'carol' }), acknowledged);
    expect(acknowledged.result?.outcome).toBe('revoked');
    const killed = world({
      brakes: { breaker: {}, killSwitch: { on: true, by: 'bob', at: SINCE, why: 'incident 7' } },
    });
    await run(revocation({ acknowledgedBy: 'carol' }), killed);
    expect(killed.result?.outcome).toBe('halted');
  });

  it('stops between the denies and the restart when the kill switch is thrown there', async () => {
    const the = world();
    the.before.set('assess', () => {
      the.brakes = { breaker: {}, killSwitch: { on: true, by: 'bob', at: SINCE, why: 'incident 7' } };
      return undefined;
    });
    const { visited } = await run(revocation(), the);
    expect(visited).not.toContain('restart');
    expect(the.result).toMatchObject({ outcome: 'halted', cut: [{ status: 'cut' }], remaining: { pods: 3 } });
  });
});

describe('a state that fails for good', () => {
  const cases: [state: string, error: string, outcome: string, reason: string[], goesOn: string[]][] = [
    [
      'read-associations',
      'AccessDenied',
      'revoked-with-residual-access',
      ['AssociationsUnreadable'],
      ['cut-sessions', 'restart'],
    ],
    ['plan-cuts', 'RowMalformed', 'failed', ['MachineFailed'], []],
    ['cut-sessions', 'AccessDenied', 'failed', ['DenyFailed'], ['trace-roles', 'restart']],
    ['trace-roles', 'AccessDenied', 'revoked-with-residual-access', ['RolesNotTraced'], ['cut-sessions', 'restart']],
    ['assess', 'ClusterForbidden', 'failed', ['ClusterForbidden'], ['cut-sessions']],
    ['assess', 'ClusterUnreachable', 'failed', ['ClusterUnreachable'], ['cut-sessions']],
    ['plan-restart', 'RowMalformed', 'failed', ['MachineFailed'], ['cut-sessions']],
    ['restart', 'ClusterUnauthorized', 'failed', ['ClusterUnauthorized', 'PodsRemain'], ['cut-sessions', 'verify']],
    ['verify', 'ClusterUntrusted', 'failed', ['ClusterUntrusted'], ['cut-sessions', 'restart']],
  ];
  it.each(cases)('%s (%s): %s', async (state, error, outcome, reason, goesOn) => {
    const the = world();
    the.before.set(state, () => {
      throw failure(error);
    });
    const { visited, output } = await run(revocation(), the);
    expect(output).toEqual({ outcome });
    expect(visited.at(-1)).toBe('record');
    expect(reasons(the)).toEqual(reason);
    expect(visited).toEqual(expect.arrayContaining(goesOn));
  });

  it('record itself: the execution fails, and says so', async () => {
    const the = world();
    the.before.set('record', () => {
      throw failure('ServiceUnavailable');
    });
    const { error, visited } = await run(revocation(), the);
    expect(error).toBeDefined();
    expect(visited.at(-1)).toBe('not recorded');
    expect(the.calls.filter(({ state }) => state === 'record').length).toBe(31);
  });

  it('lift-deny: the new sessions are still denied, which is a failure', async () => {
    const the = world();
    the.before.set('trace-roles', () => {
      the.association = association({ associationId: 'a-2', createdAt: '2026-11-21T09:00:10Z' });
      return undefined;
    });
    the.before.set('lift-deny', () => {
      throw failure('AccessDenied');
    });
    await run(revocation(), the);
    expect(the.result?.outcome).toBe('failed');
    expect(reasons(the)).toEqual(['DenyLeftBehind']);
  });

  it('what is worth another try gets it', async () => {
    const the = world();
    let calls = 0;
    the.before.set('cut-sessions', () => {
      calls += 1;
      if (calls < 4) throw failure('Throttled');
      return undefined;
    });
    await run(revocation(), the);
    expect(the.result?.outcome).toBe('revoked');
    expect(calls).toBe(5);
  });

  it('a plan that fails after the Map: what the Map did is in the result all the same', async () => {
    const the = world();
    let plans = 0;
    the.before.set('plan-cuts', () => {
      plans += 1;
      if (plans > 1) throw failure('RowMalformed');
      return undefined;
    });
    await run(revocation(), the);
    expect(the.result).toMatchObject({ outcome: 'failed', cut: [{ roleArn: role('checkout-api'), status: 'cut' }] });
    expect(the.denies.get(`${role('checkout-api')} tags`)?.status).toBe('in-force');
  });
});

describe('size', () => {
  it('stays below 256 KiB with 100 workloads, 1,000 pods and 50 roles, all with names as long as they can be', async () => {
    const long = (prefix: string, index: number, length: number) =>
      `${prefix}${String(index).padStart(3, '0')}`.padEnd(length, 'x');
    const pathRole = (index: number) =>
      `arn:aws:iam::222222222222:role/${long('p/', index, 511)}/${long('r', index, 64)}`;
    const pods = new Map(Array.from({ length: 100 }, (_, index) => [long('w', index, 253), 10]));
    const the = world({ pods, config: config({ deadlineSeconds: 60 }), step: () => 'Wait' });
    const because = 'disruption budget refuses '.padEnd(400, 'y');
    const waiting = (payload: unknown): RestartOutput => ({
      steps: Object(payload).workloads.map((workload: RestartOutput['steps'][number]['workload']) => ({
        workload,
        step: 'Wait' as const,
        pods: 10,
        because: because.slice(0, 160),
      })),
    });
    the.before.set('restart', waiting);
    // Each role leads to 50 others, in circles: 1 + 49 are cut, and the rest is named.
    for (let index = 0; index < 60; index += 1) {
      const reaches = Array.from({ length: 50 }, (_, step) => pathRole((index + step + 1) % 60));
      the.reaches.set(pathRole(index), {
        reaches,
        unbounded: Array.from({ length: 10 }, (_, at) => long(`arn:aws:iam::*:role/${index}/`, at, 300)),
      });
    }
    const identity = {
      ...revocation().identity,
      cluster: long('c', 0, 100),
      namespace: long('n', 0, 63),
      serviceAccount: long('s', 0, 253),
    };
    const { largest, visited } = await run(
      revocation({ identity, former: association({ roleArn: pathRole(0) }) }),
      the,
    );
    expect(visited.at(-1)).toBe('record');
    expect(the.result?.cut.length).toBe(50);
    expect(new Set(wroteTo(the, 'cut-sessions')).size).toBe(50);
    expect(largest).toBeGreaterThan(100_000);
    expect(largest).toBeLessThan(LIMIT);
    // A DynamoDB item's limit, and the journal has what the result leaves out.
    expect(bytes(the.result)).toBeLessThan(400_000);
  });
});

type TaskState = {
  Retry: { ErrorEquals: string[]; JitterStrategy: string }[];
  Catch: { ErrorEquals: string[] }[];
  TimeoutSeconds: number;
  Parameters: Record<string, unknown>;
};

const tasksIn = (machine: object): Map<string, TaskState> => {
  const found = new Map<string, TaskState>();
  for (const [name, state] of Object.entries(Object(machine).States)) {
    const { Type, ItemProcessor } = Object(state);
    if (Type === 'Task') found.set(name, Object(state));
    if (ItemProcessor !== undefined) for (const [inner, task] of tasksIn(ItemProcessor)) found.set(inner, task);
  }
  return found;
};
