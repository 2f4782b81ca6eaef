/** One object laid out for the rules: what is, what should be, and what nobody can say. */
import { ANY_ID, type Facets, type ObjectRef, type Snapshot, type Wanted } from '../contract.ts';
import { covers, kindOf } from '../facets/index.ts';

export type Question = {
  readonly ref: ObjectRef;
  readonly facets: Facets;
  /** What podid knew before. */
  readonly before: Facets;
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Whether the object was looked for and isn't there. */
  readonly isGone: boolean;
};

/** One facet that is otherwise than it should be. */
export type Difference = {
  readonly facet: string;
  /** Undefined: nobody wants it, and it may not be there. */
  readonly wanted?: Wanted;
  readonly is: string | null;
  readonly shouldBe: string | null;
};

export const questionOf = ({ ref, actual, desired, before = {} }: Snapshot): Question => {
  const { facets, complete, unread } = actual;
  return {
    ref,
    facets,
    before,
    wanted: new Map(desired.wanted.map((wanted) => [wanted.facet, wanted])),
    isGone: facets.exists === undefined && (complete || (unread.length > 0 && !covers(unread, 'exists'))),
  };
};

/**
 * Everything that differs, by facet: what is wanted and isn't so, and what is there of the closed kinds and isn't wanted. Left out: what was not
 * read, what grants contradict each other about, and what may be so for the time being.
 */
export const differencesOf = (snapshot: Snapshot, { wanted, facets, isGone }: Question): readonly Difference[] => {
  const { actual, desired } = snapshot;
  const { complete, unread } = actual;
  const isUnknown = (facet: string): boolean =>
    covers(unread, facet) || (!complete && unread.length === 0 && facets[facet] === undefined);
  const isContested = (facet: string): boolean => desired.conflicts.some((each) => each.facet === facet);
  const may = (facet: string, is: string | null): boolean =>
    desired.also?.some((each) => each.facet === facet && isSame(facet, each.value, is)) === true;
  const isMine = ({ facet, is, shouldBe }: Difference): boolean =>
    !isSame(facet, shouldBe, is) && !isUnknown(facet) && !isContested(facet) && !may(facet, is);
  const closed = [...desired.closed, ...CLOSED[snapshot.ref.object]];
  const missed = desired.wanted.map(
    (each): Difference => ({ facet: each.facet, wanted: each, is: facets[each.facet] ?? null, shouldBe: each.value }),
  );
  const added = Object.entries(facets)
    .filter(([facet]) => !wanted.has(facet) && covers(closed, facet))
    .map(([facet, is]): Difference => ({ facet, is, shouldBe: null }));
  // Of what isn't there, nothing else can be said.
  return [...missed, ...added].filter((each) => isMine(each) && (!isGone || each.facet === 'exists'));
};

/** Kinds that may not be there unasked, whoever made the object. */
const CLOSED: Readonly<Record<ObjectRef['object'], readonly string[]>> = {
  role: ['deny'],
  association: ['exists'],
  cluster: [],
};

const isSame = (facet: string, wanted: string | null, is: string | null): boolean =>
  wanted === is || (kindOf(facet) === 'exists' && wanted === ANY_ID && is !== null);
