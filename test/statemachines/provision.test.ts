/** The real `provision.asl.json` with the hub's real functions: what is made, in which order, and that every failure leaves nothing behind. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { begin, type Grant, type GrantEvent, roleNameFor } from '../../functions/grants/index.ts';
import type { ProvisionWork } from '../../functions/provisioning/contract.ts';
import { GRANT_LEASE_SECONDS, leaseOf } from '../../functions/provisioning/planning/machine.ts';
import { carryOut, openGrant } from '../../functions/provisioning/transitions.ts';
import { namesOf } from '../../functions/runtime/errors.ts';
import { LEASE_SECONDS } from '../../functions/trust/judging/ask-to-tighten.ts';
import {
  ARCHIVE,
  ann,
  bob,
  cluster,
  DATA,
  nextId,
  PAYMENTS,
  READ_ORDERS,
  settings,
  wishOf,
} from '../functions/grants/samples.ts';
import { pictureOf } from './provision-cloud.ts';
import { ASL, definition, FORTY, type Run, run, startWorld, stopped, sweep, type World } from './provision-world.ts';

const LIMIT = 262_144;
const failure = (name: string): Error => Object.assign(new Error(`${name} by the test`), { name });

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.cloud.roles.clear();
  world.cloud.associations.clear();
  world.cloud.hidden.clear();
  world.before.clear();
  world.after.clear();
  world.calls.length = 0;
  world.forget();
});

let counted = 0;
/** A grant that is allowed, for a service account of its own. */
const given = async (change: object = {}): Promise<string> => {
  counted += 1;
  const id = `g-${counted.toString(16).padStart(16, '0')}`;
  const wish = wishOf({ serviceAccount: `api-${counted}`, ...change });
  await openGrant(
    world.transitions,
    begin({ id, eventId: nextId(), wish, by: ann }, new Date().toISOString(), settings),
  );
  await happen(id, decided(1));
  return id;
};
const decided = (version: number): GrantEvent => ({
  kind: 'decided',
  id: nextId(),
  version,
  verdict: 'allowed',
  needs: [],
  because: [],
});
const happen = async (id: string, event: GrantEvent) => {
  const done = await carryOut(world.transitions, id, event);
  if (!('grant' in done)) throw new Error(JSON.stringify(done));
  return done.grant;
};
const grant = async (id: string): Promise<Grant> => {
  const kept = await world.grants.get(id);
  if (kept === undefined) throw new Error(`no ${id}`);
  return kept.grant;
};
const lastWork = (): ProvisionWork => {
  const work = world.works().at(-1);
  if (work === undefined) throw new Error('nothing was started');
  return work;
};
const provision = async (change: object = {}): Promise<{ id: string; ran: Run }> => {
  const id = await given(change);
  return { id, ran: await run(world, lastWork()) };
};
const sourceOf = (id: string, serviceAccount: string): string =>
  `arn:aws:iam::${PAYMENTS}:role/podid/${roleNameFor({ grantId: id, as: 'source', namespace: 'checkout', serviceAccount })}`;
const acts = (): string[] =>
  world.calls.filter((call) => ['apply-role', 'associate', 'verify-grant', 'undo-grant'].includes(call));
const twoTargets = {
  targets: [
    { account: DATA, chained: true, permissions: { inline: READ_ORDERS } },
    { account: ARCHIVE, permissions: { inline: READ_ORDERS } },
  ],
};

describe('the definition', () => {
  const text = readFileSync(ASL, 'utf8');

  it('is valid, and a broken one is not', () => {
    const validate = createRequire(import.meta.url)('asl-validator');
    expect(validate(definition()).errors).toEqual([]);
    expect(validate({ ...definition(), StartAt: 'nowhere' }).isValid).toBe(false);
  });

  it('retries what is worth it, with a timeout that outlives the function', () => {
    const tasks = tasksIn(JSON.parse(text));
    expect([...tasks.keys()].sort()).toEqual([
      'act',
      'intend',
      'keep-outcome',
      'keep-survey',
      'next-wave',
      'open-work',
      'plan-grant',
      'record-grant',
      'survey',
    ]);
    for (const task of tasks.values()) {
      const retried = task.Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(retried).toEqual(expect.arrayContaining([...namesOf('try-again'), 'States.Timeout', 'Lambda.Unknown']));
      expect(task.TimeoutSeconds).toBeGreaterThan(task.Parameters.FunctionName.includes('CallSpoke') ? 65 : 30);
    }
  });

  it('ends an act within the lease on its role, and itself within that on its grant', () => {
    const act = tasksIn(JSON.parse(text)).get('act');
    const pauses = (act?.Retry ?? []).flatMap(({ MaxAttempts, IntervalSeconds, BackoffRate, MaxDelaySeconds = 1e9 }) =>
      Array.from({ length: MaxAttempts }, (_, n) => Math.min(IntervalSeconds * BackoffRate ** n, MaxDelaySeconds)),
    );
    const longest = (pauses.length + 1) * (act?.TimeoutSeconds ?? 0) + pauses.reduce((sum, pause) => sum + pause, 0);
    expect(longest + 60).toBeLessThan(LEASE_SECONDS);
    expect(JSON.parse(text).TimeoutSeconds + 120).toBeLessThan(GRANT_LEASE_SECONDS);
  });
});

describe('a grant', () => {
  it('is made, source first, and verified', async () => {
    const { id, ran } = await provision(twoTargets);
    expect(ran.output).toMatchObject({ outcome: 'provisioned', left: [] });
    expect(acts()).toEqual([
      ...['apply-role', 'apply-role', 'apply-role', 'apply-role'],
      'associate',
      ...['verify-grant', 'verify-grant', 'verify-grant'],
    ]);
    expect((await grant(id)).state).toBe('active');
    expect([...world.cloud.roles.values()].map(({ account }) => account)).toEqual([PAYMENTS, DATA, ARCHIVE]);
    const source = world.cloud.roles.get(sourceOf(id, `api-${counted}`));
    expect(JSON.stringify(source?.inline)).toContain(`arn:aws:iam::${ARCHIVE}:role/podid/`);
    expect(world.told()).toEqual(['Grant Active']);
    const journal = (await world.store.journal.of(id)).map(({ kind, step }) => `${kind} ${step}`);
    expect(journal.indexOf('intent sources')).toBeLessThan(journal.indexOf('accepted sources'));
    expect(await world.store.leases.acquire(leaseOf(id), 'next', new Date(), 1)).toEqual({ outcome: 'granted' });
  });

  it('is made only once, though its execution runs again', async () => {
    const { id } = await provision();
    world.calls.length = 0;
    expect((await run(world, { grantId: id, version: 1, attempt: 1, do: 'provision' })).output).toMatchObject({
      outcome: 'superseded',
    });
    expect(acts()).toEqual([]);
    expect((await grant(id)).state).toBe('active');
  });

  it('waits for what AWS does not show yet', async () => {
    const id = await given();
    world.cloud.hidden.set(sourceOf(id, `api-${counted}`), 3);
    const ran = await run(world, lastWork());
    expect(ran.output).toMatchObject({ outcome: 'provisioned' });
    expect(ran.visited.filter((state) => state === 'until it is visible')).toHaveLength(3);
  });

  it('that the guardrails refuse by then is not made', async () => {
    const { id, ran } = await provision({ reason: 'gold' });
    expect(ran.output).toMatchObject({ outcome: 'failed', because: expect.stringContaining('Nobody gets gold.') });
    expect(acts()).toEqual([]);
    expect((await grant(id)).state).toBe('failed');
  });

  it('of which an account can not be read is not made', async () => {
    world.before.set('survey', () => {
      throw failure('AccessDenied');
    });
    const { ran } = await provision();
    expect(ran.output).toMatchObject({ outcome: 'failed', because: expect.stringContaining('Nobody could read') });
    expect(acts()).toEqual([]);
  });

  it('keeps its states small with forty targets', async () => {
    const inline = { ...READ_ORDERS, Id: 'x'.repeat(8000) };
    const { ran } = await provision({ targets: FORTY.map(({ account }) => ({ account, permissions: { inline } })) });
    expect(ran.output).toMatchObject({ outcome: 'provisioned' });
    expect(world.cloud.roles.size).toBe(41);
    expect(ran.largest).toBeLessThan(LIMIT / 4);
  }, 90_000);
});

/** Each call of each step: it fails for good, or it fails after having worked. */
const STEPS: readonly [file: string, nth: number][] = [
  ['apply-role', 1],
  ['apply-role', 2],
  ['apply-role', 3],
  ['apply-role', 4],
  ['associate', 1],
  ['verify-grant', 1],
  ['verify-grant', 3],
];

describe.each(STEPS)('when %s fails at call %i', (file, nth) => {
  it.each(['before', 'after'] as const)('%s having worked, nothing is left', async (when) => {
    const before = pictureOf(world.cloud);
    let calls = 0;
    world[when].set(file, () => {
      calls += 1;
      if (calls === nth) throw failure('Refused');
    });
    const { id, ran } = await provision(twoTargets);
    expect(ran.output).toMatchObject({ outcome: 'failed', left: [], because: expect.stringContaining('Refused') });
    expect(pictureOf(world.cloud)).toEqual(before);
    expect((await grant(id)).state).toBe('failed');
    expect(world.told()).toEqual(['Grant Failed']);
  });

  it('is throttled, it is tried again', async () => {
    let calls = 0;
    world.before.set(file, () => {
      calls += 1;
      if (calls >= nth && calls < nth + 2) throw failure('Throttled');
    });
    const { ran } = await provision(twoTargets);
    expect(ran.output).toMatchObject({ outcome: 'provisioned' });
  });
});

describe.each(['open-work', 'next-wave', 'intend', 'keep-outcome', 'plan-grant', 'keep-survey'])(
  'when %s of the hub fails',
  (file) => {
    it('the grant fails or is begun anew, and nothing is left', async () => {
      const before = pictureOf(world.cloud);
      let calls = 0;
      world.before.set(file, () => {
        calls += 1;
        if (calls === 2 || (calls === 1 && file.startsWith('plan')) || (calls === 1 && file.startsWith('open')))
          throw failure('RowMalformed');
      });
      const id = await given(twoTargets);
      const work = lastWork();
      const ran = await run(world, work);
      world.before.clear();
      if (ran.error !== undefined) {
        await stopped('x', work, 'FAILED');
        await run(world, lastWork());
      }
      expect((await grant(id)).state).toBe('failed');
      expect(pictureOf(world.cloud)).toEqual(before);
    });
  },
);

describe('who is turned away', () => {
  const BUSY = ['Throttled', 'Lambda.TooManyRequestsException'];
  const turnedAway = (times: number, name = 'Throttled'): void => {
    let calls = 0;
    world.before.set('apply-role', () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error(`${name} on purpose`), { name });
    });
  };
  const waits = ({ visited }: Run): number => visited.filter((state) => state === 'until others are done').length;

  it.each(BUSY)('by %s goes to the back of the queue, and is made at last', async (name) => {
    turnedAway(15, name);
    const { id, ran } = await provision();
    expect(ran.output).toMatchObject({ outcome: 'provisioned' });
    // Two attempts a turn.
    expect(waits(ran)).toBe(7);
    expect((await grant(id)).state).toBe('active');
  });

  it('for ever has patience in the end as well: nothing is left', async () => {
    const before = pictureOf(world.cloud);
    turnedAway(Number.POSITIVE_INFINITY);
    const { id, ran } = await provision();
    expect(ran.output).toMatchObject({ outcome: 'failed', left: [], because: expect.stringContaining('Throttled') });
    expect(waits(ran)).toBe(8);
    expect((await grant(id)).state).toBe('failed');
    expect(pictureOf(world.cloud)).toEqual(before);
  });

  it('asks before each turn whether it is still wanted: a revocation does not wait for its patience', async () => {
    turnedAway(Number.POSITIVE_INFINITY);
    const id = await given();
    const work = lastWork();
    let intends = 0;
    world.before.set('intend', async () => {
      intends += 1;
      if (intends === 3) await happen(id, { kind: 'revoke-asked', id: nextId(), by: bob, why: 'over' });
    });
    const ran = await run(world, work);
    expect(waits(ran)).toBe(2);
    expect(acts().filter((file) => file === 'apply-role')).toHaveLength(4);
  });

  it('waits by chance, and longer each time, but not so long that an execution could not end', () => {
    const text = JSON.parse(readFileSync(ASL, 'utf8'));
    const { States: inner } = text.States.wave.ItemProcessor;
    const { at } = inner['go to the back'].Parameters;
    expect(at['waitSeconds.$']).toBe('States.MathRandom(1, $.at.upToSeconds)');
    const [, more] = /^States\.MathAdd\(\$\.at\.upToSeconds, (\d+)\)$/.exec(at['upToSeconds.$']) ?? [];
    const [choice] = inner['is there patience left'].Choices;
    let longest = 0;
    for (let each = text.States.wave.ItemSelector.at.upToSeconds; each < choice.NumericLessThan; each += Number(more))
      longest += each;
    // Turned away in the first wave and then, going back, once more.
    expect(longest * 2).toBeLessThan(text.TimeoutSeconds / 2);
    expect(inner['take heart'].Parameters.at['upToSeconds.$']).toBe('$.at.upToSeconds');
    const asked = inner.act.Catch.map(({ ErrorEquals, Next }: { ErrorEquals: string[]; Next: string }) => [
      ErrorEquals,
      Next,
    ]);
    expect(asked[0]).toEqual([BUSY, 'is there patience left']);
  });
});

describe('what can not be undone', () => {
  it('is a finding with its command', async () => {
    world.before.set('associate', () => {
      throw failure('Refused');
    });
    world.before.set('undo-grant', () => ({
      status: 'left',
      about: 'x',
      because: 'It is in use.',
      command: 'aws iam delete-role',
      at: new Date().toISOString(),
    }));
    const { id, ran } = await provision();
    expect(ran.output).toMatchObject({ outcome: 'failed', left: [expect.anything(), expect.anything()] });
    const rows = await world.store.findings.of(id);
    expect(rows.map(({ reason, remedy }) => [reason, remedy])).toEqual([
      ['GrantLeftover', 'aws iam delete-role'],
      ['GrantLeftover', 'aws iam delete-role'],
    ]);
    expect(world.told()).toEqual(expect.arrayContaining(['Finding Opened', 'Grant Failed']));
  });
});

describe('a change', () => {
  const change = async (id: string, change: object) => {
    const { wish } = (await grant(id)).versions[0] ?? {};
    await happen(id, {
      kind: 'change-requested',
      id: nextId(),
      basedOn: 1,
      by: ann,
      wish: { ...wishOf(), ...wish, ...change },
    });
    await happen(id, decided(2));
    return run(world, lastWork());
  };

  it('adds a target and takes one away', async () => {
    const { id } = await provision();
    const ran = await change(id, {
      targets: wishOf({ targets: [{ account: ARCHIVE, permissions: { inline: READ_ORDERS } }] }).targets,
    });
    expect(ran.output).toMatchObject({ outcome: 'provisioned', left: [], because: '' });
    expect([...world.cloud.roles.values()].map(({ account }) => account)).toEqual([PAYMENTS, ARCHIVE]);
    expect([...world.cloud.associations.values()].map(({ targetRoleArn }) => targetRoleArn)).toEqual([undefined]);
    expect(await grant(id)).toMatchObject({ state: 'active', inForce: 2 });
  });

  it.each(['apply-role', 'associate', 'verify-grant'])(
    'that fails late, at %s, puts the version before back',
    async (file) => {
      const { id } = await provision();
      const before = pictureOf(world.cloud);
      let calls = 0;
      world.after.set(file, () => {
        calls += 1;
        if (calls === 1) throw failure('Refused');
      });
      const ran = await change(id, {
        targets: wishOf(twoTargets).targets.map((target) => ({ ...target, chained: false })),
      });
      expect(ran.output).toMatchObject({ outcome: 'failed', left: [], because: expect.stringContaining('Refused') });
      expect(pictureOf(world.cloud)).toEqual(before);
      expect(await grant(id)).toMatchObject({ state: 'active', inForce: 1 });
    },
  );
});

describe('a revocation', () => {
  const revoke = async (id: string) => {
    await happen(id, { kind: 'revoke-asked', id: nextId(), by: bob, why: 'over' });
    return lastWork();
  };

  it('removes everything that the grant made, association first', async () => {
    const { id } = await provision(twoTargets);
    world.calls.length = 0;
    const ran = await run(world, await revoke(id));
    expect(ran.output).toMatchObject({ outcome: 'revoked', left: [] });
    expect([world.cloud.roles.size, world.cloud.associations.size]).toEqual([0, 0]);
    expect(ran.visited).toContain('a while');
    expect((await grant(id)).state).toBe('revoked');
  });

  it('in the middle of provisioning ends with nothing', async () => {
    const id = await given(twoTargets);
    const work = lastWork();
    let asked: ProvisionWork | undefined;
    const both: Promise<Run>[] = [];
    world.before.set('associate', () => {
      if (asked !== undefined) return;
      asked = { ...work, do: 'revoke' };
      both.push(revoke(id).then((revocation) => run(world, revocation)));
    });
    await run(world, work);
    await Promise.all(both);
    expect([world.cloud.roles.size, world.cloud.associations.size]).toEqual([0, 0]);
    expect((await grant(id)).state).toBe('revoked');
  });

  it('that fails says what is left, and is begun again when it is due', async () => {
    const { id } = await provision();
    world.before.set('undo-grant', () => ({
      status: 'left',
      about: 'x',
      because: 'No.',
      at: new Date().toISOString(),
    }));
    const ran = await run(world, await revoke(id));
    expect(ran.output).toMatchObject({ outcome: 'revocation-failed' });
    world.before.clear();
    const again = await run(world, { ...lastWork(), attempt: 2 });
    expect(again.output).toMatchObject({ outcome: 'revoked' });
    expect((await world.store.findings.of(id)).map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
  });
});

describe('an execution that is stopped', () => {
  it('is undone by the next', async () => {
    const id = await given(twoTargets);
    const work = lastWork();
    world.before.set('verify-grant', () => {
      throw failure('Refused');
    });
    world.before.set('record-grant', () => {
      throw failure('RowMalformed');
    });
    world.before.set('undo-grant', () => {
      throw failure('Refused');
    });
    await run(world, work);
    world.before.clear();
    expect(world.cloud.roles.size).toBe(3);
    await stopped(`${id}-v1-p1`, work, 'ABORTED');
    expect(lastWork()).toEqual({ ...work, do: 'undo' });
    const ran = await run(world, lastWork());
    expect(ran.output).toMatchObject({ outcome: 'failed', left: [] });
    expect([world.cloud.roles.size, world.cloud.associations.size]).toEqual([0, 0]);
  });
});

describe('two grants on one existing role', () => {
  const role = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
  const shared = (name: string) => ({ serviceAccount: name, source: { role }, targets: [], clusters: [cluster()] });
  const admitted = () =>
    (world.cloud.roles.get(role)?.parties ?? [])
      .flatMap(({ tagged }) => tagged.map(({ serviceAccount }) => serviceAccount))
      .sort();

  it('are both admitted, at the same time too, and revoking one leaves the other', async () => {
    const tags = {};
    world.cloud.roles.set(role, {
      as: 'source',
      roleArn: role,
      account: PAYMENTS,
      managed: false,
      managedPolicyArns: [],
      inline: {},
      tags,
      parties: [],
      by: 'somebody',
    });
    const one = await given(shared('one'));
    const first = lastWork();
    const two = await given(shared('two'));
    const second = lastWork();
    const ran = await Promise.all([run(world, first), run(world, second)]);
    expect(ran.map(({ output }) => output)).toEqual([
      expect.objectContaining({ outcome: 'provisioned' }),
      expect.objectContaining({ outcome: 'provisioned' }),
    ]);
    expect(admitted()).toEqual(['one', 'two']);
    await happen(one, { kind: 'revoke-asked', id: nextId(), by: bob, why: 'over' });
    await run(world, lastWork());
    expect(admitted()).toEqual(['two']);
    expect((await grant(two)).state).toBe('active');
  });
});

describe('what comes due', () => {
  it('lapses, expires, and is not done twice', async () => {
    const { id } = await provision({ lifetime: { for: 'PT1S' } });
    await world.transitions.store.due.replace(
      id,
      [
        {
          due: 'expire',
          at: '2020-01-01T00:00:00.000Z',
          grantId: id,
          version: 1,
          expireAt: (await grant(id)).expireAt ?? '',
        },
      ],
      99,
    );
    world.forget();
    expect(await sweep()).toMatchObject({ complete: true });
    expect((await grant(id)).state).toBe('revoking');
    expect(world.works()).toEqual([{ grantId: id, version: 1, attempt: 1, do: 'revoke' }]);
    expect(world.told()).toEqual(['Grant Revoking']);
    expect(await sweep()).toMatchObject({ done: 0 });
  });

  it('warns nobody of an end that is over', async () => {
    const { id } = await provision({ lifetime: { for: 'PT1S' } });
    const { expireAt = '' } = await grant(id);
    while (Date.now() <= Date.parse(expireAt)) await new Promise(setImmediate);
    const row = { due: 'warn' as const, at: '2020-01-01T00:00:00.000Z', grantId: id, version: 1, expireAt };
    await world.transitions.store.due.replace(id, [row], 99);
    world.forget();
    expect(await sweep()).toMatchObject({ done: 1, failed: [] });
    expect(world.told()).toEqual([]);
  });
});

type Task = {
  readonly Retry: readonly {
    ErrorEquals: string[];
    MaxAttempts: number;
    IntervalSeconds: number;
    BackoffRate: number;
    MaxDelaySeconds?: number;
  }[];
  readonly TimeoutSeconds: number;
  readonly Parameters: { readonly FunctionName: string };
};
const tasksIn = (machine: object, found = new Map<string, Task>()): Map<string, Task> => {
  for (const [name, state] of Object.entries(machine)) {
    if (typeof state !== 'object' || state === null) continue;
    if ('Type' in state && state.Type === 'Task') found.set(name, Object(state));
    else tasksIn(state, found);
  }
  return found;
};
