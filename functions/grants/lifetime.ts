/** How long a grant lasts: an ISO 8601 duration, or its end, with an offset or in a time zone. */

import * as z from 'zod';
import { offsetAt, zoneClock } from '../zone-clock.ts';

export const Lifetime = z.union(
  [
    z.strictObject({
      /** From the activation on: `P30D`, `PT8H`, `P1Y2M`. */
      for: z.string().max(40),
    }),
    z.strictObject({
      /** `2027-01-31T18:00:00Z`; or, in a zone, `2027-01-31T18:00`, or `2027-01-31` for all of that day. */
      until: z.string().max(40),
      /** `Europe/Berlin`, when the end has no offset. */
      zone: z.string().min(1).max(64).optional(),
    }),
  ],
  { error: 'say `for` with a duration such as P30D, or `until` with a time' },
);
export type Lifetime = z.infer<typeof Lifetime>;

/** What is wrong with a lifetime, and in which of its fields. */
export class LifetimeInvalid extends Error {
  override readonly name = 'LifetimeInvalid';
  readonly field: 'for' | 'until' | 'zone';

  constructor(field: 'for' | 'until' | 'zone', problem: string) {
    super(problem);
    this.field = field;
  }
}

/**
 * When a lifetime that starts at `start` (ISO 8601) ends, in UTC with milliseconds.
 *
 * Months end on their last day where they have no such day. A local time that comes twice when clocks go back means the
 * first; one that they skip, going forward, is taken as before the change: access never lasts longer than what was said.
 * @throws LifetimeInvalid
 */
export const endOf = (lifetime: Lifetime, start: string): string => {
  const millis = 'for' in lifetime ? after(lifetime.for, start) : until(lifetime.until, lifetime.zone);
  const field = 'for' in lifetime ? 'for' : 'until';
  if (!(millis < END_OF_TIME)) throw new LifetimeInvalid(field, 'the end is no date before the year 10000');
  return new Date(millis).toISOString();
};

const END_OF_TIME = Date.UTC(10_000, 0);
const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const DAY = 86_400_000;

const after = (duration: string, start: string): number => {
  const match = DURATION.exec(duration);
  if (match === null) {
    throw new LifetimeInvalid(
      'for',
      `${quoted(duration)} is no ISO 8601 duration of whole numbers, such as P30D or PT8H`,
    );
  }
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const from = new Date(start);
  const month = from.getUTCMonth() + years * 12 + months;
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const moved = new Date(from);
  moved.setUTCFullYear(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), lastDay));
  const millis = moved.getTime() + (weeks * 7 + days) * DAY + ((hours * 60 + minutes) * 60 + seconds) * 1000;
  if (millis <= from.getTime()) throw new LifetimeInvalid('for', `${duration} is no time at all`);
  return millis;
};

const until = (end: string, zone: string | undefined): number => {
  if (INSTANT.test(end)) {
    if (zone !== undefined) throw new LifetimeInvalid('zone', 'the end has an offset already: leave the zone out');
    if (!isDate(end.slice(0, 10)) || Number.isNaN(Date.parse(end))) {
      throw new LifetimeInvalid('until', `there is no such time as ${end}`);
    }
    return Date.parse(end);
  }
  const match = LOCAL.exec(end);
  if (match === null || !isDate(end.slice(0, 10))) {
    throw new LifetimeInvalid('until', `${quoted(end)} is no date or time such as 2027-01-31 or 2027-01-31T18:00:00Z`);
  }
  if (zone === undefined) throw new LifetimeInvalid('until', `${end} has no offset: say the zone, or end it with Z`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) throw new LifetimeInvalid('until', `there is no such time as ${end}`);
  // All of a day: until the next one begins.
  const local = Date.UTC(year, month - 1, match[4] === undefined ? day + 1 : day, hour, minute, second);
  return inZone(local, zone);
};

/** The first instant at which the clocks of the zone show what UTC shows at `local`. */
const inZone = (local: number, zone: string): number => {
  const clock = clockOf(zone);
  const offsets = [offsetAt(clock, local - DAY), offsetAt(clock, local + DAY)];
  const shown = offsets.filter((offset) => offsetAt(clock, local - offset) === offset);
  return Math.min(...(shown.length > 0 ? shown : offsets).map((offset) => local - offset));
};

const clockOf = (zone: string): Intl.DateTimeFormat => {
  try {
    return zoneClock(zone);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LifetimeInvalid('zone', `${quoted(zone)} is no time zone such as Europe/Berlin`);
  }
};

// Date rolls 31 April over to May.
const isDate = (text: string): boolean => {
  const millis = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text);
};

const quoted = (text: string): string => JSON.stringify(text);
