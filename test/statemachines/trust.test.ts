/** The real `trust.asl.json` with the hub's real functions: what is found, when it is mended, and when not. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { namesOf } from '../../functions/runtime/errors.ts';
import { digestOf } from '../../functions/trust/digest.ts';
import { LEASE_SECONDS } from '../../functions/trust/judging/ask-to-tighten.ts';
import { cause, neighbour, OTHER, role, trust } from '../functions/trust/judging/samples.ts';
import { ASL, definition, type Run, run, startWorld, type World } from './trust-world.ts';

const LIMIT = 262_144;
const failure = (name: string): Error => Object.assign(new Error(`${name} by the test`), { name });

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  for (const map of [world.iam, world.stale, world.chains, world.before]) map.clear();
  world.calls.length = 0;
});

let counted = 0;
/** A fresh managed role with this trust policy, associated with these service accounts. */
const given = async (
  text: string,
  serviceAccounts: readonly string[] = ['api'],
  change: Parameters<typeof neighbour>[2] = {},
) => {
  counted += 1;
  const arn = role(`team/r${counted}`);
  world.iam.set(arn, text);
  for (const serviceAccount of serviceAccounts) await associate(serviceAccount, arn, change);
  return arn;
};
const associate = async (serviceAccount: string, arn: string, change: Parameters<typeof neighbour>[2] = {}) => {
  const { identity, state } = neighbour(`${serviceAccount}`, arn, {
    ...change,
    associationId: `a-${serviceAccount}-${counted}`,
  });
  await world.store.associations.keep(identity, { state, revision: '2026-03-01T10:00:00.000Z' });
};
const judge = (roleArn: string, change: Partial<ReturnType<typeof cause>> = {}, id = `x-${counted}`): Promise<Run> =>
  run(world, { roleArn, id, cause: cause(change) });
const openFor = async (arn: string): Promise<string[]> =>
  (await world.store.findings.of(arn))
    .filter(({ state }) => state === 'open')
    .map(({ reason }) => reason)
    .sort();
const states = ({ visited }: Run): string[] => visited.filter((state) => /-/.test(state));
const journal = async (arn: string): Promise<string[]> =>
  (await world.store.journal.of(arn)).map(({ kind, step }) => `${kind} ${step}`);
/** The policy in IAM, in which the service accounts stand in quotes. */
const written = (arn: string): string => world.iam.get(arn) ?? '';

describe('the definition', () => {
  it('is valid, and a broken one is not', () => {
    const validate = createRequire(import.meta.url)('asl-validator');
    expect(validate(definition()).errors).toEqual([]);
    expect(validate({ ...definition(), StartAt: 'nowhere' }).isValid).toBe(false);
  });

  it('names its tasks as the function files are called, and retries what is worth it', () => {
    const tasks = tasksIn(JSON.parse(readFileSync(ASL, 'utf8')));
    expect([...tasks.keys()].sort()).toEqual([
      'gather-uses',
      'judge-role',
      'read-role',
      'record-tightening',
      'roles-of-policy',
      'start-judgements',
      'tighten-trust',
    ]);
    for (const [name, task] of tasks) {
      const retried = task.Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(retried).toEqual(expect.arrayContaining([...namesOf('try-again'), 'States.Timeout', 'Lambda.Unknown']));
      const ours = retried.filter((error) => !/^(Lambda|States|Sandbox|Runtime)\./.test(error));
      expect(namesOf('try-again')).toEqual(expect.arrayContaining(ours));
      const isSpoke = task.Parameters.FunctionName.includes('CallSpoke');
      expect(task.TimeoutSeconds).toBeGreaterThan(isSpoke ? 65 : 30);
      if (isSpoke) expect(task.Parameters.Payload).toMatchObject({ function: name });
    }
  });

  it('has ended a tightening, and the function behind it, before the lease runs out', () => {
    const task = tasksIn(JSON.parse(readFileSync(ASL, 'utf8'))).get('tighten-trust');
    const pauses = (task?.Retry ?? []).flatMap(({ MaxAttempts, IntervalSeconds, BackoffRate, MaxDelaySeconds = 1e9 }) =>
      Array.from({ length: MaxAttempts }, (_, n) => Math.min(IntervalSeconds * BackoffRate ** n, MaxDelaySeconds)),
    );
    const timeout = task?.TimeoutSeconds ?? 0;
    const longest = (pauses.length + 1) * timeout + pauses.reduce((sum, pause) => sum + pause, 0);
    expect(longest + 60).toBeLessThan(LEASE_SECONDS);
  });
});

describe('a role that admits too many', () => {
  it('is found, narrowed to its associations, and found mended', async () => {
    const arn = await given(trust(), ['api', 'web']);
    const ran = await judge(arn);
    expect(states(ran)).toEqual([
      'gather-uses',
      'read-role',
      'judge-role',
      'tighten-trust',
      'record-tightening',
      'gather-uses',
      'read-role',
      'judge-role',
    ]);
    expect(ran.next).toMatchObject({ next: 'done', look: { rounds: 1, tightened: true, held: null } });
    expect(written(arn)).toContain('"api"');
    expect(written(arn)).toContain('"web"');
    expect((await openFor(arn)).filter((reason) => reason.includes('Broad'))).toEqual([]);
    const mended = (await world.store.findings.of(arn)).find(({ reason }) => reason === 'TrustTooBroad');
    expect(mended).toMatchObject({
      state: 'resolved',
      openedBy: { kind: 'RoleTrustChanged', actor: { arn: expect.stringContaining('mallory') } },
      resolvedBy: { kind: 'TrustTightened' },
    });
    const entries = await world.store.journal.of(arn);
    expect(entries.map(({ kind, step }) => `${kind} ${step}`)).toEqual(
      expect.arrayContaining(['note judge-role', 'intent tighten-trust', 'accepted tighten-trust']),
    );
    const accepted = entries.find(({ kind }) => kind === 'accepted');
    expect(accepted?.details).toMatchObject({ before: trust(), after: world.iam.get(arn) });
    expect(await world.store.leases.lastWritten(arn)).toMatchObject({ digest: digestOf(world.iam.get(arn) ?? '') });
  });

  it('is told to the spoke by names alone, in its own account', async () => {
    const arn = await given(trust(), ['api']);
    await judge(arn);
    const [call] = world.calls.filter(({ state }) => state === 'tighten-trust');
    expect(call?.functionName).toBe('arn:aws:lambda:eu-central-1:111122223333:function:podid-tighten-trust');
    expect(call?.payload).toEqual({
      roleArn: arn,
      roleId: 'AROAEXAMPLE',
      digest: digestOf(trust()),
      identities: [expect.objectContaining({ namespace: 'checkout', serviceAccount: 'api' })],
      asker: `x-${counted}`,
    });
  });

  it('stays as it is under the kill switch, and the reason is told once', async () => {
    const arn = await given(trust());
    const at = new Date().toISOString();
    await world.store.brakes.setKillSwitch({ on: true, by: 'bob', at, why: 'incident 7' });
    const ran = await judge(arn);
    await judge(arn, {}, 'another');
    await world.store.brakes.setKillSwitch({ on: false, by: 'bob', at, why: 'over' });
    expect(states(ran)).toEqual(['gather-uses', 'read-role', 'judge-role']);
    expect(ran.next?.because).toContain('incident 7');
    expect(world.iam.get(arn)).toBe(trust());
    const row = (await world.store.findings.of(arn)).find(({ reason }) => reason === 'TrustTooBroad');
    expect(row).toMatchObject({ state: 'open', timesSeen: 2, held: expect.stringContaining('incident 7') });
    expect((await journal(arn)).filter((line) => line.startsWith('refused'))).toEqual(['refused tighten-trust']);
  });

  it('is narrowed by one execution alone, though two are at it', async () => {
    const arn = await given(trust());
    const both = await Promise.all([judge(arn, {}, 'first'), judge(arn, {}, 'second')]);
    for (const { next } of both) expect(next).toMatchObject({ next: 'done' });
    const writes = (await world.store.journal.of(arn)).filter(({ kind }) => kind === 'accepted');
    expect(writes).toHaveLength(1);
    expect(await openFor(arn)).not.toContain('TrustTooBroad');
  });

  it('waits for whoever has the lease, and gives up in the end', async () => {
    const arn = await given(trust());
    await world.store.leases.acquire(arn, 'somebody', new Date(), 3600);
    const ran = await judge(arn);
    expect(ran.visited.filter((state) => state === 'a while').length).toBeGreaterThan(10);
    expect(ran.next?.because).toContain('somebody');
    expect(world.iam.get(arn)).toBe(trust());
  });

  it('is looked at again until IAM shows what was written', async () => {
    const arn = await given(trust());
    // After the write IAM goes on answering the past for a while.
    world.before.set('record-tightening', () => {
      world.stale.set(arn, [trust(), trust()]);
      return undefined;
    });
    const ran = await judge(arn);
    expect(ran.visited.filter((state) => state === 'a while')).toHaveLength(2);
    expect(ran.visited.filter((state) => state === 'tighten-trust')).toHaveLength(1);
    expect(await openFor(arn)).not.toContain('TrustTooBroad');
  });

  it.each(['does-not-fit', 'refused', 'undecided', 'unchanged'])(
    'that the spoke answers with %s is not asked for again',
    async (status) => {
      const arn = await given(trust());
      world.before.set('tighten-trust', () => ({ status, at: new Date().toISOString(), because: 'So it is.' }));
      const ran = await judge(arn);
      expect(ran.visited.filter((state) => state === 'tighten-trust')).toHaveLength(1);
      const row = (await world.store.findings.of(arn)).find(({ reason }) => reason === 'TrustTooBroad');
      expect(row).toMatchObject({ state: 'open', held: expect.stringContaining('So it is.') });
      expect(await world.store.leases.acquire(arn, 'next', new Date(), 60)).toEqual({ outcome: 'granted' });
    },
  );

  it('that somebody changes in between is judged again, a few times', async () => {
    const arn = await given(trust());
    world.before.set('tighten-trust', () => ({ status: 'changed', at: new Date().toISOString() }));
    const ran = await judge(arn);
    expect(ran.visited.filter((state) => state === 'tighten-trust')).toHaveLength(4);
    expect(ran.next?.because).toContain('narrowed 4 times');
  });

  it('stays ours while nobody knows whether the spoke still writes', async () => {
    const arn = await given(trust());
    world.before.set('tighten-trust', () => {
      throw failure('States.Timeout');
    });
    const ran = await judge(arn, {}, 'lost');
    expect(ran.next).toMatchObject({ next: 'done', look: { held: expect.stringContaining('States.Timeout') } });
    expect(await journal(arn)).toContain('outcome tighten-trust');
    expect(await world.store.leases.acquire(arn, 'next', new Date(), 60)).toMatchObject({
      outcome: 'held',
      by: 'lost',
    });
  });
});

describe('a role that nobody may narrow', () => {
  it.each<[string, () => Promise<string>, string]>([
    [
      'since it is not under management',
      async () => {
        world.iam.set(role('stranger'), trust());
        await associate('api', role('stranger'));
        return role('stranger');
      },
      'not under management',
    ],
    ['since nobody has it', () => given(trust(), []), 'No association'],
    ['since tags are off', () => given(trust(), ['api'], { disableSessionTags: true }), 'session tags disabled'],
  ])('%s', async (_title, make, because) => {
    const arn = await make();
    const ran = await judge(arn);
    expect(world.iam.get(arn)).toBe(trust());
    expect(states(ran)).not.toContain('tighten-trust');
    const rows = await world.store.findings.of(arn);
    for (const row of rows.filter(({ reason }) => reason === 'TrustTooBroad')) expect(row.held).toContain(because);
  });
});

describe('what is read', () => {
  it('of a role that is gone resolves its findings, and tells those who are associated with it', async () => {
    const arn = await given(trust('api', 'stranger'), []);
    await judge(arn, {}, 'before');
    expect(await openFor(arn)).not.toEqual([]);
    world.iam.delete(arn);
    await judge(arn, { kind: 'RoleDeleted' }, 'after');
    expect(await openFor(arn)).toEqual([]);
    await associate('api', arn);
    await judge(arn, { kind: 'AssociationCreated' }, 'later');
    expect(await openFor(arn)).toEqual(['AssociatedRoleMissing']);
    world.iam.set(arn, trust('api'));
    await judge(arn, { kind: 'RoleCreated' }, 'at last');
    expect(await openFor(arn)).not.toContain('AssociatedRoleMissing');
  });

  it('not at all resolves nothing, and says so', async () => {
    const arn = await given(trust('api', 'stranger'), []);
    await judge(arn, {}, 'before');
    const before = await openFor(arn);
    world.before.set('read-role', () => {
      throw failure('AccessDenied');
    });
    await judge(arn, {}, 'after');
    expect(await openFor(arn)).toEqual([...before, 'RoleUnreadable'].sort());
  });

  it('under a path that nobody told is judged under its real ARN', async () => {
    const arn = await given(trust());
    const asked = role(`r${counted}`);
    await judge(asked);
    expect(written(arn)).toContain('"api"');
    expect(await world.store.findings.of(asked)).toEqual([]);
    expect(await world.store.roles.named('111122223333', `r${counted}`)).toBe(arn);
  });

  it('of sources tells whether they may get their target, and stays small', async () => {
    const target = role('ledger', OTHER);
    const sources = Array.from({ length: 12 }, (_, n) => role(`team/source-${n}`));
    const statement = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Principal: { AWS: sources } };
    world.iam.set(target, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    const long = trust(...Array.from({ length: 80 }, (_, n) => `${n}`.padStart(250, 'x')));
    for (const [n, source] of sources.entries()) {
      world.iam.set(source, long);
      counted += 1;
      await associate(`job-${n}`, source, { targetRoleArn: target });
    }
    world.chains.set(sources[3] ?? '', 'deny');
    const ran = await judge(target);
    const rows = (await world.store.findings.of(target)).filter(({ reason }) => reason === 'SourceCannotReach');
    expect(rows.map(({ subject }) => subject)).toEqual([sources[3]]);
    expect(ran.largest).toBeLessThan(LIMIT / 4);
  });

  it('waits its turn: what is throttled is tried again', async () => {
    const arn = await given(trust('api'));
    let failures = 0;
    world.before.set('read-role', () => {
      failures += 1;
      if (failures < 3) throw failure('Throttled');
    });
    expect((await judge(arn)).next).toMatchObject({ next: 'done', look: { waits: 0 } });
    expect(failures).toBe(3);
    expect(await openFor(arn)).not.toContain('RoleUnreadable');
  });
});

it('the states stay small with as many identities as a tightening may name', async () => {
  const names = Array.from({ length: 500 }, (_, n) => `s${n}`);
  const arn = await given(trust(), names);
  world.before.set('tighten-trust', () => ({ status: 'does-not-fit', at: new Date().toISOString() }));
  const ran = await judge(arn);
  expect(ran.visited).toContain('tighten-trust');
  expect(ran.largest).toBeLessThan(LIMIT);
});

it('a managed policy that changed is a reason to judge the roles that bear it', async () => {
  const arn = await given(trust());
  world.iam.set(role('nobody'), trust());
  const policy = {
    policyArn: 'arn:aws:iam::111122223333:policy/orders',
    account: '111122223333',
    region: 'eu-west-1',
    id: 'e-policy',
    cause: cause({ kind: 'ManagedPolicyChanged' }),
  };
  const ran = await run(world, policy);
  expect([ran.error, states(ran)]).toEqual([undefined, ['roles-of-policy', 'start-judgements']]);
  expect(world.calls[0]).toMatchObject({
    functionName: 'arn:aws:lambda:eu-west-1:111122223333:function:podid-roles-of-policy',
    payload: { policyArn: policy.policyArn, account: policy.account },
  });
  expect(world.started()).toEqual([{ roleArn: arn, id: expect.any(String), cause: policy.cause }]);
});

it('what the hub itself cannot do fails the execution, under its own name', async () => {
  const arn = await given(trust());
  world.before.set('judge-role', () => {
    throw failure('RowMalformed');
  });
  expect((await judge(arn)).error).toBe('RowMalformed');
  // An account without a spoke: nobody can read its roles.
  expect((await judge(role('x', '000000000000'))).error).toBe('NotFound');
});

type Task = {
  readonly Type: string;
  readonly TimeoutSeconds: number;
  readonly Parameters: { readonly FunctionName: string; readonly Payload: object };
  readonly Retry: readonly {
    readonly ErrorEquals: readonly string[];
    readonly MaxAttempts: number;
    readonly IntervalSeconds: number;
    readonly BackoffRate: number;
    readonly MaxDelaySeconds?: number;
  }[];
};
type Machine = { readonly States: Readonly<Record<string, Task & { readonly ItemProcessor?: Machine }>> };

const tasksIn = ({ States }: Machine): Map<string, Task> =>
  new Map(
    Object.entries(States).flatMap(([name, state]) => [
      ...(state.Type === 'Task' ? [[name, state] as const] : []),
      ...(state.ItemProcessor === undefined ? [] : tasksIn(state.ItemProcessor)),
    ]),
  );
