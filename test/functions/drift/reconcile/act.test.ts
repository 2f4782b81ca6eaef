/** Carrying out a plan, step by step, and each way that it ends early. */
import { expect, test } from '@jest/globals';
import type { DriftPlan } from '../../../../functions/drift/contract.ts';
import { type Acting, type Answer, begin, next, OutOfStep } from '../../../../functions/drift/reconcile/index.ts';
import { planFor } from '../../../../functions/drift/remedy/index.ts';
import { circumstances, finding, snapshot } from '../remedy/objects.ts';

const NOW = 1_000_000;
const AGAIN = NOW + 60_000;
const findings = [finding(), finding({ facet: 'trust' })];
const planned = (around = circumstances(), shot = snapshot()): DriftPlan => planFor(shot, findings, around);
const leased: Answer = { to: 'lease', lastWritten: 0 };
const read = (plan = planned()): Answer => ({ to: 'read', plan, now: NOW, settleSeconds: 60 });
const counted: Answer = { to: 'count' };
const written: Answer = { to: 'write', now: NOW, settleSeconds: 60 };

const through = (...answers: Answer[]): { end: Acting; wants: string[] } => {
  let state = begin(planned());
  const wants: string[] = [state.wants];
  for (const answer of answers) {
    state = next(state, answer);
    wants.push(state.wants);
  }
  return { end: state, wants };
};

test('lease, read, count, one write after the other, and a look at it once it is in force', () => {
  const { end, wants } = through(leased, read(), counted, written, written);
  expect(wants).toEqual(['lease', 'read', 'count', 'write', 'write', 'nothing']);
  expect(end).toEqual({ wants: 'nothing', written: ['boundary', 'trust'], holds: [], again: AGAIN });
});

const moved = { ...planned(), actualDigest: 'another' };
const wished = { ...planned(), desiredDigest: 'another' };
const halved = planned(circumstances({ fights: new Map([['trust', 'They fight.']]) }));
const EARLY: [what: string, answers: Answer[], written: string[], because: string[], again: number | undefined][] = [
  ['somebody has the lease', [{ to: 'lease', held: { by: 'x', until: 5 } }], [], ['lease', 'lease'], 5],
  [
    'somebody wrote a moment ago',
    [{ to: 'lease', lastWritten: NOW - 1 }, read()],
    [],
    ['settling', 'settling'],
    NOW + 59_999,
  ],
  ['it is another one by now', [leased, read(moved)], [], ['changed-since', 'changed-since'], NOW],
  ['something else is wanted by now', [leased, read(wished)], [], ['changed-since', 'changed-since'], NOW],
  [
    'the kill switch was pulled',
    [leased, read(planned(circumstances({ killSwitch: true })))],
    [],
    ['kill-switch', 'kill-switch'],
    undefined,
  ],
  ['one of the two is held by now', [leased, read(halved), counted, written], ['boundary'], ['fight'], AGAIN],
  ['the breaker', [leased, read(), { to: 'count', refused: 'Too many.' }], [], ['breaker', 'breaker'], undefined],
  [
    'a write fails',
    [leased, read(), counted, written, { ...written, failed: 'Throttling' }],
    ['boundary'],
    ['changed-since'],
    AGAIN,
  ],
];

test.each(EARLY)('%s', (_what, answers, done, because, again) => {
  const { end } = through(...answers);
  if (end.wants !== 'nothing') throw new Error(`it wants ${end.wants}`);
  expect(end.written).toEqual(done);
  expect(end.holds.map((hold) => hold.because)).toEqual(because);
  expect(end.again).toBe(again);
});

test('a plan without actions takes no lease', () => {
  expect(begin(planned(circumstances({ killSwitch: true })))).toMatchObject({ wants: 'nothing', written: [] });
});

test('an answer to something else is refused', () => {
  expect(() => through(counted)).toThrow(OutOfStep);
  expect(() => through({ to: 'lease', held: { by: 'x', until: 5 } }, written)).toThrow(
    'nothing is wanted, and write was answered',
  );
});
