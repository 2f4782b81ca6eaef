import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import { type PolicyDocument, parsePolicy } from '../../../../functions/policy/index.ts';
import {
  admits,
  chaining,
  has,
  irsa,
  type MemberSet,
  podIdentity,
  type Reach,
  reach,
  sourceAccounts,
  toSentences,
} from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, facts } from './random.ts';

type Row = {
  readonly why: string;
  readonly kind: 'pod-identity' | 'irsa' | 'chaining';
  readonly facts?: object;
  readonly policy: unknown;
  /** Sentences of who may be admitted. */
  readonly may: readonly string[];
  /** Of who must be, and the keys on which the difference hangs; left out where there is none. */
  readonly must?: readonly string[];
  readonly hangsOn?: readonly string[];
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./reach.json', import.meta.url), 'utf8'));

const shown = <Member>({ may, must, hangsOn }: Reach<Member>) => ({
  may: toSentences(may),
  must: toSentences(must),
  hangsOn,
});

const reached = ({ kind, facts: given }: Row, policy: PolicyDocument) => {
  const role = { ...facts, ...given };
  if (kind === 'irsa') return shown(reach(policy, irsa(role)));
  return kind === 'chaining' ? shown(reach(policy, chaining(role))) : shown(reach(policy, podIdentity(role)));
};

describe('reach', () => {
  it.each(rows)('$why', (row) => {
    const { may, must = may, hangsOn = [] } = row;
    expect(reached(row, parsePolicy(row.policy, { kind: 'trust' }))).toEqual({ may, must, hangsOn });
  });

  it.each([
    ['StringLike', [], ['o-exampleorgid']],
    ['StringNotLike', ['pay'], ['o-exampleorgid', 'pay']],
  ])('asks for a key that nobody gave once for each text of a variable: %s', (operator, must, may) => {
    const policy = trust(
      { Service: 'pods.eks.amazonaws.com' },
      {
        // No organization's id begins with `pay`.
        [operator]: { 'aws:SourceOrgID': `$\{aws:RequestTag/kubernetes-namespace}*` },
        StringEquals: { 'aws:RequestTag/kubernetes-namespace': ['pay', 'o-exampleorgid'] },
      },
    );
    const reached = reach(policy, podIdentity(facts));
    const admitted = (set: MemberSet<WorkloadIdentity>): string[] =>
      ['o-exampleorgid', 'pay'].filter((namespace) =>
        has(set, { account: ACCOUNT, region: 'eu-west-1', cluster: 'c', namespace, serviceAccount: 's' }),
      );
    expect([admitted(reached.must), admitted(reached.may)]).toEqual([must, may]);
  });

  it('knows the source accounts that a target role’s trust tells apart', () => {
    const policy = parsePolicy({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: ['222222222222', 'arn:aws:iam::333333333333:role/source'] },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: {
            ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::44*:role/x' },
            StringLike: { 'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:*:5?*6:cluster/x' },
          },
        },
      ],
    });
    const accounts = sourceAccounts(policy, facts);
    expect(accounts.filter(({ others }) => !others).map(({ account }) => account)).toEqual([
      ACCOUNT,
      '222222222222',
      '333333333333',
    ]);
    const others = accounts
      .filter((each) => each.others)
      .map(({ account }) => account.replace(/^(44|5).*?(6?)$/, '$1…$2'));
    expect(others.toSorted()).toEqual(['000000000000', '44…', '5…6']);
  });

  it.each([
    ['TooManyStates', true, { StringLike: { 'aws:RequestTag/kubernetes-namespace': `*a${'?'.repeat(20)}` } }],
    [
      'TooManyStates',
      false,
      { StringNotLike: { 'aws:RequestTag/eks-cluster-arn': [...'abcdefghijklmnop'].map((char) => `*${char}*`) } },
    ],
    [
      'TooManyValueClasses',
      'undecided',
      { StringLike: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`aws:ResourceTag/t${index}`, 'x'])) },
    ],
    ['TooManySplits', false, { StringLike: { 'sts:ExternalId': '*a'.repeat(60) } }],
  ])('is undecided past a bound, %s; admits still answers %s', (reason, admitted, condition) => {
    const policy = trust({ AWS: SOURCE }, condition);
    const request = chaining({ ...facts, tagsDisabled: reason === 'TooManySplits' });
    const names = { namespace: `ba${'b'.repeat(20)}`, serviceAccount: 'api' };
    const identity = { account: ACCOUNT, region: 'eu-west-1', cluster: 'payments', ...names, sourceRoleArn: SOURCE };
    expect(() => toSentences(reach(policy, request).may)).toThrow(
      expect.objectContaining({ name: 'ReachUndecided', reason }),
    );
    expect(admits(policy, request, identity).admitted).toBe(admitted);
  });

  it('is decided for a hundred statements that cut every dimension, or gives up with a reason', () => {
    const conditions = Array.from({ length: 100 }, (_, index) => ({
      StringNotLike: {
        'aws:RequestTag/kubernetes-namespace': `n${index}*`,
        'aws:RequestTag/kubernetes-service-account': `s${index}*`,
        'aws:RequestTag/eks-cluster-name': `c${index}*`,
      },
    }));
    const policy = trust({ Service: 'pods.eks.amazonaws.com' }, ...conditions);
    const { may } = reach(policy, podIdentity(facts));
    expect(
      has(may, { account: ACCOUNT, region: 'eu-west-1', cluster: 'c1', namespace: 'n1', serviceAccount: 's1' }),
    ).toBe(true);
    expect(() => toSentences(may)).toThrow(expect.objectContaining({ name: 'ReachUndecided', reason: 'TooManyCells' }));
  });
});

const SOURCE = `arn:aws:iam::${ACCOUNT}:role/source`;

const trust = (Principal: object, ...conditions: readonly object[]): PolicyDocument =>
  parsePolicy({
    Version: '2012-10-17',
    Statement: conditions.map((Condition) => ({
      Effect: 'Allow',
      Principal,
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition,
    })),
  });
