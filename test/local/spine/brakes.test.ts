/** What holds a revocation back, and what it does when access changes instead of going: modes, kill switch, breaker, settle window, updates. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterArn } from '../../../functions/identity.ts';
import type { Credentials, Service } from '../../../local/contract.ts';
import { associate, change, dissociate } from './associations.ts';
import { podid } from './command-line.ts';
import { concerns, crashing, type Fault, instead } from './faults.ts';
import { fleet, inShop, mayScan, NAMESPACE, podRole, policy, REGION, roleArn, SHOP } from './fleets.ts';
import { eventually, kubernetes, type Place, type Running, settled, startFleet, storeOf } from './harness.ts';
import { isInjected, namesOf, podCredentials, podsOf, scan } from './pods.ts';
import { deniesOn, ended, resultOf, revocationsOf } from './revocations.ts';

const GIVEN_BACK = ['given-back', 'lift-dies-before', 'lift-dies-after'];
const faults: Fault[] = [
  { file: 'lift-deny', when: 'before', crash: 'Runtime.ExitError', about: 'lift-dies-before' },
  { file: 'lift-deny', when: 'after', crash: 'Sandbox.Timedout', about: 'lift-dies-after' },
];
const struck = new Set<Fault>();

const CHANGED = ['moved', 'role-changed', 'target-changed', 'tags-changed'];
const IN_SHOP = ['switched-off', 'half-way', ...GIVEN_BACK, ...CHANGED];
/** Without workloads; so many that what the other tests take away is no large share of the cluster. */
const IDLE = Array.from({ length: 12 }, (_, index) => `idle-${index}`);
const CROWD = Array.from({ length: 8 }, (_, index) => `crowd-${index}`);
const GOING = CROWD.slice(0, 6);
const STAYING = CROWD.slice(6);

const WATCHED: Place = { context: 'watched', namespace: NAMESPACE, serviceAccount: 'looked-at' };
const inCrowd = (member: string): Place => ({ context: 'crowd', namespace: NAMESPACE, serviceAccount: member });
const CROWD_ARN = clusterArn({ account: SHOP, region: REGION, cluster: 'crowd' });

const FLEET = fleet({
  clusters: [
    {
      name: 'shop',
      members: IN_SHOP,
      associations: IDLE.map((serviceAccount) => ({
        namespace: NAMESPACE,
        serviceAccount,
        roleArn: roleArn('other'),
      })),
    },
    { name: 'watched', mode: 'observe', members: ['looked-at'] },
    { name: 'crowd', members: CROWD },
  ],
  roles: [
    podRole('other'),
    {
      name: 'target',
      trust: policy({
        Effect: 'Allow',
        Principal: { AWS: roleArn('target-changed') },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      }),
      policies: mayScan(),
    },
  ],
  // Long enough that on a slow machine, too, the deny is written before the window ends.
  revocation: { settleSeconds: 25 },
  breaker: { identities: 25, percent: 50, percentFrom: 5 },
});

let demo: Running;
const before = new Map<string, { readonly credentials: Credentials; readonly pods: string[] }>();

beforeAll(async () => {
  demo = await startFleet(FLEET, { around: (service) => stoppingHalfWay(crashing(faults, struck)(service)) });
  const places = [...IN_SHOP.map(inShop), ...CROWD.map(inCrowd), WATCHED];
  await allRunning('shop', IN_SHOP.length);
  await allRunning('watched', 1);
  await allRunning('crowd', CROWD.length);
  for (const place of places) {
    const pods = namesOf(await podsOf(demo, place));
    before.set(place.serviceAccount, { credentials: await podCredentials(demo, place), pods });
  }
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

let isStopped = false;

/** Somebody turns the kill switch on at the moment in which the sessions of `half-way` have been cut. */
const stoppingHalfWay = (service: Service): Service =>
  instead(service, 'lambda', 'Invoke', async (input, _call, run) => {
    const answer = await run();
    if (!isStopped && concerns({ file: 'cut-sessions', about: 'half-way' }, input)) {
      isStopped = true;
      const at = new Date().toISOString();
      await storeOf(demo).brakes.setKillSwitch({ on: true, by: 'somebody', at, why: 'half way' });
    }
    return answer;
  });

const allRunning = async (cluster: string, number: number): Promise<void> => {
  const { core } = await kubernetes(demo, cluster);
  await eventually(`all pods of ${cluster}`, async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, fieldSelector: 'status.phase=Running' });
    return items.length === number;
  });
};

/** What somebody sees who copied the pod's credentials before. */
const stolen = (member: string): Promise<string> => {
  const known = before.get(member);
  if (known === undefined) throw new Error(`no credentials of ${member} were taken`);
  return scan(demo, known.credentials);
};

/** Whether the pods of before still run: `all` or `none` of them. */
const survivors = async (place: Place): Promise<string> => {
  const pods = namesOf(await podsOf(demo, place));
  const kept = pods.filter((name) => before.get(place.serviceAccount)?.pods.includes(name));
  return kept.length === 0 ? 'none' : kept.length === pods.length ? 'all' : 'some';
};

/** Runs a command that must succeed, and gives what it printed. */
const run = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await podid(demo, args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};

describe('with the kill switch on', () => {
  const place = inShop('switched-off');

  it('writes nothing, and says who stopped it', async () => {
    await run('brakes', 'stop', '--why', 'an outage of IAM');
    await dissociate(demo, place);
    const row = await ended(demo, place);
    expect(row.outcome).toBe('halted');
    expect(resultOf(row).held).toMatch(
      /^The kill switch is on since .*, set by arn:aws:iam::111111111111:user\/admin: an outage/,
    );
    expect(resultOf(row).cut).toMatchObject([{ roleArn: roleArn('switched-off'), status: 'planned' }]);
    expect(await deniesOn(demo, 'shop', 'switched-off')).toEqual([]);
    expect(await stolen('switched-off')).toBe('ok');
    expect(await survivors(place)).toBe('all');
  }, 120_000);

  it('runs again when it is off and somebody asks', async () => {
    const { revocation } = await ended(demo, place);
    await run('brakes', 'release');
    const next = revocation.id.replace(/-1$/, '-2');
    expect(await run('revocations', 'retry', revocation.id)).toMatch(`Started ${next}.`);
    const row = await ended(demo, place, 2);
    expect({ id: row.revocation.id, outcome: row.outcome }).toEqual({ id: next, outcome: 'revoked' });
    expect(await stolen('switched-off')).toMatch(/explicit deny/);
    expect(await survivors(place)).toBe('none');
  }, 120_000);
});

describe('with the kill switch turned on half way', () => {
  const place = inShop('half-way');

  it('keeps what was done, leaves the rest, and finishes when somebody asks', async () => {
    await dissociate(demo, place);
    const row = await ended(demo, place);
    expect(row.outcome).toBe('halted');
    expect(resultOf(row)).toMatchObject({
      held: expect.stringMatching(/set by somebody: half way/),
      cut: [{ status: 'cut' }],
      restarted: [{ step: 'Planned', pods: 1 }],
    });
    expect(await stolen('half-way')).toMatch(/explicit deny/);
    expect(await survivors(place)).toBe('all');

    await run('brakes', 'release');
    await run('revocations', 'retry', row.revocation.id);
    expect((await ended(demo, place, 2)).outcome).toBe('revoked');
    expect(await survivors(place)).toBe('none');
  }, 120_000);
});

describe('with the kill switch off', () => {
  beforeAll(async () => {
    await Promise.all([
      dissociate(demo, WATCHED),
      ...GOING.map((member) => dissociate(demo, inCrowd(member))),
      ...GIVEN_BACK.map(async (member) => {
        await dissociate(demo, inShop(member));
        await eventually(`the deny for ${member}`, async () => (await deniesOn(demo, 'shop', member)).length === 1);
        await associate(demo, inShop(member), { roleArn: roleArn(member) });
      }),
      dissociate(demo, inShop('moved')).then(() => associate(demo, inShop('moved'), { roleArn: roleArn('other') })),
      change(demo, inShop('role-changed'), { roleArn: roleArn('other') }),
      change(demo, inShop('target-changed'), { targetRoleArn: roleArn('target') }),
      change(demo, inShop('tags-changed'), { disableSessionTags: true }),
    ]);
    await settled(demo);
  }, 240_000);

  it('only plans in mode observe', async () => {
    const row = await ended(demo, WATCHED);
    expect(row.outcome).toBe('observed');
    expect(resultOf(row)).toMatchObject({
      cut: [{ roleArn: roleArn('looked-at'), status: 'planned' }],
      restarted: [{ workload: { kind: 'Deployment', name: 'looked-at' }, step: 'Planned', pods: 1 }],
      remaining: { pods: 1 },
    });
    expect(await deniesOn(demo, 'shop', 'looked-at')).toEqual([]);
    expect(await stolen('looked-at')).toBe('ok');
    expect(await survivors(WATCHED)).toBe('all');
    const journal = await storeOf(demo).journal.of(row.revocation.id);
    expect(journal.filter(({ kind }) => kind === 'accepted')).toEqual([]);
    expect(journal.find(({ kind }) => kind === 'refused')?.text).toMatch(/mode observe/);
  });

  it.each(GIVEN_BACK)('lifts the deny when the same role is given back in the window: %s', async (member) => {
    const place = inShop(member);
    const [deletion] = await revocationsOf(demo, place);
    expect(deletion?.outcome).toBe('not-needed');
    expect(await deniesOn(demo, 'shop', member)).toEqual([]);
    expect(await stolen(member)).toBe('ok');
    expect(await survivors(place)).toBe('all');
    expect([...struck].filter(({ about }) => about === member)).toHaveLength(member === 'given-back' ? 0 : 1);
  });

  it.each([
    ['another role by a new association', 'moved', ['StringEquals']],
    ['another role by an update', 'role-changed', ['StringEquals']],
    // The role stays, so its new sessions must pass.
    ['a target role', 'target-changed', ['StringEquals', 'DateLessThan']],
    ['no session tags any more', 'tags-changed', ['StringEquals', 'DateLessThan']],
  ])('cuts the sessions from before when the identity gets %s', async (_what, member, conditions) => {
    const place = inShop(member);
    const row = await ended(demo, place);
    expect({ outcome: row.outcome, standing: resultOf(row).standing }).toEqual({
      outcome: 'revoked',
      standing: 'held',
    });
    expect((await deniesOn(demo, 'shop', member)).map(({ condition }) => Object.keys(condition))).toEqual([conditions]);
    expect(await stolen(member)).toMatch(/explicit deny/);
    expect(await survivors(place)).toBe('none');
    expect((await podsOf(demo, place)).every(isInjected)).toBe(true);
    expect(await scan(demo, await podCredentials(demo, place))).toBe('ok');
  });

  describe('and most of a cluster going at once', () => {
    it('stops and asks', async () => {
      const rows = await Promise.all(GOING.map(async (member) => ended(demo, inCrowd(member))));
      expect(rows.map(({ outcome }) => outcome)).toEqual(GOING.map(() => 'halted'));
      expect(resultOf(rows[0] ?? never()).held).toMatch(
        /^The breaker of cluster crowd tripped at .*: 5 identities of 8 known lost access within 600 s; the limit is 50 %\.$/,
      );
      expect(await Promise.all(GOING.map((member) => survivors(inCrowd(member))))).toEqual(GOING.map(() => 'all'));
      expect(await run('brakes', 'status', CROWD_ARN)).toMatch(/cluster\/crowd: TRIPPED at /);
    });

    it('goes on with one that somebody vouches for', async () => {
      const place = inCrowd('crowd-0');
      const { revocation } = await ended(demo, place);
      await run('revocations', 'retry', revocation.id);
      const again = await ended(demo, place, 2);
      expect(again.outcome).toBe('halted');
      await run('revocations', 'retry', again.revocation.id, '--acknowledge');
      const row = await ended(demo, place, 3);
      expect(row.outcome).toBe('revoked');
      expect(row.revocation.acknowledgedBy).toBe('arn:aws:iam::111111111111:user/admin');
      expect(await survivors(place)).toBe('none');
    }, 120_000);

    it('goes on with all when the breaker is acknowledged', async () => {
      const place = inCrowd('crowd-1');
      expect(await run('brakes', 'acknowledge', CROWD_ARN)).toMatch(/counts anew/);
      const { revocation } = await ended(demo, place);
      await run('revocations', 'retry', revocation.id);
      expect((await ended(demo, place, 2)).outcome).toBe('revoked');
      expect(await stolen('crowd-1')).toMatch(/explicit deny/);
      expect(await survivors(place)).toBe('none');
    }, 120_000);

    it('never touches those that stay', async () => {
      expect(await Promise.all(STAYING.map(stolen))).toEqual(['ok', 'ok']);
      expect(await Promise.all(STAYING.map((member) => survivors(inCrowd(member))))).toEqual(['all', 'all']);
    });
  });
});

const never = (): never => {
  throw new Error('there is none');
};
