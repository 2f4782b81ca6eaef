/** Asks CloudTrail's history who stands behind the sessions in which an object was changed, and keeps the answer with the change. */
import { partitionOf } from '../../partition.ts';
import { type Place, placeOfRole } from '../../places.ts';
import { isFailure } from '../../runtime/errors.ts';
import { SpokeFailure } from '../../runtime/spoke-call.ts';
import { ASSUMING, assumptionIn, LONGEST_SESSION_MILLIS, type Session, sessionOf, toAskAbout } from '../behind.ts';
import type { Assumption, SeenChange } from '../contract.ts';
import type { OurRoles } from '../detect/index.ts';
import { keptUntil } from '../hints.ts';
import { settingsOf } from '../sweep/asking.ts';
import { LookupEventsOutput } from '../sweep/contract.ts';
import type { LookHub } from './hub.ts';

/** Of one object at once: who changes it in the name of more roles than these is asked about with the next looks. */
const MOST_SESSIONS = 2;
/** A role takes a role takes a role: nobody goes further by hand. */
const MOST_STEPS = 3;
/** Of fifty records. */
const PAGES = 4;

/** The changes, with who stands behind them as far as could be found out. A history that can't be asked holds nothing up. */
export const askBehind = async (
  hub: LookHub,
  key: string,
  changes: readonly SeenChange[],
  ours: OurRoles,
): Promise<readonly SeenChange[]> => {
  const now = hub.now();
  const open = toAskAbout(changes, ours, now);
  const sessions = [...new Set(open.flatMap(({ actor }) => sessionOf(actor)?.arn ?? []))].slice(0, MOST_SESSIONS);
  const answered = new Map<SeenChange, SeenChange>();
  for (const arn of sessions) {
    const made = open.filter(({ actor }) => actor.arn === arn);
    const [newest] = made;
    const behind = newest && (await chainBehind(hub, newest));
    if (behind === undefined) continue;
    for (const one of made) {
      const kept = { ...one, behind: [...behind] };
      answered.set(one, kept);
      await hub.objects.keepChange(key, kept, keptUntil(hub.config, now));
    }
  }
  return changes.map((change) => answered.get(change) ?? change);
};

/** Undefined: the history could not be asked. */
const chainBehind = async (hub: LookHub, { actor, at }: SeenChange): Promise<readonly Assumption[] | undefined> => {
  const chain: Assumption[] = [];
  let [session, until] = [sessionOf(actor), at];
  try {
    while (session !== undefined && chain.length < MOST_STEPS) {
      const assumption: Assumption | undefined = await takenBy(hub, session, until);
      if (assumption === undefined) break;
      chain.push(assumption);
      [session, until] = [sessionOf(assumption.by), assumption.at];
    }
  } catch (error) {
    if (!(error instanceof SpokeFailure || isFailure(error))) throw error;
    hub.count('HistoryUnread');
    return undefined;
  }
  return chain;
};

/** STS answers in every region: the record is in the one that was asked, or in the partition's first. */
const takenBy = async (hub: LookHub, session: Session, until: string): Promise<Assumption | undefined> => {
  const place = placeOfRole(session.roleArn, hub.config);
  if (place === undefined) return undefined;
  for (const region of new Set([place.region, partitionOf(place.region).iamRegion])) {
    const found = assumptionIn(await recordsOf(hub, place, region, session, until), session.arn);
    if (found !== undefined) return found;
  }
  return undefined;
};

const recordsOf = async (
  { ask, config }: LookHub,
  place: Place,
  region: string,
  { roleArn }: Session,
  until: string,
): Promise<readonly string[]> => {
  const input = {
    ...{ account: place.account, region, eventNames: ASSUMING },
    about: { resourceName: roleArn, pages: PAGES },
    from: new Date(Date.parse(until) - LONGEST_SESSION_MILLIS).toISOString(),
    to: until,
    perSecond: settingsOf(config).lookupsPerSecond,
  };
  return LookupEventsOutput.parse(await ask({ function: 'lookup-events', ...place, input })).records;
};
