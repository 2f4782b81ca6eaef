/** Keeps one page of listed associations: what they give now is what an update or a deletion will have taken away. */
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { seenOf } from '../store/association-row.ts';
import { theStore } from '../store/index.ts';
import { AssociationsPage, type KeepAssociationsOutput } from './sweep.ts';

const AT_ONCE = 10;

export const handler = entry(
  AssociationsPage,
  async ({ cluster, associations, readAt, listing, next }, { now }): Promise<KeepAssociationsOutput> => {
    const store = theStore();
    await inBatches(associations, AT_ONCE, ({ identity, state }) =>
      store.associations.keep(identity, seenOf(state, readAt)),
    );
    const roles = new Set(associations.flatMap(({ state }) => [state.roleArn, state.targetRoleArn ?? state.roleArn]));
    await inBatches([...roles], AT_ONCE, (roleArn) => store.roles.keep(roleArn));
    // The last page, and every page before it was kept: now the listing is complete.
    if (next === undefined) await store.clusters.keepSwept({ cluster, ...listing, completedAt: now().toISOString() });
    return { kept: associations.length };
  },
);
