/** What of a grant is due later: the sweep of due rows does it, so that nothing has to wait in a machine. */

import type { GrantSettings } from '../grant-settings.ts';
import { type Grant, phaseOf } from './grant.ts';

export type DueRow = {
  readonly due: 'lapse' | 'warn' | 'expire';
  /** ISO 8601, in UTC. */
  readonly at: string;
  readonly grantId: string;
  /** `lapse`: the version that waits. Else the one in force. */
  readonly version: number;
  /** `warn` and `expire`: the end that it is for; of another end by then, it is void. */
  readonly expireAt?: string;
};

/**
 * Everything that is due of the grant as it is now, in order of time; rows of before are void. An owner is warned at least
 * once: of a lifetime too short for the warnings of the settings, when three quarters are over.
 */
export const dueRows = (grant: Grant, settings: GrantSettings): readonly DueRow[] => {
  const { id: grantId, pending, inForce, expireAt, state } = grant;
  const lapse: DueRow[] =
    pending === undefined || pending.stage === 'provisioning'
      ? []
      : [{ due: 'lapse', at: pending.lapseAt, grantId, version: pending.version }];
  if (inForce === undefined || expireAt === undefined || state === 'revoking') return lapse;
  const end = { grantId, version: inForce, expireAt };
  return [
    ...lapse,
    ...warningsFor(grant, expireAt, settings).map((at): DueRow => ({ due: 'warn', at, ...end })),
    { due: 'expire' as const, at: expireAt, ...end },
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
};

const HOUR = 3_600_000;

const warningsFor = (grant: Grant, expireAt: string, { warnHours }: GrantSettings): readonly string[] => {
  const start = Date.parse(startOf(grant));
  const end = Date.parse(expireAt);
  const hours = [...new Set(warnHours)].filter((each) => end - each * HOUR > start);
  const instants = hours.length > 0 ? hours.map((each) => end - each * HOUR) : [start + 0.75 * (end - start)];
  return instants.map((at) => new Date(at).toISOString());
};

/** When the version in force came into force, or was extended. */
const startOf = (grant: Grant): string => {
  const begun = grant.history.findLast(({ did }) => did === 'activated' || did === 'extended');
  if (begun === undefined) throw new RangeError(`grant ${grant.id} is ${phaseOf(grant)} and never came into force`);
  return begun.at;
};
