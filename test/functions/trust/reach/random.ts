/** Random trust policies and identities around the edges of their patterns. */
import fc from 'fast-check';

export const ACCOUNT = '111122223333';
const OTHER_ACCOUNT = '444455556666';
export const facts = { account: ACCOUNT, partition: 'aws' } as const;

export const clusterArn = (name: string, region = 'eu-west-1', account = ACCOUNT): string =>
  `arn:aws:eks:${region}:${account}:cluster/${name}`;

const oneOf = fc.constantFrom;

const NAMES = ['a', 'b', 'ab', 'ba', 'a-b', 'pay', 'pay-a', 'pay-b', 'prod', 'prod-a'] as const;
export const globs = fc.string({ unit: oneOf('a', 'b', 'p', '-', '*', '?'), minLength: 1, maxLength: 5 });
const names = fc.oneof(oneOf(...NAMES), globs, oneOf('pay-*', '*-a', '*', 'pa?', 'prod-*', '', 'A', 'Pay*', '5', '1?'));

const arns = fc.oneof(
  fc
    .tuple(
      oneOf('eu-west-1', 'us-east-1', 'eu-*', '*', '??-west-1', 'cn-north-1'),
      oneOf(ACCOUNT, '*', OTHER_ACCOUNT, '1111*'),
      names,
    )
    .map(([region, account, name]) => clusterArn(name, region, account)),
  oneOf(
    '*',
    'arn:aws:eks:*',
    'arn:*:cluster/pay*',
    '*/prod-?',
    'arn:aws:eks:eu-*:cluster/*',
    'arn:*:eks:*:*:*:x',
    'arn:aws:*:*:*:cluster/p*',
  ),
);

const orgs = oneOf('o-aaaaaaaaaa', 'o-*', 'o-b*', '*');
const podNames = oneOf('api-*', '*-0', 'api-0', '*');

const variable = (inside: string): string => `$\{${inside}}`;

/** Variables that name something known, something finite, something unbounded, and something that nobody gave. */
const variables = oneOf(
  variable('aws:RequestTag/kubernetes-namespace'),
  `x-${variable('aws:RequestTag/kubernetes-service-account')}`,
  `${variable('aws:RequestTag/eks-cluster-name')}*`,
  variable('aws:SourceAccount'),
  variable("aws:PrincipalTag/team, 'pay'"),
  variable('aws:SourceOrgID'),
  `p${variable('*')}y`,
);

const textOperators = oneOf(
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringEquals',
  'StringEqualsIfExists',
  'StringNotLikeIfExists',
  'ForAnyValue:StringLike',
  'ForAllValues:StringEquals',
  'ForAnyValue:StringNotEquals',
  'ForAllValues:StringNotLike',
);
const arnOperators = oneOf(
  'ArnLike',
  'ArnNotLike',
  'ArnEquals',
  'ArnNotEquals',
  'StringLike',
  'StringEquals',
  'StringNotEquals',
);

const some = <T>(values: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<readonly T[]> =>
  fc.array(values, { minLength: 1, maxLength });

const tag = (name: string): string => `aws:RequestTag/${name}`;

export type Written = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly (string | number)[];
};

export const written = (
  operator: fc.Arbitrary<string>,
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
): fc.Arbitrary<Written> => fc.record({ operator, key, values: some(value) });

const named = written(
  textOperators,
  oneOf(
    tag('kubernetes-namespace'),
    tag('kubernetes-service-account'),
    tag('eks-cluster-name'),
    'aws:requesttag/Kubernetes-Namespace',
  ),
  names,
);

export const podIdentityConditions: fc.Arbitrary<Written> = fc.oneof(
  { weight: 6, arbitrary: named },
  { weight: 3, arbitrary: written(arnOperators, oneOf(tag('eks-cluster-arn'), 'aws:SourceArn'), arns) },
  { weight: 1, arbitrary: written(arnOperators, oneOf(tag('kubernetes-namespace')), arns) },
  { weight: 1, arbitrary: written(textOperators, oneOf('aws:SourceAccount'), oneOf(ACCOUNT, OTHER_ACCOUNT, '1*')) },
  {
    weight: 1,
    arbitrary: written(textOperators, oneOf('aws:RequestedRegion'), oneOf('eu-west-1', 'eu-*', 'us-*', '*-1', 'e*:*')),
  },
  { weight: 1, arbitrary: written(textOperators, oneOf('aws:SourceOrgID'), orgs) },
  { weight: 1, arbitrary: written(textOperators, oneOf(tag('kubernetes-pod-name')), podNames) },
  {
    weight: 1,
    arbitrary: written(
      textOperators,
      oneOf('aws:TagKeys', 'aws:PrincipalTag/kubernetes-namespace', tag('team')),
      names,
    ),
  },
  {
    weight: 1,
    arbitrary: written(
      oneOf('NumericLessThan', 'NumericEquals', 'NumericNotEquals'),
      oneOf('sts:DurationSeconds', tag('kubernetes-namespace'), tag('eks-cluster-arn'), 'aws:EpochTime'),
      oneOf('5', '15', '21600'),
    ),
  },
  {
    weight: 1,
    arbitrary: written(
      oneOf('DateLessThan', 'DateGreaterThan', 'DateEquals'),
      oneOf('aws:CurrentTime'),
      oneOf('2026-01-01', '2026-06-01T00:00:00Z'),
    ),
  },
  {
    weight: 1,
    arbitrary: written(
      oneOf('Null'),
      oneOf(tag('kubernetes-namespace'), tag('kubernetes-pod-uid'), tag('team'), 'aws:SourceOrgID'),
      oneOf('true', 'false'),
    ),
  },
  {
    weight: 1,
    arbitrary: written(
      oneOf('IpAddress', 'NotIpAddress', 'NotIpAddressIfExists'),
      oneOf('aws:SourceIp', tag('kubernetes-service-account')),
      oneOf('10.0.0.0/8', '1.2.3.4'),
    ),
  },
  {
    weight: 2,
    arbitrary: written(
      textOperators,
      oneOf(
        tag('kubernetes-namespace'),
        tag('kubernetes-service-account'),
        tag('eks-cluster-name'),
        'aws:SourceOrgID',
        'aws:SourceAccount',
      ),
      variables,
    ),
  },
);

const conditionElement = (
  conditions: readonly Written[],
): Record<string, Record<string, readonly (string | number)[]>> => {
  const element: Record<string, Record<string, readonly (string | number)[]>> = {};
  for (const { operator, key, values } of conditions) element[operator] = { ...element[operator], [key]: values };
  return element;
};

export const statements = (
  principals: fc.Arbitrary<unknown>,
  actions: fc.Arbitrary<unknown>,
  conditions: fc.Arbitrary<Written>,
) =>
  fc.record({
    Effect: oneOf('Allow', 'Allow', 'Deny'),
    Principal: principals,
    Action: actions,
    Condition: fc.array(conditions, { maxLength: 3 }).map(conditionElement),
  });

export const policies = (statement: fc.Arbitrary<object>) =>
  fc.record({
    Version: oneOf('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17'),
    Statement: fc.array(statement, { minLength: 1, maxLength: 4 }),
  });

export const podIdentityPolicies = policies(
  statements(
    oneOf(
      { Service: 'pods.eks.amazonaws.com' },
      { Service: ['ec2.amazonaws.com', 'pods.eks.amazonaws.com'] },
      { Service: 'pods.eks.amazonaws.com' },
      '*',
      { AWS: ACCOUNT },
    ),
    oneOf(
      ['sts:AssumeRole', 'sts:TagSession'],
      ['sts:AssumeRole', 'sts:TagSession'],
      'sts:*',
      'sts:AssumeRole',
      'sts:TagSession',
      '*',
    ),
    podIdentityConditions,
  ),
);

/** Names near the patterns, valid ones only. */
const validNames = fc.oneof(
  oneOf(...NAMES, 'x', 'x-a', 'true', '5', '15', '7', 'other'),
  fc.string({ unit: oneOf('a', 'b', 'p', '-'), minLength: 1, maxLength: 5 }).map((text) => `a${text}b`),
);

export const identities = fc.record({
  account: fc.constant(ACCOUNT),
  region: oneOf('eu-west-1', 'us-east-1', 'eu-central-1', 'us-west-1'),
  cluster: fc.oneof(validNames, oneOf('A', 'Pay', 'PAY-A')),
  namespace: validNames,
  serviceAccount: fc.oneof(validNames, oneOf('1.2.3.4', '10.1.1.1', 'a.b')),
});

/** What the keys could hold that nobody gives: on both sides of every bound and pattern above. */
export const hidden = fc.record({
  'aws:RequestTag/kubernetes-pod-name': oneOf('api-0', 'api-1', 'x-0', 'x'),
  'aws:RequestTag/kubernetes-pod-uid': oneOf('0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012'),
  'aws:SourceOrgID': oneOf(undefined, 'o-aaaaaaaaaa', 'o-bbbbbbbbbb', 'o-cccccccccc'),
  'aws:CurrentTime': oneOf('2025-01-01', '2026-01-01', '2026-02-01', '2026-06-01', '2027-01-01'),
  'aws:EpochTime': oneOf('4', '5', '10', '15', '20', '21600', '1795000000'),
  'aws:SourceIp': oneOf(undefined, '10.0.0.1', '1.2.3.4', '5.6.7.8'),
});
