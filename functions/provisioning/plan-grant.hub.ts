/** From what was read to the plan: resolved, judged by the guardrails once more, and kept. */
import type { Law } from '../grants/guardrails/index.ts';
import { Grant } from '../grants/index.ts';
import { cedar } from '../runtime/cedar.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { guardrailsBeside } from '../runtime/guardrails.ts';
import { theStore } from '../store/index.ts';
import { lawOf } from './law.ts';
import { type Next, WorkInput } from './planning/contract.ts';
import { grantOf } from './planning/machine.ts';
import { planGrant } from './planning/plan-grant.ts';

let law: Law | undefined;

export const handler = entry(WorkInput, async (input, { now }): Promise<Next> => {
  const store = theStore();
  const hub = { store, grants: store.grants(Grant), config: config(), now };
  law ??= lawOf(cedar(), guardrailsBeside(), config());
  return planGrant(hub, law, input, await grantOf(hub, input.work));
});
