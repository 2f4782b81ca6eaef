import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readInstant } from '../../../functions/changes/instants.ts';

describe("CloudTrail's times", () => {
  it.each<[value: unknown, instant: string | undefined, why: string]>([
    [1772359200, '2026-03-01T10:00:00.000Z', 'seconds'],
    [1772359200.123, '2026-03-01T10:00:00.123Z', 'seconds and a fraction'],
    [1772359200123, '2026-03-01T10:00:00.123Z', 'milliseconds'],
    ['1772359200.123', '2026-03-01T10:00:00.123Z', 'seconds as text'],
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z', 'ISO'],
    ['2026-03-01T11:00:00.5+01:00', '2026-03-01T10:00:00.500Z', 'ISO with an offset'],
    ['2026-03-01T10:00:00+0000', '2026-03-01T10:00:00.000Z', 'an offset without a colon'],
    ['May 31, 2023 4:56:44 AM', '2023-05-31T04:56:44.000Z', "IAM's responses"],
    ['May 31, 2023, 4:56:44\u202fPM', '2023-05-31T16:56:44.000Z', 'newer JDKs'],
    ['Dec 1, 2023 12:00:00 AM', '2023-12-01T00:00:00.000Z', 'midnight'],
    ['Dec 1, 2023 12:30:00 PM', '2023-12-01T12:30:00.000Z', 'noon'],
    ['2026-03-01', undefined, 'a date without a time'],
    ['2026-03-01T10:00:00', undefined, 'no zone: whose?'],
    ['2026-13-01T10:00:00Z', undefined, 'no such month'],
    ['Foo 31, 2023 4:56:44 AM', undefined, 'no such month either'],
    ['yesterday', undefined, 'words'],
    ['1', undefined, 'a number too small for a time'],
    [-1, undefined, 'before 1970'],
    [1e300, undefined, 'beyond all years'],
    [Number.NaN, undefined, 'not a number'],
    [null, undefined, 'null'],
    [{}, undefined, 'an object'],
  ])('%j is %s (%s)', (value, expected) => {
    expect(readInstant(value)).toBe(expected);
  });

  it('never throw, and give text whose order is the order of time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.date({ noInvalidDate: true }).map(String)), (value) => {
        const instant = readInstant(value);
        if (instant !== undefined) expect(instant).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      }),
    );
  });
});
