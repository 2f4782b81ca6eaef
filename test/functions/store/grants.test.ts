import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { GrantEvent } from '../../../functions/grants/events.ts';
import { Grant } from '../../../functions/grants/grant.ts';
import { begin } from '../../../functions/grants/life.ts';
import { identitiesOf } from '../../../functions/grants/wish.ts';
import { openStore } from '../../../functions/store/index.ts';
import { ann, bob, cluster, NOW, nextId, settings, through, wishOf } from '../grants/samples.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThat, clientThatCrashes } from './interrupted.ts';
import { roleArn } from './samples.ts';

const idOf = (n: number): string => `g-${String(n).padStart(16, '0')}`;
const minute = (n: number): string => new Date(Date.parse(NOW) + n * 60_000).toISOString();
const asked = (n: number, change: object = {}, by = ann): Grant =>
  begin({ id: idOf(n), eventId: `asked-${n}`, wish: wishOf(change), by }, minute(n), settings);

const onward = (grant: Grant, event: object): Grant => through(grant, [GrantEvent.parse({ id: nextId(), ...event })]);
const judged = (grant: Grant, verdict: string): Grant =>
  onward(grant, { kind: 'decided', version: grant.versions.length, verdict, needs: [], because: ['So.'] });
const active = (grant: Grant): Grant =>
  onward(judged(grant, 'allowed'), { kind: 'provisioned', version: grant.versions.length, notes: [] });
const changed = (grant: Grant, change: object): Grant =>
  onward(grant, { kind: 'change-requested', basedOn: grant.versions.length, by: bob, wish: wishOf(change) });

const open = ({ client }: Pick<Dynamo, 'client'>) => openStore(client).grants(Grant);
type Page = Awaited<ReturnType<ReturnType<typeof open>['list']>>;
const ids = ({ grants }: Page): string[] => grants.map(({ grant }) => grant.id);

describe('a grant', () => {
  let dynamo: Dynamo;
  let grants: ReturnType<typeof open>;
  beforeAll(async () => {
    dynamo = await startDynamo();
    grants = open(dynamo);
  });
  afterAll(() => dynamo.close());

  it('is begun once, and read back as it is', async () => {
    const grant = asked(1);
    expect(await grants.get(grant.id)).toBeUndefined();
    expect(await grants.begin(grant)).toBe(true);
    expect(await grants.begin(asked(1, { reason: 'another' }))).toBe(false);
    expect(await grants.get(grant.id)).toEqual({ grant, revision: 1 });
  });

  it('goes through its life, a revision at a time, and nothing of what was is lost', async () => {
    let grant = asked(2);
    await grants.begin(grant);
    const steps = [
      (one: Grant) => judged(one, 'allowed'),
      (one: Grant) => onward(one, { kind: 'provisioned', version: 1, notes: ['Restart Deployment/api.'] }),
      (one: Grant) => changed(one, { team: 'platform' }),
      (one: Grant) => onward(one, { kind: 'withdrawn', by: bob, why: '' }),
      (one: Grant) => onward(one, { kind: 'revoke-asked', by: bob, why: 'no more' }),
      (one: Grant) => onward(one, { kind: 'revoked', notes: [] }),
    ];
    for (const [at, step] of steps.entries()) {
      grant = step(grant);
      expect(await grants.put(grant, at + 1)).toBe(true);
      expect(await grants.get(grant.id)).toEqual({ grant, revision: at + 2 });
    }
    expect(grant).toMatchObject({ state: 'revoked', versions: [{ version: 1 }, { version: 2 }] });
    expect(grant.history).toHaveLength(7);
  });

  it('is written by one of many that read it at the same time', async () => {
    const grant = asked(3);
    await grants.begin(grant);
    const others = ['one', 'two', 'three', 'four'].map((why) => onward(grant, { kind: 'withdrawn', by: ann, why }));
    const put = await Promise.all(others.map((other) => grants.put(other, 1)));
    expect(put.filter(Boolean)).toHaveLength(1);
    expect(await grants.get(grant.id)).toEqual({ grant: others[put.indexOf(true)], revision: 2 });
    expect(await grants.put(grant, 1)).toBe(false);
    expect(await grants.put(asked(99), 1)).toBe(false);
  });

  it('is begun by one of many that ask at the same time', async () => {
    const asking = ['one', 'two', 'three'].map((reason) => asked(4, { reason }));
    const begun = await Promise.all(asking.map((grant) => grants.begin(grant)));
    expect(begun.filter(Boolean)).toHaveLength(1);
    expect((await grants.get(idOf(4)))?.grant).toEqual(asking[begun.indexOf(true)]);
  });

  it('loses to who writes the same version while it is being written, and leaves nothing of it behind', async () => {
    const grant = active(asked(5));
    await grants.begin(grant);
    const [mine, theirs] = ['mine', 'theirs'].map((reason) => changed(grant, { reason }));
    if (mine === undefined || theirs === undefined) throw new Error('two');
    const slow = await clientThat(dynamo, '"HEAD"', async () => {
      expect(await grants.put(theirs, 1)).toBe(true);
    });
    expect(await open({ client: slow }).put(mine, 1)).toBe(false);
    slow.destroy();
    expect(await grants.get(grant.id)).toEqual({ grant: theirs, revision: 2 });
  });

  it.each([
    [10, '"TEXT#'],
    [11, 'GRANT#team#'],
    [12, '"HEAD"'],
  ])('is as before when its writer stops (%i) before it writes %s', async (n, row) => {
    const before = active(asked(n));
    await grants.begin(before);
    const crashing = await clientThatCrashes(dynamo, row);
    const next = changed(before, { team: 'platform' });
    await expect(open({ client: crashing }).put(next, 1)).rejects.toThrow();
    crashing.destroy();
    expect(await grants.get(before.id)).toEqual({ grant: before, revision: 1 });
    expect(await grants.put(next, 1)).toBe(true);
    expect(await grants.get(before.id)).toEqual({ grant: next, revision: 2 });
  });

  it.each([
    [30, '"TEXT#'],
    [31, 'GRANT#all'],
    [32, '"HEAD"'],
  ])('is not there when who begins it stops (%i) before %s', async (n, row) => {
    const crashing = await clientThatCrashes(dynamo, row);
    await expect(open({ client: crashing }).begin(asked(n))).rejects.toThrow();
    crashing.destroy();
    expect(await grants.get(idOf(n))).toBeUndefined();
    expect(ids(await grants.list())).not.toContain(idOf(n));
    // Asked again later, by the same key: another time, and perhaps another team.
    const again = begin(
      { id: idOf(n), eventId: 'e', wish: wishOf({ team: 'web' }), by: ann },
      minute(n + 60),
      settings,
    );
    expect(await grants.begin(again)).toBe(true);
    expect(ids(await grants.list({ limit: 100 })).filter((id) => id === idOf(n))).toEqual([idOf(n)]);
    expect(ids(await grants.ofTeam('checkout'))).not.toContain(idOf(n));
    expect(ids(await grants.ofTeam('web'))).toContain(idOf(n));
  });

  it('of 20 versions with 40 targets each, 150 kB a version, is kept', async () => {
    const targets = (version: number) =>
      Array.from({ length: 40 }, (_, n) => ({
        account: String(100_000_000_000 + n),
        permissions: { inline: `{"${version}": "${'é'.repeat(1_850)}"}` },
      }));
    let grant = active(asked(60, { targets: targets(1) }));
    for (let version = 2; version <= 20; version += 1) {
      grant = active(changed(grant, { targets: targets(version) }));
    }
    expect(JSON.stringify(grant.versions[19]).length).toBeGreaterThan(75_000);
    await grants.begin(grant);
    const last = onward(grant, { kind: 'revoke-asked', by: bob, why: '' });
    expect(await grants.put(last, 1)).toBe(true);
    expect(await grants.get(grant.id)).toEqual({ grant: last, revision: 2 });
  });

  it('that does not fit the schema is an error that names the grant and the field', async () => {
    const lax = openStore(dynamo.client).grants(Grant.extend({ approvals: z.array(z.unknown()) }));
    await lax.begin({ ...asked(70), approvals: [{ by: ann }] });
    await expect(grants.get(idOf(70))).rejects.toMatchObject({
      name: 'RowMalformed',
      message: expect.stringMatching(/g-0000000000000070 .*approvals/),
    });
  });
});

describe('the lists of grants', () => {
  let dynamo: Dynamo;
  let grants: ReturnType<typeof open>;
  beforeAll(async () => {
    dynamo = await startDynamo();
    grants = open(dynamo);
    for (const n of [1, 2, 3, 4, 5]) await grants.begin(asked(n));
    await grants.begin(asked(6, { team: 'platform', serviceAccount: 'web' }, bob));
    await grants.begin(asked(7, { source: { role: roleArn('shared') }, clusters: [cluster('staging')] }));
  });
  afterAll(() => dynamo.close());

  it('come page by page, the newest first', async () => {
    const first = await grants.list({ limit: 3 });
    expect(ids(first)).toEqual([7, 6, 5].map(idOf));
    const second = await grants.list({ limit: 3, cursor: first.next ?? '' });
    const third = await grants.list({ limit: 3, cursor: second.next ?? '' });
    expect([ids(second), ids(third)]).toEqual([[4, 3, 2].map(idOf), [idOf(1)]]);
    expect(third.next).toBeUndefined();
    expect(first.grants[0]).toEqual({ grant: (await grants.get(idOf(7)))?.grant, revision: 1 });
    await expect(grants.list({ cursor: 'nonsense' })).rejects.toMatchObject({ name: 'InputMalformed' });
  });

  it('are by team, requester, identity, namespace and role', async () => {
    expect(ids(await grants.ofTeam('platform'))).toEqual([idOf(6)]);
    expect(ids(await grants.requestedBy(bob.subject))).toEqual([idOf(6)]);
    expect(ids(await grants.requestedBy(ann.subject, { limit: 2 }))).toEqual([7, 5].map(idOf));
    const [api] = identitiesOf(wishOf());
    if (api === undefined) throw new Error('one');
    expect(ids(await grants.ofIdentity(api))).toEqual([5, 4, 3, 2, 1].map(idOf));
    expect(ids(await grants.ofIdentity({ ...api, serviceAccount: 'web' }))).toEqual([idOf(6)]);
    expect(ids(await grants.inNamespace(api))).toEqual([6, 5, 4, 3, 2, 1].map(idOf));
    expect(ids(await grants.inNamespace({ ...api, cluster: 'staging' }))).toEqual([idOf(7)]);
    expect(ids(await grants.inNamespace({ ...api, namespace: 'check' }))).toEqual([]);
    expect(ids(await grants.ofRole(roleArn('shared')))).toEqual([idOf(7)]);
    expect(ids(await grants.ofRole('managed'))).toEqual([]);
  });

  it('have a grant also where a later version, another person or what it makes puts it', async () => {
    const grant = changed(active(asked(8)), {
      team: 'web',
      targets: [{ account: '444444444444', role: roleArn('x') }],
    });
    await grants.begin(active(asked(8)));
    expect(ids(await grants.ofTeam('web'))).toEqual([]);
    await grants.put(grant, 1);
    await grants.pointFrom(grant, [roleArn('made')]);
    expect([
      ids(await grants.ofTeam('web')),
      ids(await grants.ofRole(roleArn('x'))),
      ids(await grants.ofRole(roleArn('made'))),
    ]).toEqual([[idOf(8)], [idOf(8)], [idOf(8)]]);
    expect(ids(await grants.ofTeam('checkout'))).toContain(idOf(8));
    expect(ids(await grants.requestedBy(bob.subject))).toEqual([8, 6].map(idOf));
  });

  it('follow the state', async () => {
    expect(ids(await grants.inState('revoked'))).toEqual([]);
    const grant = asked(5);
    await grants.put(onward(grant, { kind: 'withdrawn', by: ann, why: '' }), 1);
    expect(ids(await grants.inState('withdrawn'))).toEqual([idOf(5)]);
    expect(ids(await grants.inState('requested'))).not.toContain(idOf(5));
    expect(ids(await grants.inState('requested', { limit: 2 }))).toEqual([7, 6].map(idOf));
  });

  it('have an inbox: what waits for approval, changes too, the first to lapse first', async () => {
    expect(ids(await grants.waiting())).toEqual([]);
    await grants.put(judged(asked(4), 'needs-approval'), 1);
    await grants.put(judged(asked(3), 'needs-approval'), 1);
    const grant = active(asked(9));
    await grants.begin(grant);
    const soon = judged(changed(grant, { lifetime: { until: minute(30) } }), 'needs-approval');
    await grants.put(soon, 1);
    expect(soon.state).toBe('changing');
    expect(ids(await grants.waiting())).toEqual([9, 3, 4].map(idOf));
    const first = await grants.waiting({ limit: 1 });
    expect(ids(await grants.waiting({ limit: 1, cursor: first.next ?? '' }))).toEqual([idOf(3)]);
    await grants.put(onward(soon, { kind: 'rejected', version: 2, by: bob, why: 'no' }), 2);
    expect(ids(await grants.waiting())).toEqual([3, 4].map(idOf));
  });
});
