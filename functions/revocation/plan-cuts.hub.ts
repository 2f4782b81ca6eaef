/** The machine's mind: what has the identity lost, which denies does that take, and what comes next. Writes the journal first. */
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { seenOf } from '../store/association-row.ts';
import { theStore } from '../store/index.ts';
import { PlanCutsInput, type PlanCutsOutput } from './contract.ts';
import { brakesOf, deniesOf, neighboursOf } from './gather.ts';
import { planCuts } from './plan-cuts.ts';

export const handler = entry(PlanCutsInput, async (input, { now, count }): Promise<PlanCutsOutput> => {
  const store = theStore();
  const { revocation, associations } = input;
  const [brakes, { denies, owners }, neighbours] = await Promise.all([
    brakesOf(store, revocation, config()),
    deniesOf(store, revocation),
    neighboursOf(store, revocation),
  ]);
  const plan = planCuts({ input, config: config(), brakes, denies, owners, neighbours, now: now() });

  // What is intended stands in the journal before anybody acts on it.
  await store.journal.append(plan.notes.map((note) => ({ ...note, subject: revocation.id, by: 'plan-cuts' })));
  await Promise.all(plan.denies.map((row) => store.denies.keep(row)));
  if ('readAt' in associations && associations.association !== undefined && input.ran.length === 0) {
    await store.associations.keep(revocation.identity, seenOf(associations.association, associations.readAt));
  }
  if (plan.output.held !== undefined) count('RevocationHeld');
  return plan.output;
});
