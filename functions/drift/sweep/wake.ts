/** Hints of what the sweep finds in masses: an object that nobody has ever looked at can wait its turn. */
import type { ObjectRef, SeenChange } from '../contract.ts';
import { type Hinted, keptUntil } from '../hints.ts';
import { placeOf } from '../kept.ts';
import type { Sweeping } from './asking.ts';

/**
 * Hints, or leaves it to `wake-objects` when `later` says so: what was never read has nothing to be put back to, and a trail that was off for a day
 * can tell of thousands at once.
 */
export const wake = async (
  { objects, hint, config, now }: Pick<Sweeping, 'objects' | 'hint' | 'config' | 'now'>,
  ref: ObjectRef,
  later: () => string | undefined,
  change?: SeenChange,
): Promise<Pick<Hinted, 'isNew'>> => {
  const place = placeOf(ref);
  const { state } = await objects.read(place.key);
  if (state?.readAt !== undefined) return hint(ref, change);
  const isWaiting = state?.again !== undefined && Date.parse(state.again) > now().getTime();
  const again = isWaiting ? undefined : later();
  if (!isWaiting && again === undefined) return hint(ref, change);
  const isNew = change !== undefined && (await objects.addChange(place.key, change, keptUntil(config, now())));
  if (again === undefined || (await objects.keep(place, { ref, fights: {}, again }, 0, again))) return { isNew };
  // Somebody has looked at it meanwhile.
  await hint(ref);
  return { isNew };
};
