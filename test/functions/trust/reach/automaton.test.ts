import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  arnGlobsMatch,
  compileArnGlobs,
  compileGlob,
  globMatches,
  type Symbols,
  symbolsOf,
} from '../../../../functions/policy/pattern.ts';
import {
  type Automaton,
  automatonOf,
  combinations,
  globMatchesText,
  matchedBy,
} from '../../../../functions/trust/reach/automaton.ts';
import { anyText, isName, startingWith } from '../../../../functions/trust/reach/grammar.ts';
import { arnSymbols, type Glob } from '../../../../functions/trust/reach/pattern.ts';
import { NAMESPACES, SUBDOMAINS } from '../../../../functions/trust/reach/valid-names.ts';

const glob = (text: string): Glob => ({ is: 'glob', symbols: symbolsOf(text, true), folded: false });
const like = (symbols: Symbols, text: string): boolean => globMatches(compileGlob(symbols), text);

const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 6 });
const texts = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'z'), maxLength: 8 });

/** All texts of these characters up to a length. */
const allTexts = (chars: string, longest: number): readonly string[] => {
  const found = [''];
  for (const text of found) if (text.length < longest) found.push(...[...chars].map((char) => text + char));
  return found;
};

/** The same automaton, and how many steps it was asked for. */
const counted = (automaton: Automaton): { readonly automaton: Automaton; readonly steps: () => number } => {
  let steps = 0;
  const step: Automaton['step'] = (state, char) => {
    steps += 1;
    return automaton.step(state, char);
  };
  return { automaton: { ...automaton, step }, steps: () => steps };
};

describe('the automaton', () => {
  it('matches what the policy engine matches, all patterns at once', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 5 }), texts, (written, text) => {
        const globs = written.map(glob);
        const automaton = automatonOf(globs);
        const matched = matchedBy(automaton, text);
        const each = automaton.accepts.map((bit) => (matched & bit) !== 0n);
        expect(each).toEqual(globs.map(({ symbols }) => like(symbols, text)));
        expect(each).toEqual(globs.map((one) => globMatchesText(one, text)));
      }),
      { numRuns: 3000 },
    );
  });

  it('matches ARN patterns by component, as the ARN operators do', () => {
    const arns = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 2 }), {
      minLength: 6,
      maxLength: 8,
    });
    const written = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 2 }), {
      minLength: 5,
      maxLength: 8,
    });
    const join = (parts: fc.Arbitrary<string[]>) => parts.map((each) => each.join(':'));
    fc.assert(
      fc.property(join(written), join(arns), (pattern, arn) => {
        const symbols = arnSymbols(symbolsOf(pattern, true));
        const globs = compileArnGlobs(symbolsOf(pattern, true));
        const mine = symbols !== undefined && globMatchesText({ is: 'glob', symbols, folded: false }, arn);
        expect(mine).toBe(globs !== undefined && arnGlobsMatch(globs, arn));
      }),
      { numRuns: 20_000 },
    );
  });

  it('finds every combination that short names show, and gives a shortest member for each', () => {
    const names = allTexts('ab-', 6).filter((text) => isName(NAMESPACES, text));
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 4 }), (written) => {
        const automaton = automatonOf(written.map(glob));
        const found = combinations(NAMESPACES, automaton);
        for (const [matched, member] of found) {
          expect(isName(NAMESPACES, member)).toBe(true);
          expect(matchedBy(automaton, member)).toBe(matched);
        }
        for (const name of names) {
          const shortest = found.get(matchedBy(automaton, name));
          expect(shortest?.length).toBeLessThanOrEqual(name.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('finds other members than those to be avoided, or none when there are none', () => {
    const automaton = automatonOf([glob('b?')]);
    const member = (avoid: readonly string[]) => combinations(anyText('ab'), automaton, avoid).get(automaton.accept);
    expect(member([])).toBe('ba');
    expect(member(['ba'])).toBe('bb');
    expect(member(['bb', 'ba', 'b', 'baa'])).toBeUndefined();
  });

  it('knows how long names can be', () => {
    const automaton = automatonOf([glob(`${'?'.repeat(64)}*`), glob('?'.repeat(63))]);
    const found = [...combinations(NAMESPACES, automaton).keys()];
    expect(found).toEqual([0n, automaton.accepts[1]]);
    expect(combinations(SUBDOMAINS, automaton).size).toBe(3);
    expect(combinations(startingWith('o-', 'ab', 3, 5), automatonOf([glob('o-????*'), glob('o-??????*')])).size).toBe(
      2,
    );
  });

  it('reads a text once, whatever the patterns', () => {
    const nasty = [`${'*a'.repeat(500)}*b`, `*a${'?'.repeat(900)}`, '*'.repeat(2000)].map(glob);
    const { automaton, steps } = counted(automatonOf(nasty));
    matchedBy(automaton, 'a'.repeat(2048));
    expect(steps()).toBe(2048);
  });

  it.each([
    ['prefixes', (index: number) => `team-${index}-*`],
    ['suffixes', (index: number) => `*-t${index}`],
  ])('needs steps in proportion to the patterns, where these are %s', (_, write) => {
    const stepsFor = (count: number): number => {
      const { automaton, steps } = counted(
        automatonOf(Array.from({ length: count }, (__, index) => glob(write(index)))),
      );
      combinations(NAMESPACES, automaton);
      return steps();
    };
    expect(stepsFor(160)).toBeLessThan(stepsFor(40) * 6);
  });

  it.each([
    ['a window that remembers where each `a` was', [`*a${'?'.repeat(30)}`]],
    ['all subsets of an alphabet', [...'abcdefghijklmnopqrst'].map((char) => `*${char}*`)],
    ['hundreds of patterns that each want two things', Array.from({ length: 300 }, (_, i) => `*${i}*-${i * 7}*`)],
  ])('gives up on %s, within a bound, with a reason', (_, written) => {
    const { automaton, steps } = counted(automatonOf(written.map(glob)));
    expect(() => combinations(SUBDOMAINS, automaton)).toThrow(
      expect.objectContaining({ name: 'ReachUndecided', reason: 'TooManyStates' }),
    );
    expect(steps()).toBeLessThanOrEqual(100_000);
  });

  it('takes 2^k states for `*a` and k `?`, and decides while they are few', () => {
    const windows = [2, 4, 6].map((k) => {
      const { automaton, steps } = counted(automatonOf([glob(`*a${'?'.repeat(k)}`)]));
      expect(combinations(anyText('ab'), automaton).size).toBe(2);
      return steps();
    });
    // Two letters for each of the 2^(k+1) states.
    expect(windows).toEqual([2 * 8, 2 * 32, 2 * 128]);
  });
});
