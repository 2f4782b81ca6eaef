/** Cron schedules as Kubernetes reads them (github.com/robfig/cron, standard parser): five fields, or a descriptor. */
import { offsetAt, zoneClock } from '../../functions/zone-clock.ts';
import { parseDuration } from './duration.ts';

/** A minute of a day; or, for `@every`, a pause in milliseconds. */
export type Schedule = { every: number } | { fields: readonly Field[] };

type Field = { values: ReadonlySet<number>; any: boolean };
type Bounds = { min: number; max: number; names: readonly string[] };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE = { min: 0, max: 59, names: [] };
const BOUNDS: readonly Bounds[] = [
  MINUTE,
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** A schedule that can't be read; the message is what the API server says of it. */
export class ScheduleInvalid extends Error {
  override readonly name = 'ScheduleInvalid';
}

/** @throws ScheduleInvalid */
export const parseSchedule = (text: string): Schedule => {
  if (text === '') throw new ScheduleInvalid('empty spec string');
  if (text.startsWith('@every ')) return { every: everyMillis(text.slice('@every '.length)) };
  const spec = text.startsWith('@') ? DESCRIPTORS[text] : text;
  if (spec === undefined) throw new ScheduleInvalid(`unrecognized descriptor: ${text}`);
  const words = spec.split(/\s+/).filter((word) => word !== '');
  if (words.length !== BOUNDS.length) {
    throw new ScheduleInvalid(`expected exactly ${BOUNDS.length} fields, found ${words.length}: [${words.join(' ')}]`);
  }
  return { fields: words.map((word, index) => parseField(word, BOUNDS[index] ?? MINUTE)) };
};

const everyMillis = (text: string): number => {
  const millis = parseDuration(text);
  if (millis === undefined) {
    throw new ScheduleInvalid(
      `failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`,
    );
  }
  return Math.max(1_000, Math.floor(millis / 1_000) * 1_000);
};

const parseField = (word: string, bounds: Bounds): Field => {
  const ranges = word
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parseRange(part, bounds));
  return { values: new Set(ranges.flatMap(({ values }) => values)), any: ranges.some(({ any }) => any) };
};

const parseRange = (text: string, bounds: Bounds): { values: number[]; any: boolean } => {
  const [range = '', stepText, ...more] = text.split('/');
  const [low = '', high, ...rest] = range.split('-');
  const star = low === '*' || low === '?';
  if (rest.length > 0) throw new ScheduleInvalid(`too many hyphens: ${text}`);
  const start = star ? bounds.min : parseNumber(low, bounds);
  const end = star ? bounds.max : high === undefined ? start : parseNumber(high, bounds);
  if (more.length > 0) throw new ScheduleInvalid(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText, MINUTE);
  // `5/15` is from five on, to the end.
  const last = stepText !== undefined && high === undefined ? bounds.max : end;
  if (start < bounds.min) {
    throw new ScheduleInvalid(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  }
  if (last > bounds.max) throw new ScheduleInvalid(`end of range (${last}) above maximum (${bounds.max}): ${text}`);
  if (start > last) throw new ScheduleInvalid(`beginning of range (${start}) beyond end of range (${last}): ${text}`);
  if (step === 0) throw new ScheduleInvalid(`step of range should be a positive number: ${text}`);
  const values: number[] = [];
  for (let value = start; value <= last; value += step) values.push(value);
  return { values, any: star && step === 1 };
};

const parseNumber = (text: string, { names, min }: Bounds): number => {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new ScheduleInvalid(`failed to parse int from ${text}: ${why}`);
  }
  const value = Number(text);
  if (value < 0) throw new ScheduleInvalid(`negative number (${value}) not allowed: ${text}`);
  return value;
};

/** Whether a time zone is one of the tz database. */
export const isTimeZone = (zone: string): boolean => {
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
};

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;
/** A schedule such as `0 0 30 2 *` has no next time; February 29 comes within eight years. */
const HORIZON_DAYS = 8 * 366;

/**
 * The first time after an instant, to the minute, by the clocks of a zone; undefined when there is none. A time that the
 * clocks skip is left out, one that they show twice counts twice.
 */
export const nextTime = (schedule: Schedule, zone: string, after: Date): Date | undefined => {
  if ('every' in schedule) return new Date(Math.floor(after.getTime() / 1_000) * 1_000 + schedule.every);
  let from = (Math.floor(after.getTime() / MINUTE_MILLIS) + 1) * MINUTE_MILLIS;
  for (;;) {
    const offset = offsetAt(clockOf(zone), from);
    const wall = nextWall(schedule.fields, from + offset);
    if (wall === undefined) return undefined;
    const instant = wall - offset;
    if (offsetAt(clockOf(zone), instant) === offset) return new Date(instant);
    // The clocks are set in between: from there on it is another calculation.
    from = changeOf(offset, zone, from, instant);
  }
};

/** The first matching time of a wall clock, from one on. */
const nextWall = (fields: readonly Field[], from: number): number | undefined => {
  const [minutes, hours, days, months, weekdays] = fields;
  const today = Math.floor(from / DAY_MILLIS) * DAY_MILLIS;
  for (let count = 0; count <= HORIZON_DAYS; count++) {
    const midnight = today + count * DAY_MILLIS;
    const date = new Date(midnight);
    const isDay = days?.values.has(date.getUTCDate()) ?? false;
    const isWeekday = weekdays?.values.has(date.getUTCDay()) ?? false;
    // Where both say something, either is enough.
    const matches = days?.any || weekdays?.any ? isDay && isWeekday : isDay || isWeekday;
    if (!matches || !months?.values.has(date.getUTCMonth() + 1)) continue;
    for (const hour of ascending(hours)) {
      for (const minute of ascending(minutes)) {
        const wall = midnight + (hour * 60 + minute) * MINUTE_MILLIS;
        if (wall >= from) return wall;
      }
    }
  }
  return undefined;
};

/** The first minute with another offset, between two instants. */
const changeOf = (offset: number, zone: string, from: number, to: number): number => {
  let [low, high] = [from, to];
  while (high - low > MINUTE_MILLIS) {
    const middle = Math.floor((low + high) / 2 / MINUTE_MILLIS) * MINUTE_MILLIS;
    if (offsetAt(clockOf(zone), middle) === offset) low = middle;
    else high = middle;
  }
  return high;
};

/** The last time up to now, if there was one after `since`; times missed in between don't count. */
export const lastTime = (schedule: Schedule, zone: string, since: Date, now: Date): Date | undefined => {
  const due = (instant: number): Date | undefined => {
    const next = nextTime(schedule, zone, new Date(instant));
    return next !== undefined && next <= now ? next : undefined;
  };
  if ('every' in schedule) {
    const rounds = Math.floor((now.getTime() - since.getTime()) / schedule.every);
    return rounds < 1 ? undefined : due(since.getTime() + (rounds - 1) * schedule.every);
  }
  let [low, high] = [since.getTime(), now.getTime()];
  let found = due(low);
  // From an instant on nothing more is due: that one is looked for by halves.
  while (found !== undefined && high - low > MINUTE_MILLIS) {
    const middle = Math.floor((low + high) / 2);
    const later = due(middle);
    if (later === undefined) high = middle;
    else [low, found] = [middle, later];
  }
  return found;
};

const ascending = (field: Field | undefined): number[] => [...(field?.values ?? [])].sort((a, b) => a - b);

const clocks = new Map<string, Intl.DateTimeFormat>();

const clockOf = (zone: string): Intl.DateTimeFormat => {
  const clock = clocks.get(zone) ?? zoneClock(zone);
  clocks.set(zone, clock);
  return clock;
};
