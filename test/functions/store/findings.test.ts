import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isFailure } from '../../../functions/runtime/errors.ts';
import type { Found, Judgement } from '../../../functions/store/finding-row.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThat } from './interrupted.ts';
import { actor, roleArn } from './samples.ts';

const found = (reason: string, more: Partial<Found> = {}): Found => ({
  reason,
  severity: 'error',
  sentence: `${reason} is wrong.`,
  ...more,
});
const minute = (n: number): string => `2026-03-01T12:${String(n).padStart(2, '0')}:00.000Z`;
const judged = (n: number, more: Partial<Judgement> = {}): Judgement => ({
  at: minute(n),
  cause: { kind: 'RoleTrustChanged', actor: actor(`e-${n}`) },
  complete: true,
  ...more,
});
const reasons = (rows: readonly { reason: string }[]): string[] => rows.map(({ reason }) => reason).sort();

/** The machine tries a conflict again. */
const untilKept = async (keep: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await keep();
      return;
    } catch (error) {
      if (!isFailure(error, 'Conflict')) throw error;
    }
  }
};

describe('the rows of findings', () => {
  let dynamo: Dynamo;
  let rows: Store['findings'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    rows = openStore(dynamo.client).findings;
  });
  afterAll(() => dynamo.close());

  it('resolves only what the same judge has found, whatever the others say', async () => {
    const role = roleArn('two-judges');
    await rows.keep(role, [found('Broad')], judged(5));
    // Older than the other judge's last word, which does not count here.
    const drift = await rows.keep(role, [found('Attached')], judged(2, { judge: 'drift' }));
    expect([reasons(drift.opened), drift.superseded]).toEqual([['Attached'], false]);
    expect(drift.opened).toMatchObject([{ judge: 'drift' }]);
    const mended = await rows.keep(role, [], judged(6));
    expect([reasons(mended.resolved), mended.resolved[0]]).toEqual([
      ['Broad'],
      expect.not.objectContaining({ judge: 'drift' }),
    ]);
    const open = (await rows.of(role)).filter(({ state }) => state === 'open');
    expect(reasons(open)).toEqual(['Attached']);
    expect((await rows.keep(role, [], judged(1, { judge: 'drift' }))).superseded).toBe(true);
    expect(reasons((await rows.keep(role, [], judged(6, { judge: 'drift' }))).resolved)).toEqual(['Attached']);
  });

  it('leaves open what nobody could look at, and resolves the rest', async () => {
    const role = roleArn('unread-part');
    const both = [found('A', { subject: 'agent' }), found('B', { subject: 'rbac' }), found('C')];
    await rows.keep(role, both, judged(1));
    const partly = await rows.keep(role, [], judged(2, { unread: ['rbac'] }));
    expect(reasons(partly.resolved)).toEqual(['A', 'C']);
    expect(reasons((await rows.keep(role, [], judged(3))).resolved)).toEqual(['B']);
  });

  it('remembers who has acknowledged a finding, until it is resolved', async () => {
    const role = roleArn('acknowledged');
    const [first] = (await rows.keep(role, [found('A')], judged(1))).opened;
    const id = first?.id ?? '';
    const said = { by: 'ann', at: '2026-03-01T12:01:30Z', why: 'on it' };
    const acknowledged = { ...said, at: '2026-03-01T12:01:30.000Z' };
    expect(await rows.acknowledge(id, said)).toMatchObject({ state: 'open', acknowledged });
    const again = await rows.keep(role, [found('A')], judged(2));
    expect(again.still).toMatchObject([{ acknowledged, timesSeen: 2 }]);
    expect((await rows.listOpen()).findings.find((row) => row.id === id)).toMatchObject({ acknowledged });
    await rows.keep(role, [], judged(3));
    expect(await rows.get(id)).not.toHaveProperty('acknowledged');
    expect(await rows.acknowledge(id, said)).toBeUndefined();
    expect(await rows.acknowledge('f-000000000000', said)).toBeUndefined();
    await rows.keep(role, [found('A')], judged(4));
    expect(await rows.get(id)).not.toHaveProperty('acknowledged');
  });

  it('bears until when an exception allows it, also when it comes back', async () => {
    const role = roleArn('suppressed');
    const [first] = (await rows.keep(role, [found('A')], judged(1))).opened;
    const id = first?.id ?? '';
    expect(await rows.suppress(id, '2026-04-01T00:00:00Z')).toMatchObject({
      suppressedUntil: '2026-04-01T00:00:00.000Z',
    });
    await rows.keep(role, [], judged(2));
    expect(await rows.suppress(id, '2026-04-02T00:00:00Z')).toBeUndefined();
    await rows.keep(role, [found('A')], judged(3));
    expect(await rows.get(id)).toMatchObject({ state: 'open', suppressedUntil: '2026-04-01T00:00:00.000Z' });
  });

  it('opens what is new, sees again what is there, resolves what is not', async () => {
    const role = roleArn('life');
    const first = await rows.keep(role, [found('A', { witness: 'x', statement: { index: 1 } }), found('B')], judged(1));
    expect([reasons(first.opened), reasons(first.still), reasons(first.resolved)]).toEqual([['A', 'B'], [], []]);
    const second = await rows.keep(role, [found('A', { witness: 'y' }), found('C')], judged(2));
    expect([reasons(second.opened), reasons(second.still), reasons(second.resolved)]).toEqual([['C'], ['A'], ['B']]);
    expect(second.still).toMatchObject([
      { witness: 'y', openedAt: minute(1), seenAt: minute(2), timesSeen: 2, openedBy: { actor: { eventId: 'e-1' } } },
    ]);
    expect(await rows.get(second.still[0]?.id ?? '')).not.toHaveProperty('statement');
    const [b] = second.resolved;
    expect(b).toMatchObject({ state: 'resolved', resolvedAt: minute(2), resolvedBy: { actor: { eventId: 'e-2' } } });
    expect(await rows.get(b?.id ?? '')).toEqual(b);
    expect(await rows.get('f-000000000000')).toBeUndefined();
    expect(await rows.of(roleArn('lif'))).toEqual([]);
  });

  it('is the same finding whoever causes it and whatever shows it; another subject or object is another', async () => {
    const one = await rows.keep(roleArn('key'), [found('A', { witness: 'x' })], judged(1));
    const again = await rows.keep(roleArn('key'), [found('A', { witness: 'z', sentence: 'Worse.' })], judged(2));
    expect(again.still[0]?.id).toBe(one.opened[0]?.id);
    const others = await rows.keep(roleArn('key'), [found('A', { subject: 's' }), found('A')], judged(3));
    expect(others.opened).toHaveLength(1);
    const elsewhere = await rows.keep(roleArn('key-2'), [found('A')], judged(1));
    const ids = [...others.opened, ...others.still, ...elsewhere.opened].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it('of two with one reason and subject keeps the first', async () => {
    const kept = await rows.keep(
      roleArn('twice'),
      [found('A', { sentence: '1' }), found('A', { sentence: '2' })],
      judged(1),
    );
    expect(kept.opened.map(({ sentence }) => sentence)).toEqual(['1']);
  });

  it('keeps the history of what comes back', async () => {
    const role = roleArn('back');
    await rows.keep(role, [found('A', { held: 'No.' })], judged(1));
    const mended = await rows.keep(role, [], judged(2, { cause: { kind: 'TrustTightened' } }));
    expect(mended.resolved[0]).not.toHaveProperty('held');
    const { opened } = await rows.keep(role, [found('A')], judged(3));
    expect(opened).toMatchObject([
      {
        state: 'open',
        openedAt: minute(3),
        timesOpened: 2,
        timesSeen: 1,
        earlier: [{ openedAt: minute(1), resolvedAt: minute(2), resolvedBy: { kind: 'TrustTightened' } }],
      },
    ]);
    expect(opened[0]).not.toHaveProperty('resolvedAt');
  });

  it('says and keeps the same when a judgement is kept again', async () => {
    const role = roleArn('again');
    await rows.keep(role, [found('A'), found('B')], judged(1));
    const first = await rows.keep(role, [found('A'), found('C')], judged(2));
    const second = await rows.keep(role, [found('A'), found('C')], judged(2));
    const shown = ({ opened, still, resolved }: typeof first) => [opened, still, resolved].map(reasons);
    expect(shown(second)).toEqual(shown(first));
    expect(second.still[0]).toMatchObject({ timesSeen: 2, seenAt: minute(2) });
  });

  it('is not changed by an older judgement, even where the newer one left no row', async () => {
    const role = roleArn('old');
    await rows.keep(role, [found('A')], judged(5));
    const late = await rows.keep(role, [found('B')], judged(4));
    expect(late).toEqual({ opened: [], still: [], resolved: [], superseded: true });
    expect((await rows.of(role)).map(({ reason, state }) => [reason, state])).toEqual([['A', 'open']]);
  });

  it('takes nothing for mended when not everything could be read', async () => {
    const role = roleArn('unread');
    await rows.keep(role, [found('A')], judged(1));
    const partly = await rows.keep(role, [found('RoleUnreadable')], judged(2, { complete: false }));
    expect([reasons(partly.opened), reasons(partly.resolved)]).toEqual([['RoleUnreadable'], []]);
    const whole = await rows.keep(role, [found('A')], judged(3));
    expect([reasons(whole.still), reasons(whole.resolved)]).toEqual([['A'], ['RoleUnreadable']]);
  });

  it('ends as the newest judgement says when several are kept at once, in whatever order they get there', async () => {
    for (let round = 0; round < 6; round += 1) {
      const role = roleArn(`race-${round}`);
      const told = [[found('A'), found('B')], [found('B'), found('C')], [found('C')]];
      const order = [0, 1, 2].map((n) => (n + round) % 3);
      await Promise.all(order.map((n) => untilKept(() => rows.keep(role, told[n] ?? [], judged(n + 1)))));
      const open = (await rows.of(role)).filter(({ state }) => state === 'open');
      expect([round, reasons(open)]).toEqual([round, ['C']]);
    }
  });

  it('leaves nothing open that a newer judgement, kept while this one was being written, did not find', async () => {
    const role = roleArn('overtaken');
    const slow = await clientThat(dynamo, '"OF#', async () => {
      await rows.keep(role, [], judged(2));
    });
    await openStore(slow).findings.keep(role, [found('A')], judged(1));
    slow.destroy();
    expect(await rows.of(role)).toMatchObject([{ reason: 'A', state: 'resolved', resolvedAt: minute(2) }]);
  });

  it('lists the open ones page by page, and those resolved of late', async () => {
    const fresh = await startDynamo();
    const { findings } = openStore(fresh.client);
    for (const n of [1, 2, 3]) await findings.keep(roleArn(`list-${n}`), [found(`R${n}`)], judged(n));
    const first = await findings.listOpen({ limit: 2 });
    expect(reasons(first.findings)).toEqual(['R2', 'R3']);
    const second = await findings.listOpen({ limit: 2, ...(first.next !== undefined && { cursor: first.next }) });
    expect(reasons(second.findings)).toEqual(['R1']);
    for (const n of [1, 2]) await findings.keep(roleArn(`list-${n}`), [], judged(10 * n));
    expect(reasons((await findings.listOpen()).findings)).toEqual(['R3']);
    expect(reasons(await findings.resolvedSince(minute(10)))).toEqual(['R1', 'R2']);
    expect(reasons(await findings.resolvedSince(minute(11)))).toEqual(['R2']);
    await findings.keep(roleArn('list-2'), [found('R2')], judged(30));
    expect(reasons(await findings.resolvedSince(minute(10)))).toEqual(['R1']);
    await fresh.close();
  });
});
