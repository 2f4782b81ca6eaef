/** Cron schedules: what they mean in each zone, and how the API server words what it can't read. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTimeZone, lastTime, nextTime, parseSchedule } from '../../../local/kubernetes/cron.ts';

const iso = (date: Date | undefined): string | undefined => date?.toISOString().replace(':00.000Z', 'Z');

describe('the next time', () => {
  it.each([
    ['* * * * *', 'UTC', '2026-01-01T00:00:30Z', '2026-01-01T00:01Z'],
    ['*/15 * * * *', 'UTC', '2026-01-01T00:15:00Z', '2026-01-01T00:30Z'],
    ['5/20 * * * *', 'UTC', '2026-01-01T00:06:00Z', '2026-01-01T00:25Z'],
    ['0 9-17/4 * * mon-fri', 'UTC', '2026-01-02T17:00:00Z', '2026-01-05T09:00Z'],
    ['30 4 1,15 * *', 'UTC', '2026-01-01T05:00:00Z', '2026-01-15T04:30Z'],
    // Both the day of the month and of the week are given: either is enough.
    ['0 0 13 * 5', 'UTC', '2026-01-01T00:00:00Z', '2026-01-02T00:00Z'],
    ['0 0 * * ?', 'UTC', '2026-12-31T23:59:00Z', '2027-01-01T00:00Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00Z'],
    ['0 0 30 2 *', 'UTC', '2026-01-01T00:00:00Z', undefined],
    ['@monthly', 'UTC', '2026-01-01T00:00:00Z', '2026-02-01T00:00Z'],
    ['@every 90m', 'UTC', '2026-01-01T00:00:00Z', '2026-01-01T01:30Z'],
    ['0 9 * * *', 'America/New_York', '2026-07-01T00:00:00Z', '2026-07-01T13:00Z'],
    ['0 9 * * *', 'Asia/Kolkata', '2026-07-01T00:00:00Z', '2026-07-01T03:30Z'],
    // Clocks are set forward over it: that day has no such time.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T00:30Z'],
    // Set back: an hour that comes twice counts twice.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T00:30Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30Z'],
    ['*/15 * * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:45Z'],
  ])('%s in %s after %s', (text, zone, after, expected) => {
    expect(iso(nextTime(parseSchedule(text), zone, new Date(after)))).toBe(expected);
  });
});

describe('what is no schedule', () => {
  it.each([
    ['', 'empty spec string'],
    ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'too many slashes: */2/3'],
    ['* a * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['@never', 'unrecognized descriptor: @never'],
  ])('%p', (text, message) => expect(() => parseSchedule(text)).toThrow(message));

  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Mars/Base', false],
  ])('time zone %s: %p', (zone, expected) => expect(isTimeZone(zone)).toBe(expected));
});

it('the last time is the last of the next times', () => {
  const texts = fc.constantFrom('* * * * *', '*/7 * * * *', '0 */5 * * *', '15 3 * * 1', '@every 95s', '0 0 30 2 *');
  const spans = fc.tuple(texts, fc.constantFrom('UTC', 'Europe/Berlin'), fc.nat(20_000_000), fc.nat(400 * 60_000));
  fc.assert(
    fc.property(spans, ([text, zone, offset, length]) => {
      const since = new Date(Date.parse('2026-10-24T00:00:00Z') + offset);
      const now = new Date(since.getTime() + length);
      const schedule = parseSchedule(text);
      let expected: Date | undefined;
      for (let next = nextTime(schedule, zone, since); next !== undefined && next <= now; ) {
        expected = next;
        next = nextTime(schedule, zone, next);
      }
      const found = lastTime(schedule, zone, since, now);
      // `@every` counts from whole seconds: either way the last one is less than a period ago.
      if ('every' in schedule) expect(found === undefined).toBe(expected === undefined);
      else expect(iso(found)).toBe(iso(expected));
    }),
    { numRuns: 60 },
  );
});
