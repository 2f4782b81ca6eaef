/** Telling that an object may be otherwise now: everybody who learns of a change does it here. A burst on one object wakes one execution. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { DriftSettings } from '../drift-settings.ts';
import type { objects as objectsOf } from '../store/objects.ts';
import type { ObjectRef, OpenIntent, SeenChange } from './contract.ts';
import { type Baseline, type ObjectState, placeOf } from './kept.ts';
import { givenBack, markDirty } from './marking.ts';

/** The machine that looks at one object. */
export const RECONCILE = 'reconcile';

/** What its executions are started with: which object, and their own name, by which the marker and CloudTrail know them. */
export type ToLookAt = { readonly ref: ObjectRef; readonly execution: string };

export type Objects = ReturnType<typeof objectsOf<ObjectState, SeenChange, OpenIntent, Baseline>>;

/** What the hub function hands in. */
export type HintHub = {
  readonly objects: Pick<Objects, 'addChange' | 'read' | 'remark'>;
  readonly config: Config;
  readonly now: () => Date;
  /** False when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: ToLookAt) => Promise<boolean>;
};

/** `isNew`: nobody had told this change. `woke`: an execution was started; else one is at it already, or it has seen the change. */
export type Hinted = { readonly isNew: boolean; readonly woke: boolean };

/** Until an execution that was started takes its object up. One that never does is replaced then. */
const START_SECONDS = 30;
/** Told twice within this time, a change is told once: longer than between two sweeps, and than EventBridge and Lambda try. */
const KEPT_SECONDS = 8 * 86_400;

/**
 * Adds the change, marks the object, and starts the machine where nobody is at it. Safe to repeat.
 * @throws Conflict, Throttled, ServiceUnavailable: then it is to be told again
 */
export const hint = async (hub: HintHub, ref: ObjectRef, change?: SeenChange): Promise<Hinted> => {
  const { key } = placeOf(ref);
  const now = hub.now();
  const isNew = change !== undefined && (await hub.objects.addChange(key, change, keptUntil(hub.config, now)));
  if (change !== undefined && !isNew && (await wasSeen(hub, key, change))) return { isNew, woke: false };
  const name = (generation: number): string => `d-${hashOf(key)}-${now.getTime().toString(36)}-${generation}`;
  const woken = await markDirty(hub.objects, key, now.getTime(), name, START_SECONDS);
  if (woken === undefined) return { isNew, woke: false };
  try {
    return { isNew, woke: await hub.start(RECONCILE, woken, { ref, execution: woken }) };
  } catch (error) {
    await givenBack(hub.objects, key, woken);
    throw error;
  }
};

/** Epoch seconds until which a change or an intent is kept: as far back as fights are counted. */
export const keptUntil = ({ drift }: Pick<Config, 'drift'>, now: Date): number => {
  const { fights, intentSeconds } = drift ?? DriftSettings.parse({});
  const back = Math.max(fights.hours * 3600, intentSeconds, KEPT_SECONDS);
  return Math.ceil(now.getTime() / 1000) + back;
};

/** Somebody looked after AWS had to show it: the same change again is no news. */
const wasSeen = async ({ objects, config }: HintHub, key: string, change: SeenChange): Promise<boolean> => {
  const { settleSeconds } = config.drift ?? DriftSettings.parse({});
  const { state } = await objects.read(key);
  return state?.readAt !== undefined && Date.parse(state.readAt) >= Date.parse(change.at) + settleSeconds * 1000;
};

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12);
