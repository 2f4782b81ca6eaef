/** The plans that executions carry out: one for a grant's version and attempt, written once. What is handed from state to state is ids. */
import * as z from 'zod';
import { fitting, readRow } from './row.ts';
import type { Table } from './table.ts';
import { keepText, readText, TextRef } from './texts.ts';

/** What the store has to see of a plan. The whole of it is a floor above: its schema is handed in by who keeps it. */
export type KeptPlan = { readonly grantId: string; readonly version: number };

/** Which plan: an attempt that provisions and one that revokes are two. */
export type PlanRef = KeptPlan & { readonly attempt: number; readonly do: string };

/** One that fits is in the row itself, so that it is one read: there are many small ones. */
const PlanRow = z.union([z.object({ whole: z.string() }), z.object({ text: TextRef })]);
/** In UTF-16 units, of which each is at most 3 bytes of UTF-8: a row has 400 kB. */
const WHOLE = 90_000;

const pkOf = ({ grantId, version, attempt, do: what }: PlanRef): string =>
  `PLAN#${grantId}#${version}#${what}#${attempt}`;

/** @example const plans = openStore(client).plans(ResolvedGrant); */
export const plans = <Plan extends KeptPlan>(table: Table, schema: z.ZodType<Plan>) => {
  const get = async (ref: PlanRef): Promise<Plan | undefined> => {
    const pk = pkOf(ref);
    const stored = await table.get({ pk, sk: 'PLAN' });
    if (stored === undefined) return undefined;
    const row = readRow(PlanRow, stored);
    const text = 'whole' in row ? row.whole : await readText(table, pk, row.text);
    return fitting(schema, `the plan ${pk}`, JSON.parse(text));
  };

  return {
    /**
     * Keeps the plan, unless this attempt has one: then that one stands, since some of it may have been carried out.
     * @returns the plan that stands
     */
    keep: async (attempt: Pick<PlanRef, 'attempt' | 'do'>, plan: Plan): Promise<Plan> => {
      const ref = { grantId: plan.grantId, version: plan.version, ...attempt };
      const pk = pkOf(ref);
      const whole = JSON.stringify(plan);
      const kept = whole.length <= WHOLE ? { whole } : { text: await keepText(table, pk, whole) };
      if (await table.put({ pk, sk: 'PLAN', ...kept }, 'absent')) return plan;
      return (await get(ref)) ?? plan;
    },

    /** The plan of an attempt, or undefined when there is none. */
    get,
  };
};
