/** An object that AWS doesn't let podid read: a finding, until it can be read again, in the place of a look that fails without a word. */
import { type Config, configuredCluster } from '../../config.ts';
import type { FindingRow, Found } from '../../store/finding-row.ts';
import type { ObjectRef } from '../contract.ts';
import { DRIFT_REASONS } from '../detect/reasons.ts';
import { nameOfObject } from '../detect/told.ts';
import { gather, isLookedAfter } from '../gathering/gather.ts';
import { placeOf } from '../kept.ts';
import { LOOKED } from './found.ts';
import type { LookHub } from './hub.ts';
import { keepFindings, type Looked } from './keep-findings.ts';

/** Its message is what AWS said. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Whoever opens a permission can't tell us; an object costs an execution each time. */
const AGAIN_MILLISECONDS = 15 * 60_000;

/** A judge of its own: what could be read before is not taken for mended. */
const JUDGE = 'reading';

/** @throws Unreadable in the place of the denial of a read; all else as it is */
export const orUnreadable = async <Read>(read: Promise<Read>): Promise<Read> => {
  try {
    return await read;
  } catch (error) {
    // A spoke's errors come under their own names.
    if (error instanceof Error && error.name === 'AccessDenied') throw new Unreadable(error.message, { cause: error });
    throw error;
  }
};

/** Tells it, where anybody looks after the object; it is due again in a quarter of an hour. */
export const tellUnreadable = async (
  hub: LookHub,
  ref: ObjectRef,
  { message }: Unreadable,
): Promise<{ readonly told: string; readonly again?: number }> => {
  const gathered = await gather(hub, ref);
  if (!isLookedAfter(gathered)) return { told: 'It may not be read, and nobody looks after it.' };
  const now = hub.now();
  const again = now.getTime() + AGAIN_MILLISECONDS;
  if (isOnlyFound(hub.config, ref))
    return { told: 'It may not be described: the next sweep tells that its tag is gone.', again };
  const found = unreadable(ref, message);
  await keepFindings(hub, placeOf(ref).key, [found], {
    at: now.toISOString(),
    cause: { kind: LOOKED },
    complete: true,
    judge: JUDGE,
    modeOf: (reason) => gathered.rules.modeOf(gathered.concerned, reason),
  });
  return { told: found.sentence, again };
};

/** It was read: what was told of it is over. */
export const tellReadable = async (
  hub: LookHub,
  ref: ObjectRef,
  rows: readonly FindingRow[],
  looked: Omit<Looked, 'complete' | 'judge'>,
): Promise<void> => {
  if (!rows.some(({ judge, state }) => judge === JUDGE && state === 'open')) return;
  await keepFindings(hub, placeOf(ref).key, [], { ...looked, complete: true, judge: JUDGE });
};

/** A cluster that the configuration doesn't list may be described for as long as it bears the tag. */
const isOnlyFound = (config: Config, ref: ObjectRef): boolean =>
  ref.object === 'cluster' &&
  configuredCluster(config, ref.cluster.account, ref.cluster.region, ref.cluster.cluster) === undefined;

const unreadable = (ref: ObjectRef, said: string): Found => {
  const { severity, remedy } = DRIFT_REASONS.ObjectUnreadable;
  const sentence = `${nameOfObject(ref)} may not be read by podid: ${said}.`;
  return { reason: 'ObjectUnreadable', severity, sentence, remedy };
};
