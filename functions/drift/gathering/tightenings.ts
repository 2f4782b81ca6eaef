/** The times that podid narrowed a role's trust, from the journal: events of these are no stranger's. Pure. */
import * as z from 'zod';
import type { JournalEntry } from '../../store/journal.ts';
import type { OpenIntent } from '../contract.ts';
import { canonicalPolicy } from '../facets/index.ts';

const Intent = z.object({ asker: z.string() });
const Outcome = Intent.extend({ after: z.string() });

/**
 * `entries`: of the role. Those that name no execution explain nothing. One that is under way writes what its spoke renders, which nobody knows
 * before: what stands there now is taken for it. It only explains events; it wants nothing.
 */
export const tighteningIntents = (entries: readonly JournalEntry[], trust?: string): readonly OpenIntent[] => {
  const tightenings = entries.filter(({ step }) => step === 'tighten-trust');
  const ended = new Set(tightenings.flatMap(({ kind, details }) => (kind === 'intent' ? [] : askersIn(details))));
  return tightenings.flatMap(({ kind, at, details }): readonly OpenIntent[] => {
    const written = { facet: 'trust', at, requestIds: [] };
    if (kind === 'intent' && trust !== undefined) {
      const open = askersIn(details).filter((asker) => !ended.has(asker));
      return open.map((execution) => ({ ...written, execution, value: canonicalPolicy(trust), closedAt: until(at) }));
    }
    const outcome = kind === 'accepted' ? Outcome.safeParse(details).data : undefined;
    if (outcome === undefined) return [];
    return [{ ...written, execution: outcome.asker, value: canonicalPolicy(outcome.after), closedAt: at }];
  });
};

const askersIn = (details: unknown): readonly string[] => {
  const asker = Intent.safeParse(details).data?.asker;
  return asker === undefined ? [] : [asker];
};

/** Longer than the machine may take: one that never told its end explains nothing later. */
const AT_MOST_MILLISECONDS = 3_600_000;

const until = (at: string): string => new Date(Date.parse(at) + AT_MOST_MILLISECONDS).toISOString();
