import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccessRequest,
  type AuthorizationInput,
  accessDeniedMessage,
  authorize,
  contextOf,
  type Decision,
  evaluate,
  type NamedPolicy,
  parsePolicy,
  type RequestPrincipal,
} from '../../../functions/policy/index.ts';
import { contextFrom, table, type WrittenContext } from './table.ts';

const ACCOUNT = '111111111111';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/r`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X`;

const CALLERS = {
  user: { kind: 'aws', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/u` },
  session: { kind: 'aws', account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/r/s`, roleArn: ROLE },
  root: { kind: 'aws', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` },
  service: { kind: 'service', service: 'pods.eks.amazonaws.com' },
  federated: { kind: 'federated', provider: PROVIDER },
} satisfies Record<string, RequestPrincipal>;

type Caller = keyof typeof CALLERS;

const inOrg = { StringEquals: { 'aws:ResourceOrgID': 'o-1' } };

/** The policies that the table names; `named` names the caller itself. */
const policy = (name: string, principal?: unknown): NamedPolicy => {
  const common = { Action: name === 'other' ? 's3:PutObject' : 's3:GetObject', Resource: '*' };
  const Statement = {
    Sid: name,
    Effect: name.startsWith('deny') ? 'Deny' : 'Allow',
    ...common,
    ...(principal !== undefined && { Principal: principal }),
    ...(name.endsWith('InOrg') && { Condition: inOrg }),
  };
  return { name, document: parsePolicy({ Version: '2012-10-17', Statement }) };
};

const principalNamed = (name: string, caller: RequestPrincipal): unknown => {
  if (name === 'named') return { AWS: caller.kind === 'aws' ? caller.arn : '*' };
  if (name === 'role') return { AWS: ROLE };
  if (name === 'account') return { AWS: ACCOUNT };
  if (name === 'service') return { Service: CALLERS.service.service };
  return name === 'federated' ? { Federated: PROVIDER } : '*';
};

type Row = {
  readonly why: string;
  readonly caller?: Caller;
  readonly resourceAccount?: string;
  readonly required?: boolean;
  readonly identity: readonly string[];
  readonly boundary?: string;
  readonly session?: readonly string[];
  readonly resource?: string;
  readonly expected: Decision['effect'];
  readonly type?: Decision['policyType'];
  readonly because?: string;
};

const inputOf = (row: Row): AuthorizationInput => {
  const principal = CALLERS[row.caller ?? 'user'];
  return {
    request: {
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::bucket/key',
      principal,
      context: new Map([['aws:resourceorgid', 'unknown']]),
    },
    identityPolicies: row.identity.map((name) => policy(name)),
    ...(row.boundary && { boundary: policy(row.boundary) }),
    ...(row.session && { sessionPolicies: row.session.map((name) => policy(name)) }),
    ...(row.resource && { resourcePolicy: policy(row.resource, principalNamed(row.resource, principal)) }),
    resourceAccount: row.resourceAccount ?? ACCOUNT,
    ...(row.required && { resourcePolicyRequired: true }),
  };
};

describe('authorize', () => {
  it.each(table<Row>('authorizations').map((row) => [row.why, row] as const))('%s', (_why, row) => {
    const decision = authorize(inputOf(row));
    expect(decision.effect).toBe(row.expected);
    if (row.type) expect(decision.policyType).toBe(row.type);
    if (row.because) expect(decision.because).toBe(row.because);
    if (row.expected === 'undecided') expect(decision.unknownKeys).toEqual(['aws:resourceorgid']);
  });

  it('keeps its laws for any mix of policies', () => {
    const name = fc.constantFrom('allow', 'deny', 'other', 'allowInOrg', 'denyInOrg');
    const row = fc.record(
      {
        why: fc.constant(''),
        expected: fc.constant('allow' as const),
        caller: fc.constantFrom<Caller[]>('user', 'session', 'root', 'service', 'federated'),
        resourceAccount: fc.constantFrom(ACCOUNT, '222222222222'),
        required: fc.boolean(),
        identity: fc.array(name, { maxLength: 3 }),
        boundary: name,
        session: fc.array(name, { maxLength: 2 }),
        resource: fc.constantFrom('named', 'role', 'account', 'anybody', 'service', 'federated', 'deny', 'allowInOrg'),
      },
      { requiredKeys: ['why', 'expected', 'identity'] },
    );
    const ORDER: readonly Decision['effect'][] = ['explicitDeny', 'implicitDeny', 'undecided', 'allow'];
    const allowed = (input: AuthorizationInput, org: string[] | 'unknown'): boolean =>
      authorize({ ...input, request: { ...input.request, context: () => org } }).effect === 'allow';
    fc.assert(
      fc.property(row, (written) => {
        const input = inputOf(written);
        const { effect } = authorize(input);
        const denied = authorize({ ...input, identityPolicies: [...input.identityPolicies, policy('deny')] });
        expect(denied.effect).toBe('explicitDeny');
        const more = authorize({ ...input, identityPolicies: [...input.identityPolicies, policy('allow')] });
        expect(ORDER.indexOf(more.effect)).toBeGreaterThanOrEqual(ORDER.indexOf(effect));
        const narrower = authorize({ ...input, boundary: policy('other') });
        if (written.boundary === undefined)
          expect(ORDER.indexOf(narrower.effect)).toBeLessThanOrEqual(ORDER.indexOf(effect));
        if (effect !== 'undecided') {
          for (const org of [['o-1'], ['o-2'], []]) expect(allowed(input, org)).toBe(effect === 'allow');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no statement without a principal for a resource policy that reaches the caller', () => {
    const resourcePolicy = policy('allow');
    const decision = authorize({ ...inputOf({ why: '', identity: [], expected: 'allow' }), resourcePolicy });
    expect(decision.effect).toBe('implicitDeny');
    expect(decision.considered).toEqual([
      {
        policy: 'allow',
        policyType: 'resource-based policy',
        sid: 'allow',
        statement: 0,
        effect: 'Allow',
        because: 'it names no principal',
      },
    ]);
  });

  it("speaks as AWS's AccessDenied does", () => {
    const message = (row: Partial<Row>): string => {
      const input = inputOf({ why: '', identity: [], expected: 'allow', ...row });
      return accessDeniedMessage(input.request, authorize(input));
    };
    const who = `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bucket/key`;
    expect(message({})).toBe(`${who} because no identity-based policy allows the s3:GetObject action`);
    expect(message({ identity: ['deny'] })).toBe(`${who} with an explicit deny in an identity-based policy`);
    expect(message({ resource: 'deny' })).toBe(`${who} with an explicit deny in a resource-based policy`);
    expect(message({ identity: ['allowInOrg'] })).toBe(`${who} because nobody gave aws:resourceorgid`);
  });
});

describe('NotPrincipal', () => {
  const SESSION = CALLERS.session.arn;
  const decide = (effect: 'Allow' | 'Deny', aws: readonly string[], caller: Caller): Decision['effect'] => {
    const document = parsePolicy({
      Statement: { Effect: effect, NotPrincipal: { AWS: aws }, Action: '*', Resource: '*' },
    });
    const principal = CALLERS[caller];
    return evaluate([{ name: 'p', document }], { action: 'a:B', resource: '*', principal, context: contextOf({}) })
      .effect;
  };

  it.each([
    ['Deny', ['arn:aws:iam::111111111111:user/u'], 'user', 'implicitDeny'],
    ['Deny', ['arn:aws:iam::111111111111:user/v'], 'user', 'explicitDeny'],
    ['Deny', ['111111111111'], 'user', 'explicitDeny'],
    ['Deny', ['111111111111'], 'root', 'implicitDeny'],
    ['Deny', [SESSION], 'session', 'explicitDeny'],
    ['Deny', [ROLE], 'session', 'explicitDeny'],
    ['Deny', [SESSION, ROLE], 'session', 'implicitDeny'],
    ['Deny', ['*'], 'session', 'implicitDeny'],
    ['Deny', [ROLE], 'service', 'explicitDeny'],
    ['Allow', ['111111111111'], 'user', 'implicitDeny'],
    ['Allow', [ROLE], 'session', 'implicitDeny'],
    ['Allow', ['222222222222'], 'session', 'allow'],
  ] as const)('%s but for %j, asked by the %s: %s', (effect, aws, caller, expected) => {
    expect(decide(effect, aws, caller)).toBe(expected);
  });
});

describe('evaluate', () => {
  type PolicyRow = {
    readonly why: string;
    readonly policy: unknown;
    readonly request: {
      readonly action: string;
      readonly resource?: string;
      readonly context?: WrittenContext;
      readonly caller?: Caller;
    };
    readonly expected: Decision['effect'];
    readonly decidedBy?: number;
    readonly considered?: readonly string[];
  };

  const requestOf = ({ action, resource = '*', context, caller = 'session' }: PolicyRow['request']): AccessRequest => ({
    action,
    resource,
    principal: CALLERS[caller],
    context: contextFrom(context),
  });

  it.each(table<PolicyRow>('decisions').map((row) => [row.why, row] as const))('%s', (_why, row) => {
    const decision = evaluate([{ name: 'p', document: parsePolicy(row.policy) }], requestOf(row.request));
    expect(decision.effect).toBe(row.expected);
    expect(decision.decidedBy?.statement).toBe(row.decidedBy);
    if (row.considered) expect(decision.considered.map(({ because }) => because)).toEqual(row.considered);
  });

  it('names the statement that decides, over several policies', () => {
    const decision = evaluate([policy('other'), policy('allow')], requestOf({ action: 's3:GetObject' }));
    expect(decision).toEqual({
      effect: 'allow',
      because: 'allowed by statement allow (0) of allow',
      decidedBy: { policy: 'allow', sid: 'allow', statement: 0 },
      considered: [
        { policy: 'other', sid: 'other', statement: 0, effect: 'Allow', because: 'it is about other actions' },
      ],
    });
  });

  it('reads only the keys that it needs', () => {
    const read: string[] = [];
    const context = (key: string): undefined => void read.push(key);
    const document = parsePolicy({
      Statement: [
        {
          Effect: 'Allow',
          Action: 's3:PutObject',
          Resource: '*',
          Condition: { Bool: { 'aws:SecureTransport': true } },
        },
        { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Null: { 'aws:PrincipalTag/Team': true } } },
      ],
    });
    evaluate([{ name: 'p', document }], { ...requestOf({ action: 's3:GetObject' }), context });
    expect(read).toEqual(['aws:principaltag/team']);
  });
});
