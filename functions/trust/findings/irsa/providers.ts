/** Rules about the OIDC providers that a role trusts: everybody's, another account's, a deleted cluster's. */

import type { Statement } from '../../../policy/index.ts';
import type { TrustFacts } from '../facts.ts';
import { inStatements, rewrite, show } from '../found.ts';
import { providersIn } from '../linters/provider.ts';
import type { Rule, TrustFinding } from '../rule.ts';
import { found } from './reasons.ts';
import { type EksProvider, eksProvidersIn } from './tokens.ts';

/** `Federated: "*"`. */
export const federatedAnybody: Rule = (facts) =>
  inStatements(facts, (statement) =>
    statement.effect === 'Allow' && providersIn(statement).some(({ is }) => is === 'anybody')
      ? found('FederatedAnybody', {
          statement,
          sentence: `${show(statement)} trusts every identity provider.`,
          witness: '*',
          remedy: `Name the provider by its ARN: ${rewrite(facts)}.`,
        })
      : undefined,
  );

/**
 * An EKS issuer that no known cluster has. Silent as long as the issuer of any cluster is not known, since it could be
 * that one: an account can hold the provider of another account's cluster.
 */
export const oidcProviderUnknown: Rule = (facts) => {
  const { clusters } = facts;
  if (clusters === undefined) return [];
  const issuers = new Set(clusters.map(({ issuer }) => issuer?.toLowerCase()));
  if (issuers.has(undefined)) return [];
  return forProviders(facts, (provider, statement) =>
    provider.account !== facts.account || issuers.has(provider.issuer.toLowerCase())
      ? undefined
      : found('OidcProviderUnknown', {
          statement,
          subject: provider.text,
          sentence: `${show(statement)} trusts the OIDC provider ${provider.issuer}, which no known cluster has.`,
          witness: provider.text,
          remedy: `If the cluster is gone, remove the statement: ${rewrite(facts)}; then the provider: \`aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${provider.text}\`. Else add the cluster to the configuration.`,
        }),
  );
};

/** The provider must be in the role's own account (IAM guide, "AssumeRoleWithWebIdentity"). */
export const oidcProviderOfOtherAccount: Rule = (facts) =>
  forProviders(facts, (provider, statement) =>
    provider.account === facts.account
      ? undefined
      : found('OidcProviderOfOtherAccount', {
          statement,
          subject: provider.text,
          sentence: `${show(statement)} trusts an OIDC provider of account ${provider.account}, but STS looks in account ${facts.account}.`,
          witness: provider.text,
          remedy: `Make the provider in the role’s account, \`aws iam create-open-id-connect-provider --url https://${provider.issuer} --client-id-list sts.amazonaws.com\`, and name that one: ${rewrite(facts)}.`,
        }),
  );

const forProviders = (
  { policy }: TrustFacts,
  judge: (provider: EksProvider, statement: Statement) => TrustFinding | undefined,
): readonly TrustFinding[] =>
  policy.statements.flatMap((statement) =>
    eksProvidersIn(statement).flatMap((provider) => judge(provider, statement) ?? []),
  );
