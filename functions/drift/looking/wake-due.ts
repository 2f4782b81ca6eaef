/** Waking those that are due: whose execution waits itself is there before. */
import { inBatches } from '../../runtime/batches.ts';
import { type HintHub, hint, type Objects } from '../hints.ts';
import { objectKey } from '../object.ts';

export type WakingHub = HintHub & {
  readonly objects: HintHub['objects'] & Pick<Objects, 'due'>;
  /** False: the rest comes with the next call. */
  readonly hasTime: () => boolean;
};

/** How many, and those that could not be, with the reason. */
export type Woken = { readonly due: number; readonly woken: number; readonly failed: readonly string[] };

/** An execution that waits for this moment takes so long at most to be at it. */
const GRACE_MILLISECONDS = 60_000;
/** Of each shard; five minutes later there are as many again. */
const MOST = 250;
const AT_ONCE = 10;

export const wakeDue = async (hub: WakingHub): Promise<Woken> => {
  const due = await hub.objects.due(new Date(hub.now().getTime() - GRACE_MILLISECONDS).toISOString(), MOST);
  const failed: string[] = [];
  const woke = await inBatches(due, AT_ONCE, async ({ ref }) => {
    if (!hub.hasTime()) return false;
    try {
      return (await hint(hub, ref)).woke;
    } catch (error) {
      // One that can't be told must not keep the others.
      failed.push(`${objectKey(ref)}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  });
  return { due: due.length, woken: woke.filter(Boolean).length, failed };
};
