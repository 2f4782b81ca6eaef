import { expect, test } from '@jest/globals';
import { fargateIn } from '../../../../functions/provisioning/acts/fargate.ts';

const all = (namespace: string) => ({ namespace, labels: {} });
const some = (namespace: string) => ({ namespace, labels: { compute: 'fargate' } });

test.each([
  ['no profile', [], 'none'],
  ["another namespace's", [all('billing')], 'none'],
  ['a name that only begins like it', [all('check')], 'none'],
  ['its own', [all('checkout')], 'all'],
  ['a pattern with *', [all('check*')], 'all'],
  ['a pattern with ?', [all('checkou?')], 'all'],
  ['those with labels', [some('checkout')], 'some'],
  ['one with labels and one without', [some('checkout'), all('*')], 'all'],
] as const)('%s', (_, selectors, expected) => {
  expect(fargateIn('checkout', selectors)).toBe(expected);
});
