/** The section `drift` of `podid.config.yaml`: what is done about differences, when, and by whose leave it is not. */
import * as z from 'zod';
import { Instant } from './association.ts';

/** From least to most intrusive. */
export const DRIFT_MODES = ['ignore', 'observe', 'notify', 'remediate'] as const;
export const DriftMode = z.enum(DRIFT_MODES);
export type DriftMode = z.infer<typeof DriftMode>;

/** With `*` and `?` as in IAM. */
const Glob = z.string().min(1).max(700);

/** Which differences are treated how. Of several that fit, the first in the file counts. */
export const DriftRule = z.strictObject({
  account: Glob.default('*'),
  region: Glob.default('*'),
  cluster: Glob.default('*'),
  namespace: Glob.default('*'),
  reason: Glob.default('*'),
  mode: DriftMode,
});
export type DriftRule = z.infer<typeof DriftRule>;

/** Somebody has agreed that something may differ, until a day. */
export const Exception = z.strictObject({
  id: z.string().min(1).max(100),
  owner: z.string().min(1).max(200),
  why: z.string().min(1).max(1000),
  until: Instant,
  /** IAM-style globs over the object's key, the reason and the facet. */
  object: Glob,
  reason: Glob.default('*'),
  facet: Glob.default('*'),
});
export type Exception = z.infer<typeof Exception>;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:00');

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
};

/** When differences may be mended. Open from `from` on each of the days until the next time that the clocks show `to`. */
export const MaintenanceWindow = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS]),
    from: TimeOfDay,
    to: TimeOfDay,
    zone: z.string().max(64).refine(isZone, 'a time zone such as Europe/Berlin'),
    /** The clusters that it is for; one that no window is for may be mended at any time. */
    cluster: Glob.default('*'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'a window that ends when it begins is no window' });
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

export const DriftSettings = z.strictObject({
  /** Where none fits, the cluster's own mode counts; and where that is `observe`, no rule makes us write. */
  modes: z.array(DriftRule).max(500).default([]),
  /** After the last change of an object it is left alone for so long: AWS may still show its past, and somebody may still be at it. */
  settleSeconds: z.int().min(0).max(3600).default(60),
  /** What an execution intends holds us back for so long; one without an outcome by then is a finding of the object. */
  intentSeconds: z.int().min(60).max(86_400).default(1800),
  /** The same thing changed by others so often within so many hours: we stop, and say who fights. */
  fights: z
    .strictObject({ changes: z.int().min(2).max(100).default(3), hours: z.int().min(1).max(720).default(24) })
    .prefault({}),
  exceptions: z.array(Exception).max(1000).default([]),
  windows: z.array(MaintenanceWindow).max(100).default([]),
  /** Whether critical findings wait for a window too. */
  criticalWaits: z.boolean().default(false),
  /** What the kill switch stops besides remediation. */
  killSwitchHolds: z
    .strictObject({ expiry: z.boolean().default(false), breakGlass: z.boolean().default(false) })
    .prefault({}),
});
export type DriftSettings = z.infer<typeof DriftSettings>;
