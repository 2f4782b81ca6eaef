/** Having an object looked at within minutes, though nothing of it has changed. */
import type { ObjectRef } from '../functions/drift/contract.ts';
import type { Objects } from '../functions/drift/hints.ts';
import { placeOf } from '../functions/drift/kept.ts';

/** Somebody who looks at it just now sees what is kept now, too: then there is nothing to write. */
export const makeDue = async (objects: Objects, ref: ObjectRef, now: string): Promise<void> => {
  const { state, revision } = await objects.read(placeOf(ref).key);
  await objects.keep(placeOf(ref), { ...(state ?? { ref, fights: {} }), again: now }, revision, now);
};
