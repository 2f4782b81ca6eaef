import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  arnGlobsMatch,
  type Characters,
  chunksMatch,
  compileArnGlobs,
  compileGlob,
  globMatches,
  symbolsOf,
  withinArnSegments,
} from '../../../functions/policy/pattern.ts';
import { table } from './table.ts';

type Row = { readonly why: string; readonly pattern: string; readonly resource: string; readonly expected: boolean };

const like = (pattern: string, text: string): boolean => globMatches(compileGlob(symbolsOf(pattern, true)), text);
const resource = (pattern: string, text: string): boolean =>
  globMatches(compileGlob(withinArnSegments(symbolsOf(pattern, true))), text);

/** The definition, slow and plain: what stands at the start of the pattern, and what that leaves of the text. */
const byDefinition = (pattern: string, text: string, stops: (at: number) => boolean = () => false): boolean => {
  const rest = (p: number, t: number): boolean => {
    if (p === pattern.length) return t === text.length;
    const free = !stops(p) || text[t] !== ':';
    if (pattern[p] === '*') return rest(p + 1, t) || (t < text.length && free && rest(p, t + 1));
    return t < text.length && (pattern[p] === '?' ? free : pattern[p] === text[t]) && rest(p + 1, t + 1);
  };
  return rest(0, 0);
};

const letters = (...from: string[]) => fc.string({ unit: fc.constantFrom(...from), maxLength: 12 });

describe('patterns', () => {
  it('match what the definition says', () => {
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b'), (pattern, text) => {
        expect(like(pattern, text)).toBe(byDefinition(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  it('match the text they were made from by putting wildcards in', () => {
    const piece = fc.tuple(letters('a', 'b', ':', '/'), fc.constantFrom('*', '?', ''), letters('a', ':'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const pattern = pieces.map(([before, wildcard]) => before + wildcard).join('');
        const text = pieces
          .map(([b, wildcard, run]) => b + (wildcard === '*' ? run : wildcard === '?' ? 'z' : ''))
          .join('');
        expect(like(pattern, text)).toBe(true);
      }),
    );
  });

  it('treat every other character as itself', () => {
    fc.assert(fc.property(fc.string(), (text) => like(text.replace(/[*?]/g, ''), text.replace(/[*?]/g, ''))));
    expect(like('a.c', 'abc')).toBe(false);
    expect(like('[ab]', 'a')).toBe(false);
  });

  it.each([
    ['many stars', '*a'.repeat(50), 'a'.repeat(49) + 'b'.repeat(2000)],
    ['many stars that nearly match', `${'*a'.repeat(50)}*b`, 'a'.repeat(2000)],
    ['a long chunk that nearly matches everywhere', `*${'a'.repeat(100)}b*`, 'a'.repeat(2000)],
    ['question marks', `*${'?'.repeat(100)}b*`, 'a'.repeat(2000)],
  ])('need few steps: %s', (_name, pattern, text) => {
    const glob = compileGlob(symbolsOf(pattern, true));
    if (glob.kind !== 'chunks') throw new Error('the pattern has no stars');
    let reads = 0;
    const counted: Characters = {
      length: text.length,
      charCodeAt: (index) => {
        reads += 1;
        return text.charCodeAt(index);
      },
    };
    expect(chunksMatch(glob.chunks, counted)).toBe(false);
    const longest = Math.max(...glob.chunks.map((chunk) => chunk.length));
    // Each place of the text is tried by one chunk; only the two ends are read once more.
    expect(reads).toBeLessThanOrEqual((text.length + 2) * longest + 2 * pattern.length);
  });
});

describe('resource patterns', () => {
  it.each(table<Row>('resources').map((row) => [row.why, row] as const))('%s', (_why, row) => {
    expect(resource(row.pattern, row.resource)).toBe(row.expected);
  });

  it('let a star cross colons at the end of a segment, and after the fifth colon, only', () => {
    fc.assert(
      fc.property(letters('a', ':', '*', '?'), letters('a', ':'), (pattern, text) => {
        const stops = (at: number): boolean => {
          const next = pattern[at + 1];
          const crosses = pattern[at] === '*' && (next === undefined || next === ':');
          return pattern.slice(0, at).split(':').length <= 5 && !crosses;
        };
        expect(resource(pattern, text)).toBe(byDefinition(pattern, text, stops));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ARN patterns', () => {
  it('are compared component by component', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
    const six = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(six(part), six(text), (patterns, texts) => {
        const globs = compileArnGlobs(symbolsOf(patterns.join(':'), true));
        const each = patterns.every((pattern, index) => byDefinition(pattern, texts[index] ?? ''));
        expect(globs !== undefined && arnGlobsMatch(globs, texts.join(':'))).toBe(each);
      }),
    );
  });
});
