import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob, globMatches, RUN, symbolsOf } from '../../../../functions/policy/pattern.ts';
import { RUN_IN_COMPONENT, showSymbols } from '../../../../functions/trust/reach/pattern.ts';
import { type Shape, splitsOf } from '../../../../functions/trust/reach/split.ts';

const NAME = {};
const SUBJECT: Shape = ['s:', NAME, ':', NAME];
const EXTERNAL_ID: Shape = [NAME, '/11/', NAME, '/', NAME];

const like = (pattern: string, text: string): boolean => globMatches(compileGlob(symbolsOf(pattern, true)), text);
const written = (pattern: string, shape: Shape): readonly (readonly string[])[] =>
  splitsOf(symbolsOf(pattern, true), shape, false).map((split) => split.map(showSymbols));

const names = fc.string({ unit: fc.constantFrom('a', 'b', '1'), minLength: 1, maxLength: 3 });

const agree = (shape: Shape, separators: string): void => {
  const patterns = fc.string({ unit: fc.constantFrom('a', 's', '1', '*', '?', ...separators), maxLength: 9 });
  const start =
    typeof shape[0] === 'string' ? fc.constantFrom('', 's:', 's:*', '*') : fc.constantFrom('', '*/11/', '?/11/*');
  fc.assert(
    fc.property(start, patterns, fc.array(names, { minLength: 3, maxLength: 3 }), (head, tail, given) => {
      const pattern = head + tail;
      let at = 0;
      const parts = shape.map((part) => (typeof part === 'string' ? part : (given[at++] ?? '')));
      const those = given.slice(0, at);
      const byNames = written(pattern, shape).some((split) =>
        split.every((one, index) => like(one, those[index] ?? '')),
      );
      expect(byNames).toBe(like(pattern, parts.join('')));
    }),
    { numRuns: 5000 },
  );
};

describe('splitting a pattern over joined names', () => {
  it('says the same of the names as the pattern says of their text', () => {
    agree(SUBJECT, ':');
    agree(EXTERNAL_ID, '/');
    agree([NAME, ':a'], ':');
  });

  it('is one split for what people write', () => {
    expect(written('s:pay:api', SUBJECT)).toEqual([['pay', 'api']]);
    expect(written('s:pay-*:api', SUBJECT)).toEqual([['pay-*', 'api']]);
    expect(written('s:pay-*', SUBJECT)).toEqual([['pay-*', '*']]);
    expect(written('x:pay:api', SUBJECT)).toEqual([]);
    expect(written('s:pay', SUBJECT)).toEqual([]);
  });

  it('lets no wildcard of an ARN operator go over a colon', () => {
    const splits = (symbols: readonly number[]) =>
      splitsOf(symbols, ['a:b:', NAME], false).map((split) => split.map(showSymbols));
    expect(splits([RUN, ...symbolsOf('x', false)])).toContainEqual(['x']);
    expect(splits([RUN_IN_COMPONENT, ...symbolsOf('x', false)])).toEqual([]);
    expect(splits([...symbolsOf('a:', false), RUN_IN_COMPONENT, ...symbolsOf(':x', false)])).toEqual([['x']]);
  });

  it('gives up on patterns that can be read in too many ways', () => {
    const shape: Shape = [NAME, '/', NAME, '/', NAME, '/', NAME, '/', NAME];
    expect(() => splitsOf(symbolsOf('*a'.repeat(40), true), shape, false)).toThrow(
      expect.objectContaining({ name: 'ReachUndecided', reason: 'TooManySplits' }),
    );
  });
});
