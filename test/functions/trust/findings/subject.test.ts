import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { subjectOf } from '../../../../functions/trust/findings/index.ts';

const ACCOUNT = '111122223333';
const TAG = 'aws:RequestTag/kubernetes-namespace';

const BASE = {
  Effect: 'Allow',
  Principal: { Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'], AWS: ACCOUNT },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Condition: { StringEquals: { [TAG]: ['pay', 'ship'], 'aws:SourceAccount': ACCOUNT } },
};

const subjectsOf = (...statements: readonly object[]): readonly string[] =>
  parsePolicy({ Version: '2012-10-17', Statement: statements }).statements.map(subjectOf);

describe('subjectOf', () => {
  it('is the Sid, and without one a short hash', () => {
    expect(subjectsOf({ ...BASE, Sid: 'Pods' }, BASE, { ...BASE, Sid: '' })).toEqual([
      'Pods',
      expect.stringMatching(/^[0-9a-f]{12}$/),
      expect.stringMatching(/^[0-9a-f]{12}$/),
    ]);
  });

  it.each([
    ['its place in the policy', BASE],
    ['the order of its elements', Object.fromEntries(Object.entries(BASE).toReversed())],
    ['the order of lists', { ...BASE, Action: BASE.Action.toReversed() }],
    ['the case of actions and keys', { ...BASE, Action: ['STS:AssumeRole', 'sts:tagsession'] }],
    ['how an account is written', { ...BASE, Principal: { ...BASE.Principal, AWS: `arn:aws:iam::${ACCOUNT}:root` } }],
    [
      'the order of conditions and values',
      { ...BASE, Condition: { StringEquals: { 'AWS:sourceAccount': [ACCOUNT], [TAG]: ['ship', 'pay'] } } },
    ],
  ])('doesn’t hang on %s', (_, same) => {
    const [, subject] = subjectsOf({ ...BASE, Action: 'sts:*' }, BASE);
    expect(subjectsOf(same)).toEqual([subject]);
  });

  it.each([
    ['effect', { ...BASE, Effect: 'Deny' }],
    ['principal', { ...BASE, Principal: { Service: 'pods.eks.amazonaws.com' } }],
    ['NotPrincipal', { ...BASE, Principal: undefined, NotPrincipal: BASE.Principal }],
    ['action', { ...BASE, Action: 'sts:AssumeRole' }],
    ['NotAction', { ...BASE, Action: undefined, NotAction: BASE.Action }],
    ['operator', { ...BASE, Condition: { StringLike: BASE.Condition.StringEquals } }],
    ['value', { ...BASE, Condition: { StringEquals: { ...BASE.Condition.StringEquals, [TAG]: 'pay' } } }],
    ['conditions', { ...BASE, Condition: undefined }],
  ])('is another for another %s', (_, other) => {
    const [subject] = subjectsOf(BASE);
    expect(subjectsOf(JSON.parse(JSON.stringify(other)))).not.toEqual([subject]);
  });
});
