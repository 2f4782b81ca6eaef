import { expect, it } from '@jest/globals';
import { doublyCovered, refusingBudgets } from '../../../functions/kubernetes/budgets.ts';
import { nodeKind } from '../../../functions/kubernetes/nodes.ts';
import { type LabelSelector, selects } from '../../../functions/kubernetes/selector.ts';
import { pod } from '../revocation/pod-facts.ts';

const labels = { app: 'api', tier: 'web' };
const expression = (operator: string, key: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

it.each<[title: string, selector: LabelSelector | undefined, expected: boolean]>([
  ['none', undefined, false],
  ['an empty one', {}, true],
  ['a label', { matchLabels: { app: 'api' } }, true],
  ['another value', { matchLabels: { app: 'b' } }, false],
  ['all labels', { matchLabels: { app: 'api', tier: 'db' } }, false],
  ['In', expression('In', 'app', ['x', 'api']), true],
  ['In, without the label', expression('In', 'zone', ['x']), false],
  ['NotIn', expression('NotIn', 'app', ['api']), false],
  ['NotIn, without the label', expression('NotIn', 'zone', ['x']), true],
  ['Exists', expression('Exists', 'tier'), true],
  ['DoesNotExist', expression('DoesNotExist', 'tier'), false],
  ['an operator of tomorrow', expression('Gt', 'tier', ['1']), false],
  ['both kinds', { matchLabels: { app: 'api' }, ...expression('Exists', 'zone') }, false],
])('selector with %s', (_, selector, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});

it('names the budgets that let nobody go, and the pods that two of them cover', () => {
  const budget = (name: string, disruptionsAllowed: number, selector: LabelSelector) => ({
    name,
    disruptionsAllowed,
    selector,
  });
  const budgets = [
    budget('z', 0, { matchLabels: { app: 'api' } }),
    budget('a', 0, {}),
    budget('open', 1, { matchLabels: { app: 'api' } }),
    budget('elsewhere', 0, { matchLabels: { app: 'x' } }),
  ];
  const pods = [pod('one', { labels }), pod('two')];
  expect(refusingBudgets(budgets, pods)).toEqual(['a', 'z']);
  expect(doublyCovered(budgets, pods).map(({ name }) => name)).toEqual(['one']);
});

it.each([
  ['aws:///eu-west-1a/i-0123456789abcdef0', {}, { kind: 'ec2', instanceId: 'i-0123456789abcdef0' }],
  ['aws:///eu-west-1a/0b0c/fargate-ip-10-0-0-1', { 'eks.amazonaws.com/compute-type': 'fargate' }, { kind: 'fargate' }],
  ['eks-hybrid:///eu-west-1/payments/mi-1', {}, { kind: 'other' }],
  ['', {}, { kind: 'other' }],
])('a node with provider id %s', (providerId, nodeLabels, expected) => {
  expect(nodeKind('n', providerId, nodeLabels)).toEqual({ name: 'n', ...expected });
});
