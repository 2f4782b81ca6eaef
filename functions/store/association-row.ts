/** What the hub knows of one association: the states that it was seen in, and whether it is gone. Pure. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { Actor } from '../actor.ts';
import { AssociationState, Identity, Instant } from '../association.ts';
import { instant } from './row.ts';

/** One sight of an association: by an event, or by asking the API. */
export const Seen = z.object({
  state: AssociationState,
  /** Which revision it is: the association's `modifiedAt`, or the event's or the reading's time where that is missing. */
  revision: Instant,
  /** The event that told it: when, and who. Absent for what was read. */
  event: z.object({ at: Instant, actor: Actor }).optional(),
});
export type Seen = z.infer<typeof Seen>;

export const AssociationRow = z.object({
  identity: Identity,
  /** Oldest first; the last one is what the association is, or was before it went. Never empty. */
  seen: z.array(Seen).min(1),
  /** When it was deleted. Final: ids are never used again. */
  gone: Instant.optional(),
  /** Raised with each write; guards read-modify-write. */
  version: z.int(),
});
export type AssociationRow = z.infer<typeof AssociationRow>;

// Enough that a burst of updates, delivered in any order, still finds its predecessors; small enough for one read.
const KEPT = 8;

/** What was seen, with its revision in the form in which text order is time order. */
export const seenOf = (state: AssociationState, at: string, actor?: Actor): Seen => ({
  state,
  revision: instant(state.modifiedAt ?? at),
  ...(actor === undefined ? {} : { event: { at: instant(at), actor } }),
});

/** The newest state known. */
export const latest = (row: AssociationRow): AssociationState | undefined => row.seen.at(-1)?.state;

/**
 * The sights with one more: the same whatever the order in which they come and however often, since events are neither ordered nor unique.
 * Of two sights of the same state at the same revision the one that an event told is kept: it knows who.
 */
export const mergeSeen = (known: readonly Seen[], one: Seen): Seen[] => {
  const twin = known.find((other) => other.revision === one.revision && isDeepStrictEqual(other.state, one.state));
  if (twin === undefined) return [...known, one].sort(inOrder).slice(-KEPT);
  return known.map((other) => (other === twin && firstTeller(one, twin) === one ? one : other));
};

const firstTeller = (a: Seen, b: Seen): Seen => {
  if (a.event === undefined || b.event === undefined) return a.event === undefined ? b : a;
  return `${a.event.at} ${a.event.actor.eventId}` < `${b.event.at} ${b.event.actor.eventId}` ? a : b;
};

// CloudTrail may cut times to seconds, so a creation and an update can bear the same revision: the one that is as old as the association came first.
const inOrder = (a: Seen, b: Seen): number =>
  compare(a.revision, b.revision) ||
  Number(isFirst(b)) - Number(isFirst(a)) ||
  compare(JSON.stringify(a.state), JSON.stringify(b.state));

const isFirst = ({ state }: Seen): boolean => state.createdAt !== undefined && state.createdAt === state.modifiedAt;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
