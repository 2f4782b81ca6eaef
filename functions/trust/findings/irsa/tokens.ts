/** The statements that trust EKS clusters' tokens, and what to ask about them. */
import type { Statement } from '../../../policy/index.ts';
import { type FederatedIdentity, type IrsaFacts, irsa, type MemberSet, reach } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { alone, inStatements, roleFacts } from '../found.ts';
import { type Provider, providersIn } from '../linters/provider.ts';
import type { TrustFinding } from '../rule.ts';

export type EksProvider = Extract<Provider, { readonly is: 'oidc' }>;

/** A statement that trusts EKS clusters of the role's own account. */
export type TokenStatement = { readonly statement: Statement; readonly issuers: readonly string[] };

/** What a rule finds in each statement that trusts tokens of EKS clusters, by a provider of the role's account. */
export const inTokenStatements = (
  facts: TrustFacts,
  judge: (trusting: TokenStatement) => TrustFinding | undefined,
): readonly TrustFinding[] =>
  inStatements(facts, (statement) => {
    const issuers = eksProvidersIn(statement)
      .filter(({ account }) => account === facts.account)
      .map(({ issuer }) => issuer);
    return issuers.length === 0 ? undefined : judge({ statement, issuers });
  });

/** The EKS clusters' providers that an Allow statement trusts with a web identity. */
export const eksProvidersIn = (statement: Statement): readonly EksProvider[] =>
  statement.effect === 'Allow' && isAbout(statement, WEB_IDENTITY)
    ? providersIn(statement).filter((provider): provider is EksProvider => provider.is === 'oidc' && provider.eks)
    : [];

/** Reach counts real issuers as possible by itself; a made-up id (`…/id/EXAMPLE`) is one because the policy names it. */
export const tokenFacts = (facts: TrustFacts): IrsaFacts => ({
  ...roleFacts(facts),
  otherIssuers: facts.policy.statements.flatMap(eksProvidersIn).map(({ issuer }) => issuer),
});

/** Everybody whom this statement admits, after every Deny. @throws ReachUndecided */
export const admittedBy = (
  facts: TrustFacts,
  statement: Statement,
  tokens: IrsaFacts = tokenFacts(facts),
): MemberSet<FederatedIdentity> => reach(alone(facts.policy, statement), irsa(tokens)).may;

/** Everybody whom the conditions of this statement mean, whatever is denied elsewhere. @throws ReachUndecided */
export const meantBy = (
  facts: TrustFacts,
  statement: Statement,
  tokens: IrsaFacts = tokenFacts(facts),
): MemberSet<FederatedIdentity> => reach({ ...facts.policy, statements: [statement] }, irsa(tokens)).may;

/** `api in namespace pay of oidc.eks…` */
export const showToken = ({ issuer, namespace, serviceAccount }: FederatedIdentity): string =>
  `service account ${serviceAccount} in namespace ${namespace} of ${issuer}`;

const WEB_IDENTITY = 'sts:AssumeRoleWithWebIdentity';
