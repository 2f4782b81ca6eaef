import { describe, expect, it } from '@jest/globals';
import { type PolicyDocument, parsePolicy } from '../../../functions/policy/index.ts';
import { disproof, saysTheSame } from '../../../functions/trust/proof.ts';

const ACCOUNT = '111122223333';
const role = { account: ACCOUNT, partition: 'aws', roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` };
const api = {
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const worker = { ...api, serviceAccount: 'worker' };

const BOTH = ['sts:AssumeRole', 'sts:TagSession'];
const policy = (...statements: object[]): PolicyDocument =>
  parsePolicy({ Version: '2012-10-17', Statement: statements }, { kind: 'trust' });
const pods = (StringEquals?: object, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: BOTH,
  ...(StringEquals && { Condition: { StringEquals } }),
  ...more,
});
const of = (namespace: string, serviceAccount?: string | string[]) => ({
  'aws:RequestTag/kubernetes-namespace': namespace,
  ...(serviceAccount && { 'aws:RequestTag/kubernetes-service-account': serviceAccount }),
});
const ec2 = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
const irsa = (sub: string) => ({
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB12` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringLike: { 'oidc.eks.eu-west-1.amazonaws.com/id/AB12:sub': `system:serviceaccount:${sub}` } },
});
const source = (name: string) => ({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/${name}` },
  Action: BOTH,
});

describe('nothing is wrong with', () => {
  it.each([
    ['fewer service accounts', policy(pods()), policy(pods(of('checkout', ['api', 'worker'])))],
    ['the same', policy(pods(of('checkout'))), policy(pods(of('checkout')))],
    [
      'a foreign statement that stays',
      policy(pods(), ec2, irsa('a:*')),
      policy(ec2, pods(of('checkout')), irsa('a:*')),
    ],
    ['a foreign statement that goes', policy(pods(), ec2), policy(pods(of('checkout')))],
  ])('%s', (_, before, after) => {
    expect(disproof(before, after, [api, worker], role)).toBeUndefined();
  });
});

describe('not provable:', () => {
  it.each([
    [
      'another service account',
      policy(pods(of('checkout'))),
      policy(pods(of('billing'))),
      /\(pod-identity\): .*billing/,
    ],
    ['nothing about tags any more', policy(pods(of('checkout'))), policy(pods()), /it would let others in/],
    [
      'associations without tags',
      policy(pods({ 'aws:RequestTag/kubernetes-namespace': 'checkout' })),
      policy(pods(of('checkout')), pods(undefined, { Action: 'sts:AssumeRole' })),
      /\(pod-identity-without-tags\)/,
    ],
    ['a wider subject', policy(pods(), irsa('a:b')), policy(pods(), irsa('a:*')), /\(irsa\)/],
    ['another source role', policy(pods(), source('a')), policy(pods(), source('a'), source('b')), /\(chaining\)/],
    ['another service', policy(pods()), policy(pods(), ec2), /\(other-principals\): .*ec2/],
    [
      'a Deny that goes',
      policy(pods(), { ...pods(of('billing')), Effect: 'Deny' }),
      policy(pods()),
      /\(pod-identity\): .*billing/,
    ],
    [
      'another organization',
      policy(pods({ 'aws:SourceOrgID': 'o-aaaaaaaaaa' })),
      policy(pods({ 'aws:SourceOrgID': 'o-bbbbbbbbbb' })),
      /it would let others in/,
    ],
    [
      'one who asked is shut out',
      policy(pods()),
      policy(pods(of('checkout', 'api'))),
      /it would shut out checkout\/worker/,
    ],
  ])('%s', (_, before, after, because) => {
    expect(disproof(before, after, [api, worker], role)).toMatch(because);
  });

  it('but whom the old policy did not admit, nobody shuts out', () => {
    expect(
      disproof(policy(pods(of('checkout', 'api'))), policy(pods(of('checkout', 'api'))), [worker], role),
    ).toBeUndefined();
  });
});

it('the same in other words is the same', () => {
  const [one, other] = [pods(of('checkout', ['api', 'worker'])), pods(of('checkout', ['worker', 'api']))];
  expect(saysTheSame(policy(one, ec2), policy(ec2, other), role)).toBe(true);
  expect(saysTheSame(policy(one, ec2), policy(one), role)).toBe(false);
});
