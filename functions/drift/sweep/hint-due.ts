/** Objects that are due to be looked at for reasons of their own, whatever a sweep has seen of them. */
import { inBatches } from '../../runtime/batches.ts';
import type { Store } from '../../store/index.ts';
import { type HintHub, hint, type Objects } from '../hints.ts';
import { objectKey } from '../object.ts';

/** Of each shard; what is overdue past that, `wake-objects` and the next sweep find. */
const MOST_DUE = 50;
const AT_ONCE = 10;

/** Hints at the roles of denies that are past their time, and at objects whose time has come. How many there were. */
export const hintDue = async (
  hub: HintHub & { readonly objects: Pick<Objects, 'due'>; readonly store: Pick<Store, 'denies'> },
  at: string,
): Promise<number> => {
  const [denies, objects] = await Promise.all([hub.store.denies.due(at, MOST_DUE), hub.objects.due(at, MOST_DUE)]);
  const refs = [
    ...denies.map(({ roleArn }) => ({ object: 'role' as const, roleArn })),
    ...objects.map(({ ref }) => ref),
  ];
  const due = new Map(refs.map((ref) => [objectKey(ref), ref]));
  await inBatches([...due.values()], AT_ONCE, (ref) => hint(hub, ref));
  return due.size;
};
