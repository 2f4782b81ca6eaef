/** A decision whose plan there were no means for is decided the same again, unless the rules plan something else by now. */
import { expect, test } from '@jest/globals';
import type { Action, DriftPlan, Hold } from '../../../../functions/drift/contract.ts';
import { meansOf, withMeansOf } from '../../../../functions/drift/replay/means.ts';
import { redo } from '../../../../functions/drift/replay/redo.ts';
import { decided, inMode } from './made.ts';

const HELD: Hold = { because: 'not-ours', facet: 'boundary', sentence: 'A person would run: aws …' };
const config = inMode('remediate');
const today = { config, unaccepted: new Set<string>() };
const { decision: plain } = decided(config);
const [planned] = plain.plan.actions;

const asked = (plan: Partial<DriftPlan>) => {
  const { decision, world } = decided(config, {}, { plan: { ...plain.plan, ...plan }, wrote: [] });
  return redo(decision, world, today);
};

test('the rules plan something for it', () => expect(planned).toMatchObject({ do: 'revert', facet: 'boundary' }));

test.each<[string, Partial<DriftPlan>]>([
  ['held for want of means', { actions: [], holds: [HELD] }],
  ['done already', { actions: [] }],
  [
    'with something left to do',
    { actions: [...plain.plan.actions, { do: 'revoke', facet: 'exists', to: null, mends: [] }] },
  ],
  ['with means for all of it', {}],
])('%s then, and now', (_, plan) => {
  const { plan: again, differences } = asked(plan);
  expect(again).toEqual({ ...plain.plan, ...plan });
  expect(differences).toEqual([]);
});

const plan = (actions: readonly Action[], holds: readonly Hold[] = []): DriftPlan => ({
  ...plain.plan,
  actions: [...actions],
  holds: [...holds],
});
const WRITE: Action = { do: 'revert', facet: 'boundary', to: 'ours', mends: [] };

test('another action than the one that lacked means stands', () => {
  const means = meansOf(plan([WRITE]), plan([], [HELD]));
  const other = plan([{ ...WRITE, to: 'others' }]);
  expect(withMeansOf(other, means)).toEqual(other);
});

test('a hold of the rules is not taken for want of means', () => {
  const window: Hold = { because: 'window', facet: 'boundary', sentence: 'It opens on Monday.' };
  expect(meansOf(plan([WRITE], [window]), plan([], [window]))).toEqual({ lacked: [{ action: WRITE }], added: [] });
});

test('a decision of before means were kept is made again without', () => {
  const { decision, world } = decided(config, {}, { plan: plan([], [HELD]), wrote: [] });
  const { means: _, ...older } = world;
  expect(redo(decision, older, today).differences).toEqual(['boundary: now revert; it was held (not-ours).']);
});
