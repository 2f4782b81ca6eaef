import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import { tighten } from '../../../../functions/trust/tighten/index.ts';
import { ACCOUNT, facts } from '../reach/random.ts';

type Row = {
  readonly why: string;
  readonly policy: object;
  /** `[account/]region/cluster/namespace/service account` */
  readonly identities: readonly string[];
  readonly notAdmitted?: readonly string[];
  readonly quota?: number;
  /** What becomes of each statement, then what is new. */
  readonly kinds?: readonly string[];
  /** Left out where nothing changes. */
  readonly result?: object;
  /** The name of the error. */
  readonly error?: string;
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./tighten.json', import.meta.url), 'utf8'));

const identityOf = (text: string): WorkloadIdentity => {
  const [serviceAccount = '', namespace = '', cluster = '', region = '', account = ACCOUNT] = text
    .split('/')
    .toReversed();
  return { account, region, cluster, namespace, serviceAccount };
};

describe('tighten', () => {
  it.each(rows)('$why', (row) => {
    const { policy, error, quota, kinds, result, notAdmitted = [] } = row;
    const wish = row.identities.map(identityOf);
    const role = { ...facts, ...(quota !== undefined && { quota }) };
    if (error !== undefined) {
      expect(() => tighten(policy, wish, role)).toThrow(expect.objectContaining({ name: error }));
      return;
    }
    const tightened = tighten(policy, wish, role);
    expect(tightened.changes.map(({ kind }) => kind)).toEqual(kinds);
    expect(tightened.changed).toBe(result !== undefined);
    expect(tightened.notAdmitted).toEqual(notAdmitted.map(identityOf));
    if (result !== undefined) expect(tightened.document).toEqual(result);
    expect(JSON.parse(tightened.text)).toEqual(tightened.document);
    expect(tightened.characters).toBe(tightened.text.length);
    // What is kept or stands in a statement's place is what the policy is made of.
    expect(tightened.changes.flatMap(({ after = [] }) => after)).toEqual(tightened.document.Statement);
    const again = tighten(tightened.text, wish, role);
    expect([again.changed, again.text]).toEqual([false, tightened.text]);
  });

  it('says of each statement what it was, what it is, and why', () => {
    const open = { Sid: 'All', Effect: 'Allow', Principal: PODS, Action: ['sts:AssumeRole', 'sts:TagSession'] };
    const ec2 = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const names = {
      'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:111122223333:cluster/payments',
      'aws:RequestTag/kubernetes-namespace': 'pay',
      'aws:RequestTag/kubernetes-service-account': 'api',
    };
    const policy = { Version: '2012-10-17', Statement: [ec2, open] };
    expect(tighten(policy, [identityOf('eu-west-1/payments/pay/api')], facts).changes).toEqual([
      { kind: 'kept', index: 0, before: ec2, after: [ec2], because: 'It lets no pods get the role.' },
      {
        kind: 'narrowed',
        index: 1,
        sid: 'All',
        before: open,
        after: [{ ...open, Condition: { StringEquals: names } }],
        because:
          'It also admitted pay/api in cluster other (111122223333, us-east-1). Now it is for the one service account that needs it.',
      },
    ]);
  });

  it('proposes a split with what does not fit', () => {
    const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: PODS, Action: 'sts:*' } };
    const wish = Array.from({ length: 12 }, (_, index) => identityOf(`eu-west-1/c${index}/n${index}/s${index}`));
    expect(() => tighten(policy, wish, facts)).toThrow(
      expect.objectContaining({ quota: 2048, split: [expect.anything(), expect.anything()] }),
    );
    // A stored policy that is longer than the default shows that the quota was raised.
    const namespaces = ['n*', ...Array.from({ length: 80 }, (_, index) => `${'x'.repeat(50)}${index}`)];
    const Condition = { StringLike: { 'aws:RequestTag/kubernetes-namespace': namespaces } };
    const longer = tighten({ ...policy, Statement: { ...policy.Statement, Condition } }, wish, facts);
    expect(longer).toMatchObject({ changed: true, admits: wish });
    expect(longer.characters).toBeGreaterThan(2048);
  });
});

const PODS = { Service: 'pods.eks.amazonaws.com' };
