import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PolicyMalformed } from '../../../functions/policy/index.ts';
import { type Answer, type Ask, oracle, ours } from './differential-ask.ts';
import { LEFT_OUT, TRANSLATED } from './differential-examples.ts';
import { asks } from './differential-generate.ts';
import { DIFFERENCES, forOracle } from './differential-translate.ts';

const SEED = 20_261_121;
/** PODID_DIFFERENTIAL asks another number of them. */
const QUESTIONS = Number(process.env.PODID_DIFFERENTIAL ?? 10_000);

/** A policy that IAM would refuse to store allows nobody. */
const oursOrNobody = (ask: Ask): Answer | 'undecided' => {
  try {
    return ours(ask);
  } catch (error) {
    if (error instanceof PolicyMalformed) return 'implicitDeny';
    throw error;
  }
};

describe('functions/policy and @cloud-copilot/iam-simulate', () => {
  it(`agree on ${QUESTIONS} random questions, but for the listed differences`, () => {
    const answers = new Map<string, number>();
    fc.assert(
      fc.property(asks, (ask) => {
        const answer = ours(ask);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        return oracle(forOracle(ask)) === answer;
      }),
      { seed: SEED, numRuns: QUESTIONS },
    );
    // Questions that are all refused would agree too.
    for (const answer of ['allow', 'explicitDeny', 'implicitDeny']) {
      expect(answers.get(answer)).toBeGreaterThan(QUESTIONS / 20);
    }
  });

  it.each(TRANSLATED.map((row) => [row.name, row] as const))('differ: %s', (name, example) => {
    expect(ours(example.ask)).toBe(example.ours);
    expect(oracle(example.ask)).toBe(example.oracle);
    expect(oracle(forOracle(example.ask))).toBe(example.ours);
    expect(oracle(forOracle(example.ask, name))).toBe(example.oracle);
  });

  it.each(LEFT_OUT.map((row) => [row.name, row] as const))('differ: %s', (_name, example) => {
    expect(oursOrNobody(example.ask)).toBe(example.ours);
    expect(oracle(example.ask)).toBe(example.oracle);
  });

  it('every difference stands in docs/policy-differences.md, and nothing else does', () => {
    const text = readFileSync(new URL('../../../docs/policy-differences.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, name]) => name);
    expect(rows).toEqual([...DIFFERENCES, ...LEFT_OUT].map(({ name }) => name));
    expect(TRANSLATED.map(({ name }) => name)).toEqual(DIFFERENCES.map(({ name }) => name));
  });
});
