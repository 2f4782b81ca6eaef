/** Fights as they are kept, for those who count them: a field that is undefined in a row is absent there. Pure. */
import type { ObjectState } from './kept.ts';
import type { Fights } from './reconcile/index.ts';

export const fightsOf = (kept: ObjectState['fights']): Fights =>
  Object.fromEntries(
    Object.entries(kept).map(([facet, { wrote, rounds, latched }]) => [
      facet,
      { rounds, ...(wrote && { wrote }), ...(latched && { latched }) },
    ]),
  );
