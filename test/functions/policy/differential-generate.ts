/** Random questions for the two engines: small vocabularies, so that patterns and values meet often. */
import fc from 'fast-check';
import {
  ACCOUNT,
  type Ask,
  CALLERS,
  OTHER_ACCOUNT,
  ROLE,
  type WrittenPolicy,
  type WrittenStatement,
  type WrittenValue,
} from './differential-ask.ts';
import { conditions, context, oneOrMore } from './differential-conditions.ts';

/** What is asked about: an action of a service, and patterns that say more or less of it. */
type Target = {
  readonly action: string;
  readonly resource: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

const table = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table`;
const TARGETS: readonly Target[] = [
  {
    action: 'dynamodb:GetItem',
    resource: `${table}/a`,
    actions: [
      '*',
      'dynamodb:*',
      'dynamodb:getitem',
      'dynamodb:Get*',
      'dynamodb:*Item',
      'dynamodb:?etItem',
      'dynamodb:PutItem',
      's3:*',
    ],
    resources: [
      '*',
      `${table}/a`,
      `${table}/*`,
      `${table}/?`,
      `${table}/b`,
      `${table}/\${aws:PrincipalTag/Team}`,
      `${table}/\${aws:PrincipalTag/absent, 'a'}`,
      `${table}/\${aws:PrincipalTag/absent}`,
      `${table}/A`,
      `arn:aws:dynamodb:*:*:table/a`,
      `arn:*:dynamodb:eu-*:1*1:table/*`,
      `arn:aws:s3:::a`,
    ],
  },
  {
    action: 'sqs:SendMessage',
    resource: `arn:aws:sqs:eu-west-1:${ACCOUNT}:ab`,
    actions: ['*', 'sqs:*', 'sqs:Send*', 'SQS:SendMessage', 'sqs:*Message', 'sqs:ReceiveMessage'],
    resources: [
      '*',
      `arn:aws:sqs:eu-west-1:${ACCOUNT}:a*`,
      `arn:aws:sqs:*:*:*b`,
      `arn:aws:sqs:eu-west-1:${ACCOUNT}:?b`,
      `arn:aws:sqs:eu-west-1:${ACCOUNT}:b`,
    ],
  },
];
const TRUST: Target = {
  action: 'sts:AssumeRole',
  resource: `arn:aws:iam::${ACCOUNT}:role/target`,
  actions: ['*', 'sts:*', 'sts:AssumeRole', 'STS:assumerole', 'sts:TagSession', 'sts:Assume*'],
  resources: [
    '*',
    `arn:aws:iam::${ACCOUNT}:role/target`,
    `arn:aws:iam::*:role/t*`,
    `arn:aws:iam::${ACCOUNT}:role/other`,
  ],
};

const statement = (
  { actions, resources }: Target,
  principals?: fc.Arbitrary<Partial<WrittenStatement>>,
  trust = false,
) => {
  const action = oneOrMore(fc.constantFrom(...actions));
  const resource = oneOrMore(fc.constantFrom(...resources));
  const fields: Array<fc.Arbitrary<Partial<WrittenStatement>>> = [
    fc.constantFrom<Partial<WrittenStatement>>(
      { Effect: 'Allow' },
      { Effect: 'Allow' },
      { Effect: 'Allow' },
      { Effect: 'Deny' },
    ),
    fc.oneof(
      { weight: 5, arbitrary: action.map((Action) => ({ Action })) },
      { weight: 1, arbitrary: action.map((NotAction) => ({ NotAction })) },
    ),
    fc.oneof(
      { weight: 1, arbitrary: fc.constant({}) },
      { weight: 3, arbitrary: conditions.map((Condition) => ({ Condition })) },
    ),
  ];
  if (!trust) {
    fields.push(
      fc.oneof(
        { weight: 5, arbitrary: resource.map((Resource) => ({ Resource })) },
        { weight: 1, arbitrary: resource.map((NotResource) => ({ NotResource })) },
      ),
    );
  }
  if (principals !== undefined) fields.push(principals);
  return fc.tuple(...fields).map((parts): WrittenStatement => Object.assign({ Effect: 'Allow' as const }, ...parts));
};

const policy = (statements: fc.Arbitrary<WrittenStatement>): fc.Arbitrary<WrittenPolicy> =>
  fc
    .tuple(
      fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17', undefined),
      fc.array(statements, { minLength: 1, maxLength: 3 }),
    )
    .map(([Version, Statement]) => ({ ...(Version !== undefined && { Version }), Statement }));

/** Principals as a resource's policy names them. For a federated caller the oracle knows accounts, AWS doesn't. */
const principalsFor = (caller: Ask['caller'], trust: boolean): fc.Arbitrary<Partial<WrittenStatement>> => {
  const { user, session, service, federated } = CALLERS;
  const names: Array<Readonly<Record<string, WrittenValue>>> = [
    { AWS: user.arn },
    { AWS: [session.arn, user.arn] },
    { AWS: ROLE },
    { AWS: OTHER_ACCOUNT },
    { Service: service.service },
    { Service: ['ec2.amazonaws.com', service.service] },
    { Federated: federated.provider },
    { AWS: '*' },
  ];
  if (caller !== 'federated') names.push({ AWS: ACCOUNT }, { AWS: `arn:aws:iam::${ACCOUNT}:root` }, { AWS: ACCOUNT });
  const named = fc.constantFrom<Partial<WrittenStatement>>(
    { Principal: '*' },
    ...names.map((Principal) => ({ Principal })),
  );
  if (trust || caller === 'session') return named;
  const spared = [
    { AWS: user.arn },
    { Service: service.service },
    { AWS: [user.arn, `arn:aws:iam::${ACCOUNT}:user/v`] },
  ];
  return fc.oneof(
    { weight: 6, arbitrary: named },
    { weight: 1, arbitrary: fc.constantFrom(...spared).map((NotPrincipal) => ({ NotPrincipal })) },
  );
};

const questionOf = (caller: Ask['caller'], target: Target): fc.Arbitrary<Ask> => {
  const trust = target === TRUST;
  const own = policy(statement(target));
  const asked = {
    caller: fc.constant(caller),
    action: fc.constant(target.action),
    resource: fc.constant(target.resource),
    context,
  };
  const attached = policy(statement(target, principalsFor(caller, trust), trust));
  const required = ['caller', 'action', 'resource', 'context', 'resourceAccount', 'identity'] as const;
  if (CALLERS[caller].kind !== 'aws') {
    return fc.record({ ...asked, attached, resourceAccount: fc.constant(ACCOUNT), identity: fc.constant([]) });
  }
  return fc.record(
    {
      ...asked,
      resourceAccount: fc.constantFrom(ACCOUNT, ACCOUNT, OTHER_ACCOUNT),
      identity: fc.array(own, { minLength: trust ? 0 : 1, maxLength: 2 }),
      attached,
      boundary: own,
    },
    { requiredKeys: [...required, ...(trust ? (['attached'] as const) : [])] },
  );
};

const CALLERS_BY_WEIGHT = ['user', 'session', 'session', 'service', 'federated'] as const;

/** A question: an identity policy alone, a resource's policy beside it, or a role's trust policy. */
export const asks: fc.Arbitrary<Ask> = fc.oneof(
  ...CALLERS_BY_WEIGHT.flatMap((caller) => [...TARGETS, TRUST].map((target) => questionOf(caller, target))),
);
