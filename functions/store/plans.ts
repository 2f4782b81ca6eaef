/** The plans that executions carry out: one for a grant's version and attempt, written once. What is handed from state to state is ids. */
import * as z from 'zod';
import { fitting, readRow } from './row.ts';
import type { Table } from './table.ts';
import { keepText, readText, TextRef } from './texts.ts';

/** What the store has to see of a plan. The whole of it is a floor above: its schema is handed in by who keeps it. */
export type KeptPlan = { readonly grantId: string; readonly version: number };

/** Which plan: an attempt that provisions and one that revokes are two. */
export type PlanRef = KeptPlan & { readonly attempt: number; readonly do: string };

const PlanRow = z.object({ text: TextRef });

const pkOf = ({ grantId, version, attempt, do: what }: PlanRef): string =>
  `PLAN#${grantId}#${version}#${what}#${attempt}`;

/** @example const plans = openStore(client).plans(ResolvedGrant); */
export const plans = <Plan extends KeptPlan>(table: Table, schema: z.ZodType<Plan>) => {
  const get = async (ref: PlanRef): Promise<Plan | undefined> => {
    const pk = pkOf(ref);
    const stored = await table.get({ pk, sk: 'PLAN' });
    if (stored === undefined) return undefined;
    return fitting(schema, `the plan ${pk}`, JSON.parse(await readText(table, pk, readRow(PlanRow, stored).text)));
  };

  return {
    /**
     * Keeps the plan, unless this attempt has one: then that one stands, since some of it may have been carried out.
     * @returns the plan that stands
     */
    keep: async (attempt: Pick<PlanRef, 'attempt' | 'do'>, plan: Plan): Promise<Plan> => {
      const ref = { grantId: plan.grantId, version: plan.version, ...attempt };
      const standing = await get(ref);
      if (standing !== undefined) return standing;
      const pk = pkOf(ref);
      const text = await keepText(table, pk, JSON.stringify(plan));
      if (await table.put({ pk, sk: 'PLAN', text }, 'absent')) return plan;
      return (await get(ref)) ?? plan;
    },

    /** The plan of an attempt, or undefined when there is none. */
    get,
  };
};
