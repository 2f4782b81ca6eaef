/** One question of the policy simulator, put to the policy engine. */
import type { EvaluationResult, Statement } from '@aws-sdk/client-iam';
import {
  authorize,
  type ContextLookup,
  evaluate,
  type NamedPolicy,
  type RequestPrincipal,
} from '../../../functions/policy/index.ts';
import { statementSpans } from './policy-text.ts';
import type { StoredPolicy } from './state.ts';

/** A policy with the name that the simulator calls it by: `PolicyInputList.1`, `AdministratorAccess`, an inline policy's name. */
export type SimulatedPolicy = StoredPolicy & { readonly id: string };

export type Simulation = {
  readonly principal: RequestPrincipal;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary?: SimulatedPolicy;
  readonly resourcePolicy?: SimulatedPolicy;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  /** By lower-case name. */
  readonly context: ReadonlyMap<string, readonly string[]>;
};

/** The kind of policy is told in other words than the SDK's enum. */
type Matched = Omit<Statement, 'SourcePolicyType'> & { readonly SourcePolicyType: string };
export type Simulated = Omit<EvaluationResult, 'MatchedStatements'> & { readonly MatchedStatements: Matched[] };

/**
 * Whether the policies allow the action on the resource; which statements say so; and which condition keys they asked for in vain. A key that
 * nobody gave is absent from the request, as in AWS's simulator.
 */
export const simulated = (simulation: Simulation, action: string, resource: string): Simulated => {
  const { principal, identity, boundary, resourcePolicy, context: given } = simulation;
  const missing = new Set<string>();
  const context: ContextLookup = (key) => {
    const values = given.get(key);
    if (values === undefined) missing.add(key);
    return values;
  };
  const request = { action, resource, principal, context };
  const { effect } = authorize({
    request,
    identityPolicies: identity.map(({ named }) => named),
    ...(boundary === undefined ? {} : { boundary: boundary.named }),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy: resourcePolicy.named }),
    resourceAccount: simulation.resourceAccount,
  });
  const decision = effect === 'allow' ? 'allowed' : effect === 'explicitDeny' ? 'explicitDeny' : 'implicitDeny';
  const policies = [
    ...identity.map((policy) => ({ policy, type: 'IAM Policy' })),
    // A boundary allows nothing by itself, but its denials count.
    ...(boundary === undefined || decision === 'allowed' ? [] : [{ policy: boundary, type: 'IAM Policy' }]),
    ...(resourcePolicy === undefined ? [] : [{ policy: resourcePolicy, type: 'Resource Policy' }]),
  ];
  const says = (policy: NamedPolicy) => evaluate([policy], request).effect;
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    MatchedStatements:
      decision === 'implicitDeny'
        ? []
        : policies.flatMap(({ policy, type }) =>
            statementsOf(policy)
              .filter(({ alone }) => says(alone) === effect)
              .map(({ span }) => ({ SourcePolicyId: policy.id, SourcePolicyType: type, ...span })),
          ),
    MissingContextValues: [...missing].map((key) => asWritten(key, policies)),
    ...(boundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: says(boundary.named) === 'allow' } }),
  };
};

/** Each statement as a policy of its own: what it says without the others. */
const statementsOf = ({ text, named: { name, document } }: SimulatedPolicy) => {
  const spans = statementSpans(text);
  return document.statements.map((statement, index) => ({
    alone: { name, document: { ...document, statements: [statement] } },
    span: spans[index],
  }));
};

/** The engine knows keys in lower case only; people look for them as they wrote them. */
const asWritten = (key: string, policies: readonly { readonly policy: SimulatedPolicy }[]): string => {
  for (const { policy } of policies) {
    const at = policy.text.toLowerCase().indexOf(key);
    if (at >= 0) return policy.text.slice(at, at + key.length);
  }
  return key;
};
