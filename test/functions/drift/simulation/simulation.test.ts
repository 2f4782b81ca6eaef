/** A thousand random fleets, and what must hold of each; and that each rule of the protocol is needed: without it, something does not hold. */
import { expect, test } from '@jest/globals';
import type { Rule } from './podid.ts';
import { type Outcome, simulate } from './run.ts';

const SEEDS = Array.from({ length: 1_000 }, (_, seed) => seed);

test('whatever comes, duplicated, shuffled, late or not at all: the fleet is as wanted, and nothing is written that need not be', () => {
  const bad: string[] = [];
  let [writes, changes] = [0, 0];
  for (const seed of SEEDS) {
    const outcome = simulate(seed);
    writes += outcome.writes;
    changes += outcome.changes;
    for (const violation of outcome.violations) bad.push(`seed ${seed}: ${violation}`);
  }
  expect(bad).toEqual([]);
  // A simulation in which nothing happens proves nothing.
  expect(changes).toBeGreaterThan(5_000);
  expect(writes).toBeGreaterThan(2_000);
});

const NEEDED: [rule: Rule, what: string, breaks: string][] = [
  ['settle', 'the settle window', 'too many writes'],
  ['compare', 'comparing with what the plan was made from', 'led away'],
  ['lease', 'the lease, which grants take too', 'led away'],
  ['intents', 'what running executions intend', 'led away'],
  ['generation', 'the generation of the dirty marker', 'left for the sweep'],
  ['breaker', 'counting by the same write that judges', 'breaker'],
  ['echo', 'looking also after our own changes', 'left for the sweep'],
  ['fights', 'stopping a fight', 'fought on'],
  ['attempts', 'counting changes, not attempts', 'no fight'],
];

test.each(NEEDED)('without "%s" (%s) some seed shows: %s', (rule, _what, breaks) => {
  const shows = ({ violations }: Outcome) => violations.some((violation) => violation.startsWith(breaks));
  expect(SEEDS.some((seed) => shows(simulate(seed, new Set([rule]))))).toBe(true);
});

test('the same seed is the same run', () => {
  expect(simulate(7)).toEqual(simulate(7));
});
