/** One question put to two engines: functions/policy and the oracle, @cloud-copilot/iam-simulate. */
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { authorize, contextOf, parsePolicy, type RequestPrincipal } from '../../../functions/policy/index.ts';

export type WrittenValue = string | readonly string[];
export type WrittenConditions = Readonly<Record<string, Readonly<Record<string, WrittenValue>>>>;
export type WrittenStatement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: WrittenValue;
  readonly NotAction?: WrittenValue;
  readonly Resource?: WrittenValue;
  readonly NotResource?: WrittenValue;
  readonly Principal?: '*' | Readonly<Record<string, WrittenValue>>;
  readonly NotPrincipal?: Readonly<Record<string, WrittenValue>>;
  readonly Condition?: WrittenConditions;
};
export type WrittenPolicy = { readonly Version?: string; readonly Statement: readonly WrittenStatement[] };

export const ACCOUNT = '111111111111';
export const OTHER_ACCOUNT = '222222222222';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/r`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X`;

export const CALLERS = {
  user: { kind: 'aws', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/u` },
  session: { kind: 'aws', account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/r/s`, roleArn: ROLE },
  service: { kind: 'service', service: 'pods.eks.amazonaws.com' },
  federated: { kind: 'federated', provider: PROVIDER },
} satisfies Record<string, RequestPrincipal>;

export type Ask = {
  readonly caller: keyof typeof CALLERS;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: Readonly<Record<string, WrittenValue>>;
  readonly identity: readonly WrittenPolicy[];
  readonly boundary?: WrittenPolicy;
  /** The resource's policy; of a role, its trust policy. */
  readonly attached?: WrittenPolicy;
};

export type Answer = 'allow' | 'explicitDeny' | 'implicitDeny';

const isTrust = ({ action }: Ask): boolean => action.startsWith('sts:');

/** What functions/policy answers. Every key of these questions is given, so it is never `undecided`. */
export const ours = (ask: Ask): Answer | 'undecided' => {
  const named = (name: string, policy: WrittenPolicy, kind?: 'trust') => ({
    name,
    document: parsePolicy(policy, kind && { kind }),
  });
  return authorize({
    request: {
      action: ask.action,
      resource: ask.resource,
      principal: CALLERS[ask.caller],
      context: contextOf(ask.context),
    },
    identityPolicies: ask.identity.map((policy, index) => named(`p${index}`, policy)),
    ...(ask.boundary && { boundary: named('boundary', ask.boundary) }),
    ...(ask.attached && { resourcePolicy: named('attached', ask.attached, isTrust(ask) ? 'trust' : undefined) }),
    resourceAccount: ask.resourceAccount,
    resourcePolicyRequired: isTrust(ask),
  }).effect;
};

/** What the oracle answers to the same words. */
export const oracle = (ask: Ask): Answer => {
  const caller = CALLERS[ask.caller];
  const principal = caller.kind === 'aws' ? caller.arn : caller.kind === 'service' ? caller.service : caller.provider;
  const contextVariables = Object.fromEntries(
    Object.entries(ask.context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
  const result = runUnsafeSimulation(
    {
      request: {
        principal,
        action: ask.action,
        resource: { resource: ask.resource, accountId: ask.resourceAccount },
        contextVariables,
      },
      identityPolicies: ask.identity.map((policy, index) => ({ name: `p${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // Given bare, a resource policy has no name and the oracle throws on it: this is its own form of a named one.
      ...(ask.attached && {
        resourcePolicy: { __validated: true, policyDocument: ask.attached, metadata: { name: 'attached' }, errors: [] },
      }),
      ...(ask.boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: ask.boundary }] }),
    },
    {},
  );
  return result === 'Allowed' ? 'allow' : result === 'ExplicitlyDenied' ? 'explicitDeny' : 'implicitDeny';
};
