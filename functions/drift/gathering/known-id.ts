/** The id by which an object is known, so that another one of its name is told from it. Pure. */
import type { OpenIntent } from '../contract.ts';
import { kindOf } from '../facets/index.ts';
import type { Baseline, ObjectState } from '../kept.ts';

/** Undefined: nobody ever read it, or an execution of ours may have made it anew since. */
export const knownId = (
  state: ObjectState | undefined,
  baseline: Baseline | undefined,
  intents: readonly OpenIntent[],
): string | undefined => {
  const id = state?.facets?.exists;
  if (state?.readAt === undefined || id === undefined) return baseline?.facets.exists;
  const readAt = Date.parse(state.readAt);
  const isNewer = ({ closedAt }: OpenIntent): boolean => closedAt === undefined || Date.parse(closedAt) >= readAt;
  return intents.some((intent) => kindOf(intent.facet) === 'exists' && isNewer(intent)) ? undefined : id;
};
