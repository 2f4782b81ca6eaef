/** From a grant's history to its executions: names, beginnings, ends. */
import { describe, expect, test } from '@jest/globals';
import { standingWork, worksOf, worksSince, worksToRead } from '../../../../functions/drift/gathering/works.ts';
import type { Grant, GrantEvent } from '../../../../functions/grants/index.ts';
import { active, allowed, ann, ID, nextId, provisioned, requested, through, wishOf } from '../../grants/samples.ts';

const LATER = '2026-11-21T13:00:00.000Z';
const LAST = '2026-11-21T14:00:00.000Z';
const AFTER = '2026-11-21T15:00:00.000Z';

const change = (wish = wishOf({ targets: [] })): GrantEvent => ({
  kind: 'change-requested',
  id: nextId(),
  basedOn: 1,
  by: ann,
  wish,
});
const revoke = (): GrantEvent => ({ kind: 'revoke-asked', id: nextId(), by: ann, why: 'over' });
const told = (grant: Grant) =>
  worksOf(grant).map(({ name, at, closedAt, came }) => [name.slice(ID.length + 1), at, closedAt ?? null, came ?? null]);
const START = '2026-11-21T12:00:00.000Z';

describe('the executions of a grant', () => {
  test('of one that only waits there are none', () => {
    expect(told(requested())).toEqual([]);
    expect(standingWork(requested())).toBeUndefined();
  });

  test('provisions from when it is allowed until it is active or has failed', () => {
    expect(told(through(requested(), [allowed()]))).toEqual([['v1-p1', START, null, null]]);
    expect(told(through(through(requested(), [allowed()]), [provisioned()], LATER))).toEqual([
      ['v1-p1', START, LATER, 'activated'],
    ]);
    const failed: GrantEvent = { kind: 'failed', id: nextId(), version: 1, because: 'no', undone: [], left: [] };
    expect(told(through(through(requested(), [allowed()]), [failed], LATER))).toEqual([
      ['v1-p1', START, LATER, 'failed'],
    ]);
  });

  test('a change that is under way, or has failed, leaves standing what was made before', () => {
    const changing = through(active(), [change(), allowed(2)], LATER);
    expect(told(changing)).toEqual([
      ['v1-p1', START, START, 'activated'],
      ['v2-p1', LATER, null, null],
    ]);
    expect(standingWork(changing)?.name).toBe(`${ID}-v1-p1`);
    expect(standingWork(through(changing, [provisioned(2)], LAST))?.name).toBe(`${ID}-v2-p1`);
    const failed: GrantEvent = { kind: 'failed', id: nextId(), version: 2, because: 'no', undone: [], left: [] };
    expect(standingWork(through(changing, [failed], LAST))?.name).toBe(`${ID}-v1-p1`);
  });

  test('an extension makes nothing: what stands was made by the version before', () => {
    const extended = through(
      active(),
      [
        { kind: 'extension-requested', id: nextId(), basedOn: 1, by: ann, lifetime: { for: 'P30D' }, why: 'more' },
        allowed(2),
      ],
      LATER,
    );
    expect(extended.inForce).toBe(2);
    expect(standingWork(extended)?.name).toBe(`${ID}-v1-p1`);
  });

  test('a revocation is an execution for each attempt, and nothing stands any more', () => {
    const failed: GrantEvent = { kind: 'revocation-failed', id: nextId(), because: 'no', left: [] };
    const revoking = through(through(active(), [revoke()], LATER), [failed], LAST);
    expect(told(revoking).slice(1)).toEqual([
      ['v1-r1', LATER, LAST, 'revocation-failed'],
      ['v1-r2', LAST, null, null],
    ]);
    expect(standingWork(revoking)).toBeUndefined();
    expect(worksSince(revoking, AFTER).map(({ name }) => name)).toEqual([`${ID}-v1-r2`]);
    const revoked = through(revoking, [{ kind: 'revoked', id: nextId(), notes: [] }], LAST);
    expect(worksSince(revoked, AFTER)).toEqual([]);
  });

  test('of the plans, what stands is read, and what recent executions did and undid', () => {
    const names = (grant: Grant, since: string) =>
      worksToRead(grant, since).map(({ name }) => name.slice(ID.length + 1));
    const changed = through(through(active(), [change(), allowed(2)], LATER), [provisioned(2)], LATER);
    expect(names(changed, LAST)).toEqual(['v2-p1']);
    expect(names(changed, LATER)).toEqual(['v1-p1', 'v2-p1']);
    expect(names(through(active(), [revoke()], LATER), LAST)).toEqual(['v1-p1']);
  });
});
