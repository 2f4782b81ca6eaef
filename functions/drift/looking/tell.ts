/** Telling a change to the objects that it is about, and to no others. */
import { inBatches } from '../../runtime/batches.ts';
import type { SeenOf } from '../changes-seen.ts';
import type { ObjectRef } from '../contract.ts';
import { type DriftHub, gather, isLookedAfter } from '../gathering/gather.ts';
import { type HintHub, hint, keptUntil } from '../hints.ts';
import { objectKey } from '../object.ts';

/** The objects' keys: those that somebody was woken for, those at which somebody is, and those that nobody looks after. */
export type ToldOf = {
  readonly woken: readonly string[];
  readonly folded: readonly string[];
  readonly ignored: readonly string[];
};

const AT_ONCE = 10;

export const tellOfChange = async (hub: DriftHub & HintHub, seen: readonly SeenOf[]): Promise<ToldOf> => {
  const told = await inBatches(seen, AT_ONCE, async ({ ref, change }) => {
    if (!(await isMinded(hub, ref))) {
      // Kept all the same: a role is made before anything hangs on it, and the sweep must not take what was told for lost.
      await hub.objects.addChange(objectKey(ref), change, keptUntil(hub.config, hub.now()));
      return { key: objectKey(ref), to: 'ignored' as const };
    }
    const { woke } = await hint(hub, ref, change);
    return { key: objectKey(ref), to: woke ? ('woken' as const) : ('folded' as const) };
  });
  const keysOf = (to: keyof ToldOf): string[] => told.flatMap((each) => (each.to === to ? [each.key] : []));
  return { woken: keysOf('woken'), folded: keysOf('folded'), ignored: keysOf('ignored') };
};

/** What an association gives is always of interest, also where nobody was granted it. */
const isMinded = async (hub: DriftHub, ref: ObjectRef): Promise<boolean> =>
  ref.object === 'association' || isLookedAfter(await gather(hub, ref));
