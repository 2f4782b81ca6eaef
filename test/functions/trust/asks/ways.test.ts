import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { type Way, waysInto } from '../../../../functions/trust/asks/index.ts';

const ROLE = { account: '111122223333', partition: 'aws' };
const SOURCE = 'arn:aws:iam::111122223333:role/source';
const BOTH = ['sts:AssumeRole', 'sts:TagSession'];
const pods = (condition: object) => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: BOTH,
  Condition: condition,
});

const told = (ways: readonly Way[]): readonly unknown[] =>
  ways.flatMap((way): readonly unknown[] => {
    if ('undecided' in way) return [[way.way, 'undecided']];
    const { surely, perhaps, hangsOn } = way;
    if (surely.sentences.length + perhaps.sentences.length === 0) return [];
    return [[way.way, way.source?.account ?? '', surely.sentences, perhaps.sentences, hangsOn]];
  });

const ways = (...statements: readonly object[]): readonly unknown[] =>
  told(waysInto(parsePolicy({ Version: '2012-10-17', Statement: statements }), ROLE));

describe('waysInto', () => {
  it('tells who surely gets the role, and who perhaps', () => {
    const policy = [
      pods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'pay' } }),
      pods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'shop', 'aws:SourceOrgID': 'o-a1b2c3d4e5' } }),
    ];
    expect(ways(...policy)).toEqual([
      [
        'pod-identity',
        '',
        ['any service account in namespace `pay` of any cluster'],
        ['any service account in namespace `shop` of any cluster'],
        ['aws:sourceorgid'],
      ],
    ]);
  });

  it('tells each way apart', () => {
    const issuer = 'oidc.example.com/x';
    const found = ways(
      { ...pods({ Null: { 'aws:RequestTag/kubernetes-namespace': 'true' } }), Action: 'sts:AssumeRole' },
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:pay:api' } },
      },
      {
        ...pods({ StringEquals: { 'aws:RequestTag/kubernetes-service-account': 'api' } }),
        Principal: { AWS: SOURCE },
      },
    );
    expect(found).toEqual([
      ['pod-identity-without-tags', '', ['any service account in any namespace of any cluster'], [], []],
      ['irsa', '', ['service account `api` in namespace `pay` of issuer `oidc.example.com/x`'], [], []],
      [
        'chaining',
        '111122223333',
        [`service account \`api\` in any namespace of any cluster, through source role \`${SOURCE}\``],
        [],
        [],
      ],
    ]);
  });

  it('says where the exact answer would cost too much', () => {
    const pattern = `*a${'?'.repeat(40)}`;
    expect(ways(pods({ StringLike: { 'aws:RequestTag/kubernetes-namespace': pattern } }))).toEqual([
      ['pod-identity', 'undecided'],
    ]);
  });
});
