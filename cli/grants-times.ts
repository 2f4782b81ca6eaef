/** Times as a person reads them: their own clock with its offset, and durations in words. Pure but for the machine's time zone. */
import type { Lifetime } from '../functions/grants/lifetime.ts';

/** `2026-11-21 15:04:05 +01:00`, by the clock of a time zone: this machine's (TZ), unless another is named. */
export const localTime = (instant: string, zone = zoneHere()): string => {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const parts = new Map(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  // `GMT+01:00`; at zero, `GMT` alone.
  const offset = part('timeZoneName').slice('GMT'.length) || '+00:00';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`;
};

/** `in 29d`, `5m ago`, of an instant beside `now`. */
export const fromNow = (instant: string, now: Date): string => {
  const seconds = Math.round((Date.parse(instant) - now.getTime()) / 1000);
  const size = short(Math.abs(seconds));
  return seconds > 0 ? `in ${size}` : `${size} ago`;
};

/** How long a grant lasts: `30 days`, `until 2027-01-31 (Europe/Berlin)`, `until it is revoked`. */
export const lifetimeText = (lifetime: Lifetime | undefined, zone = zoneHere()): string => {
  if (lifetime === undefined) return 'until it is revoked';
  if ('for' in lifetime) return durationText(lifetime.for);
  if (lifetime.zone !== undefined) return `until ${lifetime.until} (${lifetime.zone})`;
  return `until ${localTime(lifetime.until, zone)}`;
};

/** An ISO 8601 duration in words: `P30D` is `30 days`; what isn't one stays as it is. */
export const durationText = (duration: string): string => {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  const parts = (match?.slice(1) ?? []).flatMap((count, index) =>
    count === undefined ? [] : [`${Number(count)} ${UNITS[index]}${Number(count) === 1 ? '' : 's'}`],
  );
  return parts.length === 0 ? duration : parts.join(' ');
};

/** The end that `--until` names: without an offset it is in this machine's time zone, unless another is named. */
export const untilLifetime = (until: string, zone?: string): Lifetime => {
  if (zone === undefined && /(Z|[+-]\d{2}:\d{2})$/.test(until)) return { until };
  return { until, zone: zone ?? zoneHere() };
};

const UNITS = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const;

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const clockOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

const short = (seconds: number): string => {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
};
