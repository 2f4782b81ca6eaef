import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeSize, replacementSize } from '../../../../functions/trust/tighten/change-size.ts';

describe('changeSize', () => {
  it.each([
    ['nothing', { a: 1 }, { a: 1 }, 0],
    ['a member that comes', {}, { a: 1 }, '{"a":1}'.length],
    ['a member that goes', { a: 1 }, {}, '{"a":1}'.length],
    ['a value', { a: 'x' }, { a: 'yy' }, '"x"'.length + '"yy"'.length],
    ['a value out of a list', { a: ['x', 'yy'] }, { a: 'x' }, '"yy"'.length],
    ['another order', { a: ['x', 'y'], b: 1 }, { b: 1, a: ['y', 'x'] }, 0],
    ['one of two equal values', ['x', 'x'], ['x'], '"x"'.length],
    ['a member that every object inherits', {}, { toString: 1 }, '{"toString":1}'.length],
    ['a member deep inside', { a: { b: { c: 1 } } }, { a: { b: { c: 1, d: 2 } } }, '{"d":2}'.length],
  ] as const)('counts %s', (_what, before, after, size) => {
    expect(changeSize(before, after)).toBe(size);
  });

  it('is the same in both directions, and nothing only between equals', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (a, b) => {
        const [before, after]: unknown[] = [JSON.parse(a), JSON.parse(b)];
        expect(changeSize(before, after)).toBe(changeSize(after, before));
        expect(changeSize(before, before)).toBe(0);
      }),
    );
  });

  it('of a statement that becomes several counts the one that it is still like', () => {
    const statement = { Sid: 'A', Action: 'x' };
    expect(replacementSize(statement, [{ Sid: 'B' }, { Sid: 'A', Action: 'y' }])).toBe(
      '"x"'.length + '"y"'.length + '{"Sid":"B"}'.length,
    );
    expect(replacementSize(statement, [])).toBe('{"Sid":"A","Action":"x"}'.length);
  });
});
