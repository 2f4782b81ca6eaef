/** Which workloads are told to replace their pods now, and whether waiting can still help. Writes the journal first. */
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { PlanRestartInput, type PlanRestartOutput } from './contract.ts';
import { brakesOf } from './gather.ts';
import { planRestart } from './plan-restart.ts';

export const handler = entry(PlanRestartInput, async (input, { now }): Promise<PlanRestartOutput> => {
  const store = theStore();
  const { id } = input.revocation;
  const settings = config();
  const brakes = await brakesOf(store, input.revocation, settings);
  const plan = planRestart({ input, settings: settings.revocation, brakes, now: now() });
  await store.journal.append(plan.notes.map((note) => ({ ...note, subject: id, by: 'plan-restart' })));
  return plan.output;
});
