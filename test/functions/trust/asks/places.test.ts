import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { placesIn } from '../../../../functions/trust/asks/index.ts';

const PODS = { Service: 'pods.eks.amazonaws.com' };
const cluster = (account: string, partition = 'aws') => `arn:${partition}:eks:eu-west-1:${account}:cluster/c`;
const places = (...statements: readonly object[]) =>
  placesIn(
    parsePolicy({
      Statement: statements.map((statement) => ({ Effect: 'Allow', Principal: PODS, Action: 'sts:*', ...statement })),
    }),
  );

describe('placesIn', () => {
  it.each<[what: string, statements: readonly object[], places: readonly object[]]>([
    ['nothing that names an account', [{}], []],
    [
      "the cluster's account, and not the source role's",
      [
        { Condition: { ArnLike: { 'aws:requestTag/eks-cluster-arn': cluster('111111111111') } } },
        { Principal: { AWS: 'arn:aws:iam::222222222222:role/x' } },
      ],
      [{ account: '111111111111', partition: 'aws' }],
    ],
    [
      'a source account, with the partition of its cluster',
      [
        { Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } } },
        { Condition: { ArnEquals: { 'aws:SourceArn': cluster('111111111111', 'aws-cn') } } },
      ],
      [{ account: '111111111111', partition: 'aws-cn' }],
    ],
    [
      "a provider's account",
      [{ Principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/x.y' }, Action: 'sts:*' }],
      [{ account: '111111111111', partition: 'aws' }],
    ],
    [
      'the accounts of other principals, where nothing else is named',
      [{ Principal: { AWS: ['222222222222', 'arn:aws:iam::222222222222:root', 'arn:aws:iam::333333333333:role/x'] } }],
      [
        { account: '333333333333', partition: 'aws' },
        { account: '222222222222', partition: 'aws' },
      ],
    ],
    [
      'not what a negated operator excludes, nor patterns',
      [
        { Condition: { ArnNotLike: { 'aws:SourceArn': cluster('111111111111') } } },
        { Condition: { ArnLike: { 'aws:SourceArn': cluster('*') }, StringLike: { 'aws:SourceAccount': '1*' } } },
      ],
      [],
    ],
  ])('finds %s', (_what, statements, found) => {
    expect(places(...statements)).toEqual(found);
  });
});
