/** What the executions of a grant intend of an object, or have intended: it explains events, and while they run it is no drift. Pure. */
import { type Grant, type ResolvedGrant, workName } from '../../grants/index.ts';
import type { ObjectRef, OpenIntent } from '../contract.ts';
import { CLOSED_WHEN_MADE, type Wants } from '../detect/desired/grant-wants.ts';
import { kindOf, nameOf } from '../facets/index.ts';
import { leaves, type Part, partOf, wantsOf } from './grant-facets.ts';
import { isCarriedOut, isSince, type Work, worksOf } from './works.ts';

/** The plan of a work that provisions, as far as it was read; none was made yet, or it makes nothing. */
export type PlanOf = (work: Work) => ResolvedGrant | undefined;

type Values = readonly (readonly [facet: string, value: string | null])[];

/** So often what is half made is undone by an execution of its own. */
const UNDOINGS = [1, 2, 3, 4];

/**
 * @param since ISO 8601; of what ended before, no event is asked about any more
 * @param touched Facets that somebody has changed: of those that nobody wants on a role that podid made, its function leaves none
 */
export const executionIntents = (
  ref: ObjectRef,
  grant: Grant,
  planOf: PlanOf,
  since: string,
  touched: readonly string[],
): readonly OpenIntent[] => {
  const works = worksOf(grant);
  return works.flatMap((one, place) => {
    if (!isSince(one, since)) return [];
    const earlier = works.slice(0, place);
    if (one.work.do === 'revoke') return intentsOf(one, one.name, takenBack(ref, earlier, planOf));
    const { forward, back } = turned(ref, one, earlier, planOf, touched);
    if (isCarriedOut(one)) return intentsOf(one, one.name, forward);
    // It may go back by itself, or be stopped, and then another one does.
    const undoing = UNDOINGS.map((attempt) => workName({ ...one.work, do: 'undo', attempt }));
    return [
      ...intentsOf(one, one.name, [...forward, ...back]),
      ...undoing.flatMap((name) => intentsOf(one, name, back)),
    ];
  });
};

/** What the version wants, and what was before it: of what it leaves out, nothing stays. */
const turned = (
  ref: ObjectRef,
  one: Work,
  earlier: readonly Work[],
  planOf: PlanOf,
  touched: readonly string[],
): Record<'forward' | 'back', Values> => {
  const plan = planOf(one);
  const part = plan && partOf(plan, ref);
  if (plan === undefined || (part === undefined && !leaves(plan, ref))) return { forward: [], back: [] };
  const wants = part && wantsOf(part);
  const partBefore = standingPart(ref, earlier, planOf);
  const before = partBefore && wantsOf(partBefore);
  const facets = [...new Set([...(wants?.keys() ?? []), ...(before?.keys() ?? [])])];
  const isOwners = (part ?? partBefore)?.role?.managed === false;
  const foreign =
    part?.role?.managed === true ? touched.filter((facet) => isClosed(facet) && !facets.includes(facet)) : [];
  return {
    forward: [...valuesIn(facets, wants, isOwners), ...foreign.map((facet) => [facet, null] as const)],
    back: valuesIn(facets, before, isOwners),
  };
};

/** A kind of which a role that podid made has none but the wanted, and which one of it. */
const isClosed = (facet: string): boolean =>
  nameOf(facet) !== '' && CLOSED_WHEN_MADE.some((kind) => kind === kindOf(facet));

/** All that the grant's versions have written, as it was and gone. A role that is not podid's stays, whatever goes. */
const takenBack = (ref: ObjectRef, earlier: readonly Work[], planOf: PlanOf): Values => {
  const made = earlier.filter(({ work }) => work.do === 'provision').flatMap((work) => planOf(work) ?? []);
  return made.flatMap((plan) => {
    const part = partOf(plan, ref);
    if (part === undefined) return [];
    const wants = wantsOf(part);
    const facets = [...wants.keys()];
    return [...valuesIn(facets, wants, false), ...valuesIn(facets, undefined, part.role?.managed === false)];
  });
};

const standingPart = (ref: ObjectRef, earlier: readonly Work[], planOf: PlanOf): Part | undefined => {
  const last = earlier.findLast(isCarriedOut);
  const plan = last && planOf(last);
  return plan && partOf(plan, ref);
};

const valuesIn = (facets: readonly string[], wants: Wants | undefined, stays: boolean): Values =>
  facets
    .map((facet) => [facet, wants?.get(facet) ?? null] as const)
    .filter(([facet, value]) => !stays || facet !== 'exists' || value !== null);

const intentsOf = ({ at, closedAt }: Work, execution: string, values: Values): readonly OpenIntent[] => {
  const each = new Map(values.map(([facet, value]) => [JSON.stringify([facet, value]), { facet, value }]));
  return [...each.values()].map((one) => ({
    execution,
    ...one,
    at,
    requestIds: [],
    ...(closedAt !== undefined && { closedAt }),
  }));
};
