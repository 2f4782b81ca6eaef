import { expect, it } from '@jest/globals';
import { digestOf } from '../../../../functions/trust/digest.ts';
import { done, MOST_WAITS, waitOnce } from '../../../../functions/trust/judging/next.ts';
import { type PastFacts, secondsInThePast } from '../../../../functions/trust/judging/past.ts';
import { whyOf } from '../../../../functions/trust/judging/why.ts';
import { cause, LOOK, OURS, trust } from './samples.ts';

const WRITTEN = { digest: digestOf(trust('api')), at: '2026-03-01T12:00:01.500Z' };
const seen = (change: Partial<PastFacts> = {}) =>
  secondsInThePast({
    trust: trust(),
    lastWritten: WRITTEN,
    cause: cause({ kind: 'AssociationCreated', at: '2026-03-01T12:00:03.000Z' }),
    propagationSeconds: 10,
    now: new Date('2026-03-01T12:00:04.000Z'),
    ...change,
  });

it.each<[string, Partial<PastFacts>, number | undefined]>([
  ['another document, soon after our write', {}, 8],
  ['our document', { trust: trust('api') }, undefined],
  ['our document in another form', { trust: JSON.stringify(JSON.parse(trust('api')), null, 2) }, undefined],
  ['nothing was ever written', { lastWritten: undefined }, undefined],
  ['long after our write', { now: new Date('2026-03-01T12:00:11.500Z') }, undefined],
  ['just before that', { now: new Date('2026-03-01T12:00:11.400Z') }, 1],
  ['somebody changed it since', { cause: cause({ at: '2026-03-01T12:00:02Z' }) }, undefined],
  ['somebody changed it in the same second', { cause: cause({ at: '2026-03-01T12:00:01Z' }) }, undefined],
  ['somebody changed it before', { cause: cause({ at: '2026-03-01T12:00:00Z' }) }, 8],
  ['the change is our own', { cause: cause({ at: '2026-03-01T12:00:02Z', actor: OURS }) }, 8],
  ['the role was made anew', { cause: cause({ kind: 'RoleCreated', at: '2026-03-01T12:00:02Z' }) }, undefined],
  ['its tags were changed since', { cause: cause({ kind: 'RoleTagsChanged', at: '2026-03-01T12:00:02Z' }) }, 8],
])('what was read is from the past: %s', (_title, change, seconds) => {
  expect(seen(change)).toBe(seconds);
});

it('waits ever longer, never longer than it makes sense, and not for ever', () => {
  let look = LOOK;
  const pauses: number[] = [];
  for (;;) {
    const next = waitOnce(look, 'because');
    if (next === undefined) break;
    pauses.push(next.waitSeconds);
    look = next.look;
  }
  expect(pauses.slice(0, 3)).toEqual([2, 2, 2]);
  expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses);
  expect([pauses.length, pauses.at(-1)]).toEqual([MOST_WAITS, 30]);
  expect(waitOnce({ ...LOOK, waits: 12 }, 'because', 3)?.waitSeconds).toBe(3);
  expect(done(look, 'because').look).toEqual(look);
});

it.each([
  [{ Error: 'States.Timeout' }, 'States.Timeout'],
  [{ Error: 'AccessDenied', Cause: '{"errorMessage":"no iam:GetRole","trace":["…"]}' }, 'AccessDenied: no iam:GetRole'],
  [{ Error: 'X', Cause: 'plain' }, 'X: plain'],
  [{ Error: 'X', Cause: 'y'.repeat(600) }, `X: ${'y'.repeat(494)}...`],
])('an error in words: %j', (error, words) => {
  expect(whyOf(error)).toBe(words);
});
