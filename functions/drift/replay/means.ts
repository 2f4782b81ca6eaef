/** For what of a plan there were no means, and what was left to do beside it: no rule says that but the hub's records, so replay takes it as it was. Pure. */
import * as z from 'zod';
import { Action, type DriftPlan, Hold } from '../contract.ts';

export const Means = z.strictObject({
  /** Planned, and then held for want of a function that may do it; without a hold there was nothing left to do. */
  lacked: z.array(z.strictObject({ action: Action, hold: Hold.optional() })),
  /** Done though no finding asked for it any more. */
  added: z.array(Action),
});
export type Means = z.infer<typeof Means>;

/** What became of the plan that the rules made when it was asked who could carry it out. */
export const meansOf = (ruled: DriftPlan, plan: DriftPlan): Means => {
  const ruledHolds = new Set(ruled.holds.map(keyOfHold));
  return {
    lacked: missingFrom(ruled.actions, plan.actions).map((action) => {
      const hold = plan.holds.find((each) => each.facet === action.facet && !ruledHolds.has(keyOfHold(each)));
      return { action, ...(hold !== undefined && { hold }) };
    }),
    added: missingFrom(plan.actions, ruled.actions),
  };
};

/** A plan that the rules make today, with the means of then: an action that was not planned then is taken to have them. */
export const withMeansOf = (plan: DriftPlan, { lacked, added }: Means): DriftPlan => {
  const without = lacked.filter(({ action }) => plan.actions.some((each) => isSame(each, action)));
  const holds = without.flatMap(({ hold }) => hold ?? []);
  return {
    ...plan,
    actions: [
      ...missingFrom(
        plan.actions,
        without.map(({ action }) => action),
      ),
      ...missingFrom(added, plan.actions),
    ],
    holds: [...plan.holds, ...holds].toSorted((a, b) => (a.facet < b.facet ? -1 : a.facet > b.facet ? 1 : 0)),
  };
};

const missingFrom = (actions: readonly Action[], others: readonly Action[]): Action[] =>
  actions.filter((action) => !others.some((other) => isSame(action, other)));

const isSame = (a: Action, b: Action): boolean => a.facet === b.facet && a.do === b.do && a.to === b.to;

const keyOfHold = ({ facet, because, sentence }: Hold): string => JSON.stringify([facet, because, sentence]);
