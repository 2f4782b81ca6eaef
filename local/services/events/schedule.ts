/** `rate(…)` and `cron(…)` of scheduled rules: when they fire next. Pure; times are UTC. */

/** The schedule expression is not valid. */
export class InvalidSchedule extends Error {
  override readonly name = 'InvalidSchedule';
}

const MINUTE_MS = 60_000;
const UNIT_MS = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS } as const;

/** The next time after `now`; a rate counts from `now`. Undefined when a cron expression has no time left. */
export const nextTime = (expression: string, now: Date): Date | undefined => {
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate !== null) {
    const [, count = '', unit, plural] = rate;
    if ((count === '1') === (plural === 's')) throw new InvalidSchedule(`${expression}: "1 minute", but "2 minutes"`);
    const ms = unit === 'minute' ? UNIT_MS.minute : unit === 'hour' ? UNIT_MS.hour : UNIT_MS.day;
    return new Date(now.getTime() + Number(count) * ms);
  }
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (cron === null) throw new InvalidSchedule(`${expression}: neither rate(…) nor cron(…)`);
  return nextCron(expression, (cron[1] ?? '').trim().split(/\s+/), now);
};

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** How far ahead a time is looked for. */
const MOST_DAYS = 366 * 5;

const nextCron = (expression: string, fields: readonly string[], now: Date): Date | undefined => {
  const [minute, hour, day, month, weekday, year] = fields;
  if (fields.length !== 6 || (day === '?') === (weekday === '?')) {
    throw new InvalidSchedule(`${expression}: six fields, with ? for either the day of the month or that of the week`);
  }
  const minutes = range(expression, minute, 0, 59);
  const hours = range(expression, hour, 0, 23);
  const days = range(expression, day, 1, 31);
  const months = range(expression, month, 1, 12, MONTHS);
  const weekdays = range(expression, weekday, 1, 7, DAYS);
  const years = range(expression, year, 1970, 2199);
  const first = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
  for (let ahead = 0; ahead < MOST_DAYS; ahead++) {
    const date = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate() + ahead));
    const fits =
      years.has(date.getUTCFullYear()) &&
      months.has(date.getUTCMonth() + 1) &&
      days.has(date.getUTCDate()) &&
      weekdays.has(date.getUTCDay() + 1);
    if (!fits) continue;
    for (const atHour of hours) {
      for (const atMinute of minutes) {
        const time = new Date(date.getTime() + atHour * UNIT_MS.hour + atMinute * MINUTE_MS);
        if (time >= first) return time;
      }
    }
  }
  return undefined;
};

/** The values of a field, in order: `*`, `?`, `1,5`, `1-5`, `0/15`, names. */
const range = (
  expression: string,
  field: string | undefined,
  low: number,
  high: number,
  names: readonly string[] = [],
) => {
  const value = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const number = named >= 0 ? named + low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= low && number <= high)) throw new InvalidSchedule(`${expression}: ${text} in ${field}`);
    return number;
  };
  const values = (field ?? '').split(',').flatMap((part) => {
    const [span = '', step] = part.split('/');
    const [from = '', to] = span.split('-');
    const every = span === '*' || span === '?';
    const start = every ? low : value(from);
    const end = every || (step !== undefined && to === undefined) ? high : value(to ?? from);
    const by = step === undefined ? 1 : Number(step);
    if (!(by >= 1)) throw new InvalidSchedule(`${expression}: step ${step}`);
    return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, index) => start + index * by);
  });
  return new Set(values.sort((a, b) => a - b));
};
