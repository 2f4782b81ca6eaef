import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { valueAt } from '../../../../local/services/events/input.ts';
import { nextTime } from '../../../../local/services/events/schedule.ts';

// A Wednesday.
const NOW = new Date('2026-07-01T10:07:30Z');

describe('schedules', () => {
  it.each([
    ['rate(1 minute)', '2026-07-01T10:08:30.000Z'],
    ['rate(6 hours)', '2026-07-01T16:07:30.000Z'],
    ['rate(2 days)', '2026-07-03T10:07:30.000Z'],
    ['cron(0/15 * * * ? *)', '2026-07-01T10:15:00.000Z'],
    ['cron(0 10 * * ? *)', '2026-07-02T10:00:00.000Z'],
    ['cron(15 12 ? * MON-FRI *)', '2026-07-01T12:15:00.000Z'],
    ['cron(0 8 1 * ? *)', '2026-08-01T08:00:00.000Z'],
    ['cron(0 18 ? * SUN *)', '2026-07-05T18:00:00.000Z'],
    ['cron(30 0 29 FEB ? *)', '2028-02-29T00:30:00.000Z'],
    ['cron(5,10 9-11 * JUL,DEC ? 2026)', '2026-07-01T10:10:00.000Z'],
  ])('%s', (expression, expected) => {
    expect(nextTime(expression, NOW)?.toISOString()).toBe(expected);
  });

  it('has no time after the last year', () => {
    expect(nextTime('cron(0 0 * * ? 2025)', NOW)).toBeUndefined();
  });

  it.each([
    'rate(1 minutes)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'cron(* * * * * *)',
    'cron(0 25 * * ? *)',
    'cron(0 0 L * ? *)',
    'every day',
  ])('refuses %s', (expression) => {
    expect(() => nextTime(expression, NOW)).toThrow(expect.objectContaining({ name: 'InvalidSchedule' }));
  });

  it('always goes on, to a whole minute', () => {
    const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), (now, minute, hour) => {
        const next = nextTime(`cron(${minute} ${hour} * * ? *)`, now);
        expect(next && next > now && next.getTime() - now.getTime() <= 86_400_000).toBe(true);
        expect([next?.getUTCMinutes(), next?.getUTCHours(), next?.getUTCSeconds()]).toEqual([minute, hour, 0]);
      }),
    );
  });
});

describe('paths into an event', () => {
  const event = { detail: { list: [{ 'a-b': 1 }], 'with.dot': 2 }, 'detail-type': 'x' };
  it.each([
    ['$', event],
    ['$.detail-type', 'x'],
    ['$.detail.list[0].a-b', 1],
    ["$.detail['with.dot']", 2],
    ['$.detail.none.more', undefined],
    ['$.constructor', undefined],
  ])('%s', (path, expected) => {
    expect(valueAt(event, path)).toEqual(expected);
  });
});
