/** Random conditions, and values for the keys that they compare. */
import fc from 'fast-check';
import { ACCOUNT, OTHER_ACCOUNT, type WrittenConditions, type WrittenValue } from './differential-ask.ts';

/** One, or a list: policies may have both. */
export const oneOrMore = <T extends string>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));

/** At most two `*` in a pattern: the oracle needs exponential time for many. */
const pattern = fc
  .array(fc.constantFrom('a', 'b', 'A', '*', '?', '.', `\${*}`, `\${?}`, `\${$}`, `\${aws:PrincipalTag/Team}`), {
    maxLength: 4,
  })
  .map((parts) =>
    parts.filter((part, index) => part !== '*' || parts.slice(0, index).filter((p) => p === '*').length < 2),
  )
  .map((parts) => parts.join(''));
const variable = fc.constantFrom(
  `\${aws:PrincipalTag/Team}`,
  `\${aws:principaltag/TEAM}`,
  `\${aws:PrincipalTag/absent}`,
  `\${aws:PrincipalTag/absent, 'a'}`,
  `\${aws:PrincipalTag/Team, 'b'}`,
  `\${aws:PrincipalTag/absent, ''}`,
  `\${aws:TagKeys}`,
  `\${aws:TagKeys, 'a'}`,
  `a\${aws:PrincipalTag/Team}b`,
  `\${aws:PrincipalTag/Team`,
);
const text = fc.oneof(
  pattern,
  variable,
  fc.constantFrom('a', 'b', 'ab', 'A', '', 'a.b', 'aab', 'a*', '*', `a\${*}`, `\${$}`),
);
const givenText = fc.constantFrom('a', 'b', 'ab', 'A', '', 'a.b', 'aab', 'bab', 'a*', '?', '$');

const arn = fc
  .tuple(
    fc.constantFrom('aws', 'aws-cn', '*', 'aw?'),
    fc.constantFrom('eks', 'e*', '*'),
    fc.constantFrom('eu-west-1', 'eu-*', '*', ''),
    fc.constantFrom(ACCOUNT, '*', '1?1111111111'),
    fc.constantFrom('cluster/a', 'cluster/*', '*', `cluster/\${aws:PrincipalTag/Team}`, 'cluster/?', 'a:b', '*:b'),
  )
  .map((parts) => `arn:${parts.join(':')}`);
const givenArn = fc.constantFrom(
  `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/a`,
  `arn:aws:eks:eu-west-2:${ACCOUNT}:cluster/b`,
  `arn:aws:eks:eu-west-1:${OTHER_ACCOUNT}:cluster/a`,
  `arn:aws-cn:eks:cn-north-1:${ACCOUNT}:cluster/a`,
  `arn:aws:eks::${ACCOUNT}:a:b`,
);

const numeric = fc.constantFrom('0', '1', '-1', '1.5', '10', '1e1', '007', '2.50', '2.5');
const date = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01',
  '2026',
  '2026-01-01T01:00:00+01:00',
  '2026-01-01T00:00:00.500Z',
  '2025-12-31T23:59:59Z',
  '1767225600',
  '1767225599',
);
const cidr = fc.constantFrom(
  '10.0.0.0/8',
  '10.0.0.1',
  '10.0.0.1/32',
  '0.0.0.0/0',
  '2001:db8::/32',
  '2001:db8::1',
  '10.9.9.9/8',
);
const address = fc.constantFrom('10.0.0.1', '10.1.2.3', '192.168.0.1', '2001:db8::1', '2001:DB8:0::1', '2001:db9::1');
const bytes = fc.constantFrom('YQ==', 'YQ', 'Yg==', 'YWI=', '');
const flag = fc.constantFrom('true', 'false', 'True');

type Family = {
  readonly operators: readonly string[];
  readonly keys: readonly string[];
  readonly wanted: fc.Arbitrary<string>;
  readonly given: fc.Arbitrary<string>;
  /** Given, and yet nothing that the operators can read. */
  readonly odd: readonly string[];
};

const ordered = (name: string): string[] =>
  ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((end) => name + end);

/** Each family of operators has keys of its own, as in AWS, where each key has a type. */
const FAMILIES: readonly Family[] = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'].concat([
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
    ]),
    keys: [
      'aws:PrincipalTag/Team',
      'aws:RequestTag/kubernetes-namespace',
      'AWS:requesttag/Kubernetes-Namespace',
      'aws:TagKeys',
    ],
    wanted: text,
    given: givenText,
    odd: [],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    keys: ['aws:SourceArn'],
    wanted: arn,
    given: givenArn,
    odd: ['nonsense', ''],
  },
  { operators: ordered('Numeric'), keys: ['s3:max-keys'], wanted: numeric, given: numeric, odd: ['many', ''] },
  { operators: ordered('Date'), keys: ['aws:CurrentTime'], wanted: date, given: date, odd: ['tomorrow'] },
  { operators: ['IpAddress', 'NotIpAddress'], keys: ['aws:SourceIp'], wanted: cidr, given: address, odd: ['nowhere'] },
  { operators: ['BinaryEquals'], keys: ['kms:Bytes'], wanted: bytes, given: bytes, odd: [] },
  { operators: ['Bool'], keys: ['aws:SecureTransport'], wanted: flag, given: flag, odd: ['maybe', ''] },
];

const conditionOf = ({ operators, keys, wanted }: Family) => {
  const compared = fc.tuple(
    fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(...operators),
    fc.constantFrom('', '', 'IfExists'),
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(
        compared.map((parts) => parts.join('')),
        fc.constantFrom(...keys),
        oneOrMore(wanted),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant('Null'), fc.constantFrom(...keys), oneOrMore(flag)) },
  );
};

/** A Condition element: at most three conditions. */
export const conditions: fc.Arbitrary<WrittenConditions> = fc
  .array(fc.oneof(...FAMILIES.map(conditionOf)), { minLength: 1, maxLength: 3 })
  .map((list) => {
    const written: Record<string, Record<string, WrittenValue>> = {};
    for (const [operator, key, value] of list) written[operator] = { [key]: value, ...written[operator] };
    return written;
  });

/** Keys that name the same key in other letters are left out: two given values of one key mean nothing. */
export const context = fc
  .tuple(
    ...FAMILIES.flatMap(({ keys, given, odd }) =>
      keys
        .filter((key) => !key.startsWith('AWS:'))
        .map((key) => {
          const several = fc.array(given, { maxLength: 3 });
          const oddly = odd.length === 0 ? given : fc.constantFrom(...odd);
          return fc
            .oneof(
              { weight: 4, arbitrary: given },
              { weight: key === 'aws:TagKeys' ? 6 : 1, arbitrary: several },
              { weight: 1, arbitrary: oddly },
              { weight: 2, arbitrary: fc.constant(undefined) },
            )
            .map((value): [string, WrittenValue | undefined] => [key, value]);
        }),
    ),
  )
  .map((entries) => {
    const written: Record<string, WrittenValue> = {};
    for (const [key, value] of entries) if (value !== undefined) written[key] = value;
    return written;
  });
