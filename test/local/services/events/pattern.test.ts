import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern, InvalidEventPattern } from '../../../../local/services/events/pattern.ts';

const vectors = path.join(import.meta.dirname, '../../../../../shared/vectors/event-patterns.jsonl');

describe('event patterns', () => {
  (existsSync(vectors) ? it : it.skip)("agree with AWS's matcher on every shared vector", () => {
    const rows = readFileSync(vectors, 'utf8').trim().split('\n');
    const wrong = rows.filter((row) => {
      const { pattern, event, expected } = JSON.parse(row);
      return compilePattern(pattern)(event) !== expected;
    });
    expect(rows.length).toBeGreaterThanOrEqual(400);
    expect(wrong).toEqual([]);
  });

  it.each<[why: string, pattern: unknown, event: unknown, expected: boolean]>([
    ['an exact string', { source: ['aws.eks'] }, { source: 'aws.eks' }, true],
    ['a number is no string', { n: [300] }, { n: '300' }, false],
    ['a leaf exists when it is null', { a: [{ exists: true }] }, { a: null }, true],
    ['an object is no leaf', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
    ['an empty array has no leaf', { a: [{ exists: true }] }, { a: [] }, false],
    ['absent below a missing parent', { a: { b: [{ exists: false }] } }, {}, true],
    ['absent or a value', { a: [{ exists: false }, 'x'] }, { a: 'y' }, false],
    ['anything-but needs the field', { a: [{ 'anything-but': 'x' }] }, {}, false],
    ['null is anything but x', { a: [{ 'anything-but': 'x' }] }, { a: null }, true],
    ['one differing element is enough', { a: [{ 'anything-but': ['x'] }] }, { a: ['x', 'y'] }, true],
    ['a number is anything but a prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 5 }, true],
    [
      'key and value in one element',
      { t: { k: ['a'], v: ['1'] } },
      {
        t: [
          { k: 'a', v: '2' },
          { k: 'b', v: '1' },
        ],
      },
      false,
    ],
    [
      'key and value in the second element',
      { t: { k: ['b'], v: ['1'] } },
      {
        t: [
          { k: 'a', v: '2' },
          { k: 'b', v: '1' },
        ],
      },
      true,
    ],
    ['an escaped star', { a: [{ wildcard: 'a\\*b*' }] }, { a: 'a*bc' }, true],
    ['stars may be empty', { a: [{ wildcard: 'a*b*c' }] }, { a: 'abc' }, true],
    ['pieces may not overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
    ['an address in a block', { ip: [{ cidr: '10.0.0.0/8' }] }, { ip: '10.1.2.3' }, true],
    ['IPv6', { ip: [{ cidr: '2001:db8::/32' }] }, { ip: '2001:db8:1::1' }, true],
    ['a host name is no address', { ip: [{ cidr: '0.0.0.0/0' }] }, { ip: 'eks.amazonaws.com' }, false],
    ['a range', { n: [{ numeric: ['>', 0, '<=', 5] }] }, { n: 5 }, true],
    ['either branch', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
    ['inherited names are no fields', { constructor: [{ exists: true }] }, {}, false],
  ])('%s', (_, pattern, event, expected) => {
    expect(compilePattern(pattern)(event)).toBe(expected);
  });

  it.each<[why: string, pattern: unknown, path: string]>([
    ['not JSON', '{', '$'],
    ['not an object', [], '$'],
    ['empty', {}, '$'],
    ['an empty array', { a: [] }, '$.a'],
    ['a bare value', { a: 'x' }, '$.a'],
    ['an object inside of an array', { a: [{ b: 1, c: 2 }] }, '$.a[0]'],
    ['an unknown operator', { a: [{ like: 'x' }] }, '$.a[0]'],
    ['two stars', { a: [{ wildcard: 'x**' }] }, '$.a[0].wildcard'],
    ['$or of one', { $or: [{ a: [1] }] }, '$.$or'],
    ['a large number', { a: [{ numeric: ['<', 6e9] }] }, '$.a[0].numeric'],
    ['an upside-down range', { a: [{ numeric: ['>', 5, '<', 1] }] }, '$.a[0].numeric'],
    ['a bad block', { a: [{ cidr: '10.0.0.0/33' }] }, '$.a[0].cidr'],
    ['mixed types', { a: [{ 'anything-but': ['x', 1] }] }, '$.a[0].anything-but'],
  ])('refuses %s', (_, pattern, at) => {
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ name: 'InvalidEventPattern', path: at }));
  });

  it('matches a wildcard exactly when the same regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 5 }), letters, (pieces, leaf) => {
        const pattern = pieces.join('*').replaceAll(/\*+/g, '*');
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(leaf);
        expect(compilePattern({ a: [{ wildcard: pattern }] })({ a: leaf })).toBe(expected);
      }),
    );
  });

  it('answers or refuses by name, whatever it is given', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (pattern, event) => {
        try {
          expect(typeof compilePattern(pattern)(JSON.parse(event))).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEventPattern);
        }
      }),
    );
  });
});
