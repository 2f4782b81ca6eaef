/** What a look has decided, kept for replay. */
import { Decision, decisionOf } from '../replay/decision.ts';
import type { Acted } from './act.ts';
import type { Look } from './contract.ts';
import type { LookHub } from './hub.ts';
import type { Planning } from './planning.ts';

/** With the digests, the world and the plan that it was made from. */
export const decide = async (
  { store, config }: LookHub,
  { execution, looks }: Look,
  { snapshot, knownBefore, surroundings, gathered, passed, plan: planned, before }: Planning,
  { written, counted }: Acted,
): Promise<void> => {
  const since = before?.readAt === undefined ? 0 : Date.parse(before.readAt) - SKEW_MILLISECONDS;
  const eventIds = snapshot.changes.filter(({ at }) => Date.parse(at) >= since).map(({ eventId }) => eventId);
  const { decision, world } = decisionOf({
    ...{ id: `${execution}-${looks}`, eventIds: eventIds.slice(-MOST_EVENTS), snapshot, known: knownBefore },
    ...{ surroundings, ours: gathered.ours, config, findings: passed.findings, ruled: passed.plan, plan: planned },
    grantVersions: gathered.grants,
    identities: counted,
    wrote: written,
  });
  await store.decisions(Decision).keep(decision, world);
};

const SKEW_MILLISECONDS = 60_000;
const MOST_EVENTS = 100;
