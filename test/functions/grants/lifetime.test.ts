/** When lifetimes end: durations, offsets, zones with their changes of clocks, and what is no lifetime. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endOf, Lifetime, LifetimeInvalid } from '../../../functions/grants/lifetime.ts';

const START = '2026-01-31T10:00:00.000Z';

const ENDS: readonly [what: string, lifetime: Lifetime, end: string, start?: string][] = [
  ['days', { for: 'P30D' }, '2026-03-02T10:00:00.000Z'],
  ['hours', { for: 'PT8H' }, '2026-01-31T18:00:00.000Z'],
  ['weeks and minutes', { for: 'P1WT30M' }, '2026-02-07T10:30:00.000Z'],
  ['a month without such a day ends on its last', { for: 'P1M' }, '2026-02-28T10:00:00.000Z'],
  ['in a leap year, too', { for: 'P2Y1M' }, '2028-02-29T10:00:00.000Z'],
  ['from 29 February on, a year', { for: 'P1Y' }, '2029-02-28T00:00:00.000Z', '2028-02-29T00:00:00Z'],
  ['an end in UTC', { until: '2026-12-31T17:00:00Z' }, '2026-12-31T17:00:00.000Z'],
  ['an end with an offset', { until: '2026-12-31T17:00+05:30' }, '2026-12-31T11:30:00.000Z'],
  ['local, in winter', { until: '2026-12-31T17:00', zone: 'Europe/Berlin' }, '2026-12-31T16:00:00.000Z'],
  ['local, in summer', { until: '2026-07-01T17:00:30', zone: 'Europe/Berlin' }, '2026-07-01T15:00:30.000Z'],
  ['all of a day', { until: '2026-12-31', zone: 'America/New_York' }, '2027-01-01T05:00:00.000Z'],
  ['all of a day on which clocks change', { until: '2026-03-29', zone: 'Europe/Berlin' }, '2026-03-29T22:00:00.000Z'],
  [
    'a time that comes twice: the first',
    { until: '2026-10-25T02:30', zone: 'Europe/Berlin' },
    '2026-10-25T00:30:00.000Z',
  ],
  ['a time that is skipped: before', { until: '2026-03-29T02:30', zone: 'Europe/Berlin' }, '2026-03-29T00:30:00.000Z'],
  ['a zone of half hours', { until: '2026-06-01T00:00', zone: 'Asia/Kathmandu' }, '2026-05-31T18:15:00.000Z'],
];

test.each(ENDS)('%s', (_what, lifetime, end, start = START) => {
  expect(endOf(Lifetime.parse(lifetime), start)).toBe(end);
});

const MISTAKES: readonly [lifetime: Lifetime, field: string, says: string][] = [
  [{ for: '30 days' }, 'for', 'no ISO 8601 duration'],
  [{ for: 'P' }, 'for', 'no ISO 8601 duration'],
  [{ for: 'P1DT' }, 'for', 'no ISO 8601 duration'],
  [{ for: '-P1D' }, 'for', 'no ISO 8601 duration'],
  [{ for: 'P0.5D' }, 'for', 'no ISO 8601 duration'],
  [{ for: 'PT0S' }, 'for', 'no time at all'],
  [{ for: 'P9999Y' }, 'for', 'before the year 10000'],
  [{ until: '2026-02-30T10:00:00Z' }, 'until', 'no such time'],
  [{ until: '2026-02-28T24:30:00Z' }, 'until', 'no such time'],
  [{ until: '2026-02-28T23:30:00+99:00' }, 'until', 'no such time'],
  [{ until: '2026-02-29', zone: 'Europe/Berlin' }, 'until', 'no date or time'],
  [{ until: '2026-02-28T25:00', zone: 'Europe/Berlin' }, 'until', 'no such time'],
  [{ until: 'tomorrow' }, 'until', 'no date or time'],
  [{ until: '2026-12-31' }, 'until', 'say the zone'],
  [{ until: '2026-12-31', zone: 'Berlin' }, 'zone', 'no time zone'],
  [{ until: '2026-12-31T10:00:00Z', zone: 'Europe/Berlin' }, 'zone', 'has an offset already'],
];

test.each(MISTAKES)('%j', (lifetime, field, says) => {
  expect(() => endOf(lifetime, START)).toThrow(LifetimeInvalid);
  expect(() => endOf(lifetime, START)).toThrow(says);
  expect(() => endOf(lifetime, START)).toThrow(expect.objectContaining({ field }));
});

test('a local end is what the clocks of its zone show then, unless they skip it', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC');
  const minutes = fc.integer({ min: Date.UTC(2026, 0) / 60_000, max: Date.UTC(2030, 0) / 60_000 });
  fc.assert(
    fc.property(zones, minutes, (zone, minute) => {
      const instant = new Date(minute * 60_000);
      const shown = instant.toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16).replace(' ', 'T');
      const end = new Date(endOf({ until: shown, zone }, START));
      expect(end.toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16).replace(' ', 'T')).toBe(shown);
      // Of two the first: access never lasts longer than what was said.
      expect(end.getTime()).toBeLessThanOrEqual(instant.getTime());
    }),
  );
});

test('a lifetime never ends before it starts', () => {
  const units = fc.record({
    years: fc.nat(3),
    months: fc.nat(30),
    days: fc.nat(400),
    seconds: fc.integer({ min: 1, max: 99_999 }),
  });
  fc.assert(
    fc.property(
      units,
      fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
      (unit, from) => {
        const duration = `P${unit.years}Y${unit.months}M${unit.days}DT${unit.seconds}S`;
        expect(Date.parse(endOf({ for: duration }, from.toISOString()))).toBeGreaterThan(from.getTime());
      },
    ),
  );
});
