/** The breaker: number, share, window, latch; and that of many at once no more get through than may. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acknowledgeBreaker, type Breaker, count, UNTOUCHED } from '../../../../functions/drift/reconcile/index.ts';

const SETTINGS = { windowSeconds: 600, identities: 3, percent: 50, percentFrom: 3 };
const names = (...numbers: number[]) => numbers.map((each) => `sa-${each}`);

const run = (steps: readonly (readonly [identities: number[], seconds: number])[], associations = 100) => {
  let breaker: Breaker = UNTOUCHED;
  return steps.map(([identities, seconds]) => {
    const after = count(breaker, names(...identities), seconds * 1000, SETTINGS, associations);
    breaker = after.breaker;
    return after.refused === undefined;
  });
};

const CASES: [what: string, steps: [number[], number][], passes: boolean[], associations?: number][] = [
  [
    'as many as may',
    [
      [[1], 0],
      [[2], 1],
      [[3], 2],
    ],
    [true, true, true],
  ],
  [
    'one more',
    [
      [[1], 0],
      [[2], 1],
      [[3], 2],
      [[4], 3],
    ],
    [true, true, true, false],
  ],
  ['a plan that touches too many by itself', [[[1, 2, 3, 4], 0]], [false]],
  [
    'the same again counts once',
    [
      [[1, 2, 3], 0],
      [[1], 1],
      [[2, 3], 2],
    ],
    [true, true, true],
  ],
  [
    'what was before the window is forgotten',
    [
      [[1, 2, 3], 0],
      [[4], 600],
    ],
    [true, true],
  ],
  [
    'what is in the window is not',
    [
      [[1, 2, 3], 0],
      [[4], 599],
    ],
    [true, false],
  ],
  [
    'tripped, it stays so, also for those who were through',
    [
      [[1, 2, 3], 0],
      [[4], 1],
      [[1], 9_999],
    ],
    [true, false, false],
  ],
  [
    'the share of a small cluster',
    [
      [[1], 0],
      [[2], 0],
      [[3], 0],
    ],
    [true, true, false],
    5,
  ],
  [
    'half is not more than half',
    [
      [[1], 0],
      [[2], 0],
      [[3], 0],
    ],
    [true, true, true],
    6,
  ],
  [
    'below the number from which shares count',
    [
      [[1], 0],
      [[2], 0],
    ],
    [true, true],
    2,
  ],
];

test.each(CASES)('%s', (_what, steps, passes, associations = 100) => {
  expect(run(steps, associations)).toEqual(passes);
});

test('a person lets it go on, and counting begins anew', () => {
  const { breaker } = count(UNTOUCHED, names(1, 2, 3, 4), 0, SETTINGS, 100);
  expect(breaker.tripped).toMatchObject({
    identities: 4,
    because: expect.stringContaining('4 identities would be touched within 600 s'),
  });
  const after = acknowledgeBreaker(breaker, 'ops', 1);
  expect(after).toEqual({ generation: 1, touched: {}, acknowledged: { by: 'ops', at: 1 } });
  expect(count(after, names(1, 2, 3), 2, SETTINGS, 100).refused).toBeUndefined();
  expect(acknowledgeBreaker(after, 'ops', 3)).toBe(after);
});

test('whatever comes, no more identities get through within a window than may', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }), fc.nat(50)), { maxLength: 30 }),
      (steps) => {
        let [breaker, now]: [Breaker, number] = [UNTOUCHED, 0];
        const through: [string, number][] = [];
        for (const [identities, seconds] of steps) {
          now += seconds * 1000;
          const after = count(breaker, names(...identities), now, SETTINGS, 100);
          breaker = after.breaker;
          if (after.refused === undefined) for (const name of names(...identities)) through.push([name, now]);
          const lately = through.filter(([, at]) => at > now - 600_000).map(([name]) => name);
          expect(new Set(lately).size).toBeLessThanOrEqual(3);
        }
      },
    ),
  );
});
