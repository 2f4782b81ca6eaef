import { describe, expect, it } from '@jest/globals';
import { prove } from '../../../../functions/trust/tighten/prove.ts';
import { scopeOf } from '../../../../functions/trust/tighten/scope.ts';
import { readWritten } from '../../../../functions/trust/tighten/written.ts';
import { ACCOUNT, clusterArn, facts } from '../reach/random.ts';

const identityOf = (serviceAccount: string) => ({
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'pay',
  serviceAccount,
});

const namesOf = (...serviceAccounts: readonly string[]) => ({
  'aws:RequestTag/eks-cluster-arn': clusterArn('payments'),
  'aws:RequestTag/kubernetes-namespace': 'pay',
  'aws:RequestTag/kubernetes-service-account': serviceAccounts,
});

const allow = (Principal: object, StringEquals: object, Action: string | readonly string[] = 'sts:*') => ({
  Effect: 'Allow',
  Principal,
  Action,
  Condition: { StringEquals },
});

const PODS = { Service: 'pods.eks.amazonaws.com' };
const EC2 = allow({ Service: 'ec2.amazonaws.com' }, { 'aws:SourceAccount': ACCOUNT }, 'sts:AssumeRole');
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const irsa = (subject: string) =>
  allow(
    { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
    { [`${ISSUER}:sub`]: subject },
    'sts:AssumeRoleWithWebIdentity',
  );
const SUBJECT = 'system:serviceaccount:pay:api';

const textOf = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

/** Admits every service account, and others than pods. */
const before = textOf(allow(PODS, { 'aws:SourceAccount': ACCOUNT }), EC2, irsa(SUBJECT));
const scope = scopeOf(readWritten(before), facts, ['api', 'web'].map(identityOf));

describe('prove', () => {
  it('lets a policy pass that is right', () => {
    expect(() => prove(scope, textOf(allow(PODS, namesOf('api', 'web')), EC2, irsa(SUBJECT)))).not.toThrow();
  });

  it.each([
    ['leaves one out', [allow(PODS, namesOf('api')), EC2, irsa(SUBJECT)], /leave out pay\/web/],
    ['still admits a stranger', [allow(PODS, namesOf('api', 'web', 'x')), EC2, irsa(SUBJECT)], /still admit pay\/x/],
    [
      'still admits whoever has no session tags',
      [
        allow(PODS, namesOf('api', 'web')),
        { ...allow(PODS, {}, 'sts:AssumeRole'), Condition: { StringEqualsIfExists: namesOf('api') } },
        EC2,
        irsa(SUBJECT),
      ],
      /still admit/,
    ],
    ['takes it from another service', [allow(PODS, namesOf('api', 'web')), irsa(SUBJECT)], /take it from Service ec2/],
    ['takes it from IRSA', [allow(PODS, namesOf('api', 'web')), EC2], /\(irsa\): it would take it from/],
    [
      'gives it to another subject of IRSA',
      [
        allow(PODS, namesOf('api', 'web')),
        EC2,
        irsa('system:serviceaccount:pay:*'),
        irsa('system:serviceaccount:pay:web'),
      ],
      /\(irsa\): it would give/,
    ],
    [
      'gives it to a source role',
      [
        allow(PODS, namesOf('api', 'web')),
        EC2,
        irsa(SUBJECT),
        allow({ AWS: ACCOUNT }, { 'aws:PrincipalAccount': ACCOUNT }),
      ],
      /\(chaining\): it would give/,
    ],
  ] as const)('refuses one that %s', (_what, statements, message) => {
    expect(() => prove(scope, textOf(...statements))).toThrow(
      expect.objectContaining({ name: 'NotProvable', message: expect.stringMatching(message) }),
    );
  });
});
