/** Maintenance windows: whether one is open, and when the next opens. Pure. */
import { type MaintenanceWindow, WEEKDAYS } from '../../drift-settings.ts';
import { endOf } from '../../grants/lifetime.ts';
import { matcher } from './globs.ts';
import type { Concerned } from './modes.ts';

/** Undefined: it may be done now. Else when it may (ISO 8601), as far as a week tells. */
export type ClosedUntil = (concerned: readonly Concerned[], now: number) => { readonly until?: string } | undefined;

/** All that are concerned must agree: of a role that two clusters share, only what the windows of both have in common. */
export const windowsOf = (windows: readonly MaintenanceWindow[]): ClosedUntil => {
  const compiled = windows.map((window) => ({ window, fits: matcher(window.cluster) }));
  return (concerned, now) => {
    if (compiled.length === 0) return undefined;
    const clusters = new Set(concerned.map(({ cluster }) => cluster));
    const sets = [...clusters]
      .map((cluster) => compiled.filter(({ fits }) => fits(cluster)).map(({ window }) => window))
      .filter((set) => set.length > 0);
    if (sets.every((set) => openAt(set, now))) return undefined;
    const begins = sets.flatMap((set) => set.flatMap((window) => opens(window, now).map(({ from }) => from)));
    const next = begins.toSorted((a, b) => a - b).find((at) => at > now && sets.every((set) => openAt(set, at)));
    return next === undefined ? {} : { until: new Date(next).toISOString() };
  };
};

const DAY = 86_400_000;

const openAt = (windows: readonly MaintenanceWindow[], now: number): boolean =>
  windows.some((window) => opens(window, now).some(({ from, to }) => from <= now && now < to));

/** When the window is open, from yesterday (it may go past midnight) to the same day of next week. */
const opens = (window: MaintenanceWindow, now: number): { from: number; to: number }[] => {
  const overnight = window.to <= window.from;
  return Array.from({ length: 10 }, (_, index) => localDate(now, window.zone, index - 1))
    .filter((date) => window.days.some((day) => day === weekday(date)))
    .map((date) => ({
      from: instantOf(`${date}T${window.from}`, window.zone),
      to: instantOf(`${overnight ? dayAfter(date) : date}T${window.to}`, window.zone),
    }));
};

const localDate = (now: number, zone: string, days: number): string =>
  shifted(new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date(now)), days);

const shifted = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

const dayAfter = (date: string): string => shifted(date, 1);

// Sunday is the first of JavaScript's days and the last of ours.
const weekday = (date: string) => WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];

// What a clock change makes of a local time, grants have decided already.
const instantOf = (local: string, zone: string): number =>
  Date.parse(endOf({ until: local, zone }, '1970-01-01T00:00:00Z'));
