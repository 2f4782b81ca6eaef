/** Times as people read them, whatever time zone the machine is in. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationText, fromNow, lifetimeText, localTime, untilLifetime } from '../../cli/grants-times.ts';
import { endOf } from '../../functions/grants/index.ts';

describe.each([
  ['UTC', '2026-11-21 12:00:00 +00:00', '2026-07-01 12:00:00 +00:00'],
  ['Europe/Berlin', '2026-11-21 13:00:00 +01:00', '2026-07-01 14:00:00 +02:00'],
  ['America/St_Johns', '2026-11-21 08:30:00 -03:30', '2026-07-01 09:30:00 -02:30'],
  ['Pacific/Kiritimati', '2026-11-22 02:00:00 +14:00', '2026-07-02 02:00:00 +14:00'],
])('in %s', (tz, winter, summer) => {
  it('shows the clock and its offset', () => {
    expect(localTime('2026-11-21T12:00:00.000Z', tz)).toBe(winter);
    expect(localTime('2026-07-01T12:00:00.000Z', tz)).toBe(summer);
  });

  it('shows the instant that it was given', () => {
    const noon = { min: new Date('2000-01-01T00:00Z'), max: new Date('2100-01-01T00:00Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(noon), (date) => {
        const [day, time, offset] = localTime(date.toISOString(), tz).split(' ');
        expect(Date.parse(`${day}T${time}${offset}`)).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it('takes an end without an offset by that clock', () => {
    const lifetime = untilLifetime('2026-11-21T12:00', tz);
    expect(localTime(endOf(lifetime, '2026-01-01T00:00:00Z'), tz)).toMatch(/^2026-11-21 12:00:00 /);
  });
});

it.each([
  ['P30D', '30 days'],
  ['P1D', '1 day'],
  ['PT8H', '8 hours'],
  ['P1Y2M3W4DT5H6M7S', '1 year 2 months 3 weeks 4 days 5 hours 6 minutes 7 seconds'],
  ['P', 'P'],
  ['soon', 'soon'],
])('%s is %s', (duration, text) => {
  expect(durationText(duration)).toBe(text);
});

it.each([
  ['2026-11-21T12:01:30Z', 'in 90s'],
  ['2026-11-21T12:05:00Z', 'in 5m'],
  ['2026-11-21T20:00:00Z', 'in 8h'],
  ['2026-12-21T12:00:00Z', 'in 30d'],
  ['2026-11-21T11:55:00Z', '5m ago'],
])('%s is %s', (instant, text) => {
  expect(fromNow(instant, new Date('2026-11-21T12:00:00Z'))).toBe(text);
});

it('says how long a grant lasts', () => {
  expect(lifetimeText(undefined)).toBe('until it is revoked');
  expect(lifetimeText({ for: 'P30D' })).toBe('30 days');
  expect(lifetimeText({ until: '2027-01-31', zone: 'Europe/Berlin' })).toBe('until 2027-01-31 (Europe/Berlin)');
  expect(lifetimeText({ until: '2027-01-31T18:00:00+01:00' }, 'UTC')).toBe('until 2027-01-31 17:00:00 +00:00');
});
