/** Changed guardrails, and the grants that stand under the old ones: on the real machine, in one process. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readGuardrails } from '../../../cli/guardrails-files.ts';
import { isRefused, refusalLines } from '../../../cli/guardrails-grants.ts';
import { Config } from '../../../functions/config.ts';
import { loadGuardrails, ownership, Teams } from '../../../functions/grants/guardrails/index.ts';
import { verdictsOnStanding } from '../../../functions/provisioning/refused-now.ts';
import { cedar } from '../../../functions/runtime/cedar.ts';
import { type Stage, startStage, wishFor } from '../../local/spine/provisioning-stage.ts';
import { config as some } from '../grants/samples.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 60_000);
afterAll(() => stage?.close());

const { source } = readGuardrails('guardrails');
const config = Config.parse(some);
const NOTHING_OWNED = ownership(Teams.parse({ accounts: {}, teams: {} }), config);
const law = (...policies: readonly string[]) => ({
  guardrails: loadGuardrails(cedar(), {
    schema: source.schema,
    policies: policies.map((text, index) => ({ file: `${index}.cedar`, text })),
  }),
  owned: NOTHING_OWNED,
});
const ALL = '@id("all") @reason("All may be had.") permit (principal, action, resource);';
const NO_QUERIES = `@id("no-queries") @reason("Nobody queries.")
  forbid (principal, action == Action::"Request", resource is Permission) when { resource.action == "dynamodb:Query" };`;

it('tells those that a new guardrail would refuse, and why; what has ended is nobody to judge', async () => {
  const hub = { store: stage.world.store, grants: stage.world.grants, config, now: () => new Date() };
  const { id, grant } = await stage.give(wishFor('stands'));
  expect(grant.state).toBe('active');
  const gone = await stage.give(wishFor('gone'));
  await stage.revoke(gone.id);
  await stage.settle();

  const before = await verdictsOnStanding(hub, law(ALL));
  expect(before.map(({ grant: each, verdict }) => [each.id, verdict?.verdict])).toEqual([[id, 'allowed']]);

  const after = await verdictsOnStanding(hub, law(ALL, NO_QUERIES));
  const [first, ...reasons] = after.filter(isRefused).flatMap(refusalLines);
  expect(first).toBe(`${id}, version 1, checkout/stands of team checkout: refused`);
  // The managed policy and the inline one of the source role, and what the target role has.
  expect(reasons).toHaveLength(3);
  for (const reason of reasons)
    expect(reason).toMatch(/^ {2}Nobody queries\. \(no-queries, dynamodb:Query on .* of role arn/);
}, 60_000);
