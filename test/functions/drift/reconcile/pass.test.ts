/** One look: what settles, whom it blames, and when to look again. */
import { expect, test } from '@jest/globals';
import type { DriftFinding, SeenChange, Snapshot } from '../../../../functions/drift/contract.ts';
import { type Known, pass } from '../../../../functions/drift/reconcile/index.ts';
import { API, circumstances, finding, NOW, snapshot } from '../remedy/objects.ts';

const { rules } = circumstances();
const T = Date.parse(NOW);
const SETTLE = 60_000;
const at = (offset: number): string => new Date(T + offset).toISOString();
const change = (offset: number, name = 'somebody'): SeenChange => ({
  eventId: `e${offset}`,
  at: at(offset),
  kind: 'RoleBoundaryChanged',
  facets: ['boundary'],
  actor: { type: 'IAMUser', name, eventId: `e${offset}` },
  via: 'event',
});
const look = (offset: number, known: Known, change: Partial<Snapshot> = {}, found: DriftFinding[] = [finding()]) =>
  pass(snapshot({ now: at(offset), ...change }), () => found, known, {
    rules,
    concerned: [API],
    killSwitch: false,
    us: 'podid',
  });
const first = () => look(0, { fights: {} });

test('what is seen for the first time settles first, and is looked at again then', () => {
  const seen = first();
  expect(seen.plan.holds.map(({ because }) => because)).toEqual(['settling']);
  expect(seen.again).toBe(T + SETTLE);
  const early = look(SETTLE - 1, seen.known);
  expect(early.plan.actions).toEqual([]);
  const settled = look(SETTLE, seen.known);
  expect(settled.plan.actions.map(({ do: deed }) => deed)).toEqual(['revert']);
});

const SETTLES: [what: string, offset: number, change: Parameters<typeof snapshot>[0], waits: boolean][] = [
  ['nothing new', SETTLE, {}, false],
  ['other facets than the last time', SETTLE, { facets: { exists: 'AROA', boundary: 'x' } }, true],
  ['a change that an event tells, within the window', SETTLE, { changes: [change(1)] }, true],
  ['an event from long ago', SETTLE, { changes: [change(-90 * 86_400_000)] }, false],
  ['an event from the future, just told', SETTLE, { changes: [change(86_400_000)] }, true],
];

test.each(SETTLES)('%s', (_what, offset, change, waits) => {
  const seen = look(
    offset,
    first().known,
    snapshot(change).actual.facets === undefined ? {} : { ...snapshot(change), now: at(offset) },
  );
  expect(seen.plan.actions.length).toBe(waits ? 0 : 1);
});

test('an event from the future holds for one window, not until that future', () => {
  const changes = [change(86_400_000)];
  const told = look(SETTLE, first().known, { changes });
  expect(look(2 * SETTLE, told.known, { changes }).plan.actions).toHaveLength(1);
});

test('our own change is looked at as any other', () => {
  const settled = look(SETTLE, first().known, { changes: [change(-SETTLE, 'podid')] });
  expect(settled.plan.actions).toHaveLength(1);
});

test('nobody is blamed for what is seen while it settles, or for what an execution of ours has set', () => {
  expect(first().known.fights).toEqual({});
  const intents = [{ execution: 'x', facet: 'boundary', value: 'other', at: at(0), requestIds: [] }];
  expect(look(SETTLE, first().known, { intents }).known.fights).toEqual({});
  expect(Object.keys(look(SETTLE, first().known).known.fights)).toEqual(['boundary']);
});

test('where nothing differs and nothing is new, nobody looks again', () => {
  expect(look(SETTLE, first().known, {}, []).again).toBeUndefined();
});
