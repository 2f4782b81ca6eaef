import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contextOf, evaluate, parsePolicy } from '../../../../functions/policy/index.ts';
import { AskMalformed, answerAsk, decisionsOf, readAsk } from '../../../../functions/trust/asks/index.ts';
import { ACCOUNT, clusterArn, hidden, identities, podIdentityPolicies } from '../reach/random.ts';

type Row = {
  readonly why: string;
  readonly policy: unknown;
  readonly ask: object;
  readonly admitted: boolean | 'undecided';
  /** A part of the sentence. */
  readonly because?: string;
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./asks.json', import.meta.url), 'utf8'));

const ASK = {
  kind: 'pod-identity',
  clusterArn: clusterArn('payments'),
  clusterName: 'payments',
  region: 'eu-west-1',
  account: ACCOUNT,
  namespace: 'pay',
  serviceAccount: 'api',
};

describe('answerAsk', () => {
  it.each(rows.map((row) => [row.why, row] as const))('%s', (_why, { policy, ask, admitted, because = '' }) => {
    const answer = answerAsk(policy, ask);
    expect(answer).toMatchObject({ admitted, because: expect.stringContaining(because) });
  });

  it.each([
    ['no object', 'pod-identity', 'ask: '],
    ['another kind', { ...ASK, kind: 'chaining' }, 'ask.kind: '],
    ['no namespace', { ...ASK, namespace: undefined }, 'ask.namespace: '],
    ['a number for a name', { ...ASK, serviceAccount: 7 }, 'ask.serviceAccount: '],
    ['a misspelt field', { ...ASK, tagDisabled: true }, 'ask has unknown fields: tagDisabled'],
    ['a word for a boolean', { ...ASK, tagsDisabled: 'yes' }, 'ask.tagsDisabled: '],
    ['an object in the context', { ...ASK, context: { 'aws:x': {} } }, 'ask.context.aws:x: '],
    ['no cluster', { ...ASK, clusterArn: undefined }, 'the ask has no clusterArn'],
    ['no region, and an ARN that is none', { ...ASK, clusterArn: 'x', region: undefined }, 'the ask has no region'],
    ['no issuer', { kind: 'irsa', account: ACCOUNT, namespace: 'pay', serviceAccount: 'api' }, 'the ask has no issuer'],
    ['no account', { kind: 'irsa', issuer: 'x.y', namespace: 'pay', serviceAccount: 'api' }, 'the ask has no account'],
  ])('refuses %s', (_what, ask, problem) => {
    expect(() => answerAsk({}, ask)).toThrow(AskMalformed);
    expect(() => answerAsk({}, ask)).toThrow(problem);
  });

  it('agrees with the policy engine, whatever the keys hold that nobody gave', () => {
    const truthOf = (policy: unknown, ask: object, further: Readonly<Record<string, string | undefined>>): boolean => {
      const { clusterArn: arn, clusterName, namespace, serviceAccount, region } = { ...ASK, ...ask };
      const context = contextOf({
        'aws:RequestTag/eks-cluster-arn': arn,
        'aws:RequestTag/eks-cluster-name': clusterName,
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': serviceAccount,
        'aws:SourceArn': arn,
        'aws:SourceAccount': ACCOUNT,
        'aws:RequestedRegion': region,
        'aws:TagKeys': TAG_KEYS,
        'sts:DurationSeconds': '21600',
        ...further,
      });
      const document = parsePolicy(policy);
      return ['sts:AssumeRole', 'sts:TagSession'].every(
        (action) =>
          evaluate([{ name: 'trust', document }], {
            action,
            resource: '*',
            principal: { kind: 'service', service: 'pods.eks.amazonaws.com' },
            context,
          }).effect === 'allow',
      );
    };
    // The tag's names are given apart: nothing may be derived from the ARN.
    const asks = fc.record({ identity: identities, clusterName: fc.constantFrom('a', 'pay', 'pay-a', 'Pay*', 'prod') });
    const seen = { true: 0, false: 0, undecided: 0 };
    fc.assert(
      fc.property(
        podIdentityPolicies,
        asks,
        fc.array(hidden, { minLength: 8, maxLength: 8 }),
        (policy, asked, many) => {
          const { cluster, region, namespace, serviceAccount } = asked.identity;
          const ask = {
            ...ASK,
            clusterArn: clusterArn(cluster, region),
            clusterName: asked.clusterName,
            region,
            namespace,
            serviceAccount,
          };
          const { admitted, because } = answerAsk(policy, ask);
          seen[`${admitted}`] += 1;
          if (because.startsWith('IAM would refuse')) return;
          const truths = many.map((further) => truthOf(policy, ask, further));
          if (admitted !== 'undecided') expect(truths).toEqual(truths.map(() => admitted));
          // Once everything is given, the answer is the engine's.
          many.forEach((further, index) => {
            const context = Object.fromEntries(Object.entries(further).map(([key, value]) => [key, value ?? null]));
            expect(answerAsk(policy, { ...ask, context }).admitted).toBe(truths[index]);
          });
        },
      ),
      { numRuns: 1500, seed: 4 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });
});

const TAG_KEYS = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
];

describe('decisionsOf', () => {
  it('says what came of every statement, action by action', () => {
    const policy = parsePolicy({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Ec2', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        { Sid: 'Pods', Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    });
    const shown = decisionsOf(policy, readAsk(ASK)).map(({ action, decidedBy, considered }) => [
      action,
      decidedBy?.sid,
      considered.map(({ sid, because }) => `${sid}: ${because}`),
    ]);
    expect(shown).toEqual([
      ['sts:AssumeRole', 'Pods', ['Ec2: it is about other principals']],
      ['sts:TagSession', undefined, ['Ec2: it is about other actions', 'Pods: it is about other actions']],
    ]);
  });
});
