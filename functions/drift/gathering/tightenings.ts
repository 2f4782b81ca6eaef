/** The times that podid narrowed a role's trust, from the journal: events of these are no stranger's. Pure. */
import * as z from 'zod';
import type { JournalEntry } from '../../store/journal.ts';
import type { OpenIntent } from '../contract.ts';
import { canonicalPolicy } from '../facets/index.ts';

const Outcome = z.object({ asker: z.string(), after: z.string() });

/** `entries`: of the role. Those that name no execution explain nothing. */
export const tighteningIntents = (entries: readonly JournalEntry[]): readonly OpenIntent[] =>
  entries.flatMap(({ step, kind, at, details }) => {
    if (step !== 'tighten-trust' || kind !== 'accepted') return [];
    const outcome = Outcome.safeParse(details).data;
    if (outcome === undefined) return [];
    const { asker, after } = outcome;
    return [{ execution: asker, facet: 'trust', value: canonicalPolicy(after), at, requestIds: [], closedAt: at }];
  });
