import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SESSION_TAGS } from '../../../../../functions/abac/session-tags.ts';
import { contextOf, evaluate, parsePolicy } from '../../../../../functions/policy/index.ts';
import type { TrustFacts } from '../../../../../functions/trust/findings/facts.ts';
import { REASONS_B } from '../../../../../functions/trust/findings/rules-b.ts';
import {
  ACCOUNT,
  facts,
  globs,
  identities,
  podIdentityConditions,
  podIdentityPolicies,
  policies,
  statements,
  written,
} from '../../reach/random.ts';
import { judge, table } from './judge.ts';

const oneOf = fc.constantFrom;
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider`;
const SOURCE = `arn:aws:iam::444455556666:role/source`;

/** Every kind of principal, of action and of condition that a rule looks for. */
const anyPolicies = policies(
  statements(
    oneOf<unknown>(
      '*',
      { AWS: [ACCOUNT, SOURCE, 'AROAEXAMPLEEXAMPLE123'] },
      { AWS: 'arn:aws:iam::444455556666:root' },
      { Service: ['pods.eks.amazonaws.com', 'pod.eks.amazonaws.com', 'rolesanywhere.amazonaws.com', '*'] },
      {
        Federated: [
          `${PROVIDER}/${ISSUER}`,
          `${PROVIDER}/token.actions.githubusercontent.com`,
          'cognito-identity.amazonaws.com',
        ],
      },
      { Federated: ['*', 'https://idp.example.com', `arn:aws:iam::${ACCOUNT}:saml-provider/okta`] },
      { Service: 'pods.eks.amazonaws.com', AWS: SOURCE, Federated: `${PROVIDER}/${ISSUER}` },
    ),
    oneOf<unknown>(
      'sts:*',
      '*',
      'sts:AssumeRoleWithWebIdentity',
      ['sts:AssumeRole', 'sts:TagSession'],
      ['s3:*', 'sts:?agSession'],
    ),
    fc.oneof(
      podIdentityConditions,
      written(
        oneOf('StringEquals', 'StringLike', 'ForAllValues:StringLike', 'StringNotEqualsIfExists'),
        oneOf(
          `${ISSUER}:sub`,
          `${ISSUER}:aud`,
          'sts:ExternalId',
          'SAML:aud',
          'aws:PrincipalArn',
          'token.actions.githubusercontent.com:sub',
        ),
        fc.oneof(
          oneOf(
            'system:serviceaccount:pay:api',
            'system:serviceaccount:pay:*',
            'sts.amazonaws.com',
            'eu-west-1/444455556666/a/b/ab',
          ),
          globs,
        ),
      ),
    ),
  ),
);

const everything: fc.Arbitrary<TrustFacts> = fc.record({
  policy: fc.oneof(anyPolicies, podIdentityPolicies).map((policy) => parsePolicy(policy)),
  characters: fc.constant(1000),
  account: fc.constant(facts.account),
  partition: fc.constant(facts.partition),
  roleArn: fc.constant(`arn:aws:iam::${ACCOUNT}:role/app`),
  roleTags: fc.constantFrom({}, { 'EKS-cluster-name': 'x' }),
  associations: fc.array(
    fc.record({
      identity: identities.map((each) => ({ ...each, account: '444455556666' })),
      tagsDisabled: fc.boolean(),
      sourceRoleArn: fc.constant(SOURCE),
    }),
    { maxLength: 3 },
  ),
  clusters: fc.constantFrom(
    [],
    [{ account: ACCOUNT, region: 'eu-west-1', cluster: 'a', issuer: 'oidc.eks.eu-west-1.amazonaws.com/id/X' }],
  ),
  chains: fc.constantFrom(
    [],
    [
      {
        sourceRoleArn: SOURCE,
        targetRoleArn: `arn:aws:iam::${ACCOUNT}:role/app`,
        assumeRole: 'deny' as const,
        tagSession: 'undecided' as const,
      },
    ],
  ),
});

describe('rules-b', () => {
  it('never throws, says the same twice, tells one problem once, and gives only documented reasons', () => {
    fc.assert(
      fc.property(everything, (given) => {
        const findings = judge(given);
        expect(judge(given)).toEqual(findings);
        const keys = findings.map(({ reason, subject }) => JSON.stringify([reason, subject]));
        expect(new Set(keys).size).toBe(keys.length);
        for (const { reason, sentence, remedy } of findings) {
          if (reason === 'ReachUndecided') continue;
          expect(REASONS_B).toHaveProperty(reason);
          expect(sentence).toMatch(/^[A-Z].*\.$/s);
          expect(remedy).toMatch(/\.$/s);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has an example of every reason in the tables', () => {
    const shown = ['linters', 'irsa', 'chaining']
      .flatMap(table)
      .flatMap(({ findings }) => findings.map(({ reason }) => reason));
    expect([...new Set(shown)].toSorted()).toEqual(Object.keys(REASONS_B).toSorted());
  });
});

const USER = `arn:aws:iam::${ACCOUNT}:user/ann`;
const TAGS = ['kubernetes-namespace', 'team', 'x'] as const;

/** All requests with some of these tags, each with one of these values. */
const requests = TAGS.reduce<ReadonlyArray<Readonly<Record<string, string>>>>(
  (some, tag) => some.flatMap((given) => [given, ...['a', 'b'].map((value) => ({ ...given, [tag]: value }))]),
  [{}],
);

const tagConditions = fc.oneof(
  written(
    oneOf('ForAllValues:StringEquals', 'ForAnyValue:StringEquals', 'ForAllValues:StringLike'),
    oneOf('aws:TagKeys'),
    oneOf(...TAGS, '*', 'kubernetes-*'),
  ),
  written(
    oneOf('StringEquals', 'StringNotEquals', 'StringEqualsIfExists'),
    oneOf('aws:RequestTag/team', 'aws:RequestTag/kubernetes-namespace', 'aws:RequestTag/x'),
    oneOf('a'),
  ),
  written(
    oneOf('Null'),
    oneOf('aws:RequestTag/team', 'aws:RequestTag/kubernetes-namespace', 'aws:RequestTag/x'),
    oneOf('true', 'false'),
  ),
);

describe('OthersMaySetSessionTags', () => {
  it('is told wherever some request with one of the six keys is allowed', () => {
    const policy = policies(
      statements(fc.constant({ AWS: USER }), fc.constant(['sts:AssumeRole', 'sts:TagSession']), tagConditions),
    );
    let told = 0;
    fc.assert(
      fc.property(policy, (source) => {
        const document = parsePolicy(source);
        const sets = judge({ ...facts, policy: document, characters: 0 }).some(
          ({ reason }) => reason === 'OthersMaySetSessionTags',
        );
        const possible = requests.some((tags) => {
          if (!SESSION_TAGS.some((tag) => tag in tags)) return false;
          const context = contextOf({
            'aws:TagKeys': Object.keys(tags),
            ...Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`aws:RequestTag/${tag}`, value])),
          });
          const principal = { kind: 'aws', arn: USER, account: ACCOUNT } as const;
          return ['sts:AssumeRole', 'sts:TagSession'].every(
            (action) =>
              evaluate([{ name: 'p', document }], { action, resource: '*', principal, context }).effect === 'allow',
          );
        });
        told += Number(sets);
        if (possible) expect(sets).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(told).toBeGreaterThan(50);
    expect(told).toBeLessThan(380);
  });
});
