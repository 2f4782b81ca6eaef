import { describe, expect, it } from '@jest/globals';
import { type ChainSource, chainsOf } from '../../../functions/trust/chain.ts';

const SOURCE = 'arn:aws:iam::111122223333:role/team/orders';
const TARGET = 'arn:aws:iam::444455556666:role/warehouse';
const BOTH = ['sts:AssumeRole', 'sts:TagSession'];

type Written = { Effect?: string; Action?: string | string[]; Resource?: string; Condition?: object };
const policy = (name: string, ...statements: Written[]) => ({
  name,
  document: JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Action: BOTH, Resource: TARGET, ...statement })),
  }),
});

const verdicts = (source: Partial<ChainSource>) => {
  const whole = { arn: SOURCE, id: 'AROASOURCE', tags: {}, policies: [], ...source };
  return chainsOf(whole, [TARGET]).map(({ assumeRole, tagSession }) => [assumeRole, tagSession])[0];
};
const when = (operator: string, key: string, value: string, tags: Record<string, string> = {}) =>
  verdicts({ tags, policies: [policy('p', { Condition: { [operator]: { [key]: value } } })] });

describe('what a role may do by its own policies', () => {
  it.each([
    ['nothing', [], ['deny', 'deny']],
    ['both', [policy('p', {})], ['allow', 'allow']],
    ['one of the two: the tags would be refused', [policy('p', { Action: 'sts:AssumeRole' })], ['allow', 'deny']],
    [
      'each by another policy',
      [policy('a', { Action: 'sts:assumerole' }), policy('b', { Action: 'sts:Tag*' })],
      ['allow', 'allow'],
    ],
    ['another role', [policy('p', { Resource: `${TARGET}-2` })], ['deny', 'deny']],
    ['a pattern', [policy('p', { Resource: 'arn:aws:iam::444455556666:role/ware*' })], ['allow', 'allow']],
    ['everything but this', [policy('p', { Resource: '*' }, { Effect: 'Deny' })], ['deny', 'deny']],
    ['tags denied', [policy('p', {}, { Effect: 'Deny', Action: 'sts:TagSession' })], ['allow', 'deny']],
  ])('%s', (_, policies, expected) => {
    expect(verdicts({ policies })).toEqual(expected);
  });

  it('is limited by its boundary', () => {
    const policies = [policy('p', {})];
    expect(verdicts({ policies, boundary: policy('b', { Resource: '*', Action: 'sts:AssumeRole' }) })).toEqual([
      'allow',
      'deny',
    ]);
    expect(verdicts({ policies, boundary: policy('b', { Resource: '*', Action: '*' }) })).toEqual(['allow', 'allow']);
    expect(verdicts({ boundary: policy('b', { Action: '*' }) })).toEqual(['deny', 'deny']);
  });

  it('answers for each target', () => {
    const other = 'arn:aws:iam::444455556666:role/other';
    expect(chainsOf({ arn: SOURCE, id: 'AROASOURCE', tags: {}, policies: [policy('p', {})] }, [other, TARGET])).toEqual(
      [
        { sourceRoleArn: SOURCE, targetRoleArn: other, assumeRole: 'deny', tagSession: 'deny' },
        { sourceRoleArn: SOURCE, targetRoleArn: TARGET, assumeRole: 'allow', tagSession: 'allow' },
      ],
    );
  });
});

describe('what is known of its sessions', () => {
  it.each([
    ['aws:PrincipalArn', SOURCE, 'allow'],
    ['aws:PrincipalArn', 'arn:aws:iam::111122223333:role/orders', 'deny'],
    ['aws:PrincipalAccount', '111122223333', 'allow'],
    ['aws:ResourceAccount', '444455556666', 'allow'],
    ['aws:ResourceAccount', '111122223333', 'deny'],
    ['aws:PrincipalTag/Team', 'checkout', 'allow'],
    ['aws:PrincipalTag/team', 'billing', 'deny'],
    ['aws:PrincipalTag/stage', 'production', 'deny'],
    // The pod's, if the association leaves session tags on; nobody says which pod.
    ['aws:PrincipalTag/kubernetes-namespace', 'checkout', 'undecided'],
    ['aws:SourceIp', '10.0.0.1', 'undecided'],
    ['sts:ExternalId', 'eu-west-1/111122223333/payments/checkout/api', 'undecided'],
    ['aws:PrincipalOrgID', 'o-1', 'undecided'],
  ])('%s = %s: %s', (key, value, expected) => {
    const tags = { team: 'checkout', 'kubernetes-namespace': 'checkout' };
    expect(when('StringEquals', key, value, tags)).toEqual([expected, expected]);
  });
});

describe('what can not be read', () => {
  const odd = { name: 'odd', document: '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}' };

  it('decides nothing, unless something else denies', () => {
    expect(verdicts({ policies: [odd] })).toEqual(['undecided', 'undecided']);
    expect(verdicts({ policies: [odd, policy('p', {})] })).toEqual(['undecided', 'undecided']);
    expect(verdicts({ policies: [policy('p', {})], boundary: odd })).toEqual(['undecided', 'undecided']);
    expect(verdicts({ policies: [odd, policy('p', { Effect: 'Deny', Action: 'sts:TagSession' })] })).toEqual([
      'undecided',
      'deny',
    ]);
  });
});
