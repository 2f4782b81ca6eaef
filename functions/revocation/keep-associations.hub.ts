/** Keeps one page of listed associations: what they give now is what an update or a deletion will have taken away. */
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { seenOf } from '../store/association-row.ts';
import { theStore } from '../store/index.ts';
import { AssociationsPage, type KeepAssociationsOutput } from './sweep.ts';

const AT_ONCE = 10;

export const handler = entry(AssociationsPage, async ({ associations, readAt }): Promise<KeepAssociationsOutput> => {
  const { associations: rows } = theStore();
  await inBatches(associations, AT_ONCE, ({ identity, state }) => rows.keep(identity, seenOf(state, readAt)));
  return { kept: associations.length };
});
