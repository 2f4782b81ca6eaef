/** Rules about identity providers that are no EKS cluster's: shared OIDC providers, SAML, and names that are none. */

import { inStatements, list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { type Provider, providersIn, samlCaller, tokenCaller } from './provider.ts';
import { found } from './reasons.ts';
import { letsIn } from './stranger.ts';

/**
 * A stranger’s token is good for the role. An error for providers that many organizations share.
 * IAM Access Analyzer MISSING_GITHUB_REPO_CONDITION_KEY, MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL; checkov CKV_AWS_358;
 * prowler iam_role_github_oidc_trust_subject_restricted; IAM guide, "Identity-provider controls for shared OIDC providers".
 */
export const federatedUnpinned: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const open = providersIn(statement)
      .filter(hasTokens)
      .map((provider) => ({
        provider,
        control: controlOf(provider),
        caller: tokenCaller(provider, pinsOf(provider)),
      }))
      .filter(({ caller }) => letsIn(facts.policy, statement, caller));
    const first = open.find(({ provider }) => isShared(provider)) ?? open[0];
    if (first === undefined) return undefined;
    const { provider, control, caller } = first;
    return found('FederatedUnpinned', {
      statement,
      ...(!isShared(provider) && { severity: 'warning' }),
      sentence: `${show(statement)} lets in whoever has a token of ${list(open.map(({ provider: { issuer } }) => issuer))}.`,
      witness: caller.name,
      remedy: `Pin the claim \`${provider.issuer}:${control}\` to what is yours: ${rewrite(facts)}.`,
    });
  });

/** The claim names of AWS's own guide for SAML roles ("Create a role for SAML 2.0 federation"): SAML:aud is the console’s sign-in URL. */
export const samlAudienceMissing: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const open = providersIn(statement)
      .filter((provider) => provider.is === 'saml')
      .filter((provider) => letsIn(facts.policy, statement, samlCaller(provider)));
    const [first] = open;
    if (first === undefined) return undefined;
    return found('SamlAudienceMissing', {
      statement,
      sentence: `${show(statement)} accepts assertions of ${list(open.map(({ text }) => text))} that were made for another audience.`,
      witness: samlCaller(first).name,
      remedy: `Add StringEquals SAML:aud with the sign-in URL of AWS: ${rewrite(facts)}.`,
    });
  });

/** IAM Access Analyzer INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY; parliament UNKNOWN_FEDERATION_SOURCE. */
export const federatedMalformed: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const wrong = providersIn(statement).filter(({ is }) => is === 'unreadable');
    if (wrong.length === 0) return undefined;
    return found('FederatedMalformed', {
      statement,
      sentence: `${show(statement)} names ${list(wrong.map(({ text }) => text))}, which is no identity provider.`,
      witness: wrong[0]?.text,
      remedy: `Use the provider’s ARN, as \`aws iam list-open-id-connect-providers\` shows it: ${rewrite(facts)}.`,
    });
  });

type TokenProvider = Extract<Provider, { readonly issuer: string }>;

const hasTokens = (provider: Provider): provider is TokenProvider =>
  provider.is === 'name' || (provider.is === 'oidc' && !provider.eks);

/** The claim that tells tenants apart, for providers that many share; all others: `sub`. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['token.actions.githubusercontent.com', 'sub'],
  ['vstoken.actions.githubusercontent.com', 'sub'],
  ['oidc-configuration.audit-log.githubusercontent.com', 'sub'],
  ['gitlab.com', 'sub'],
  ['agent.buildkite.com', 'sub'],
  ['app.terraform.io', 'sub'],
  ['oidc.codefresh.io', 'sub'],
  ['studio.datachain.ai/api', 'sub'],
  ['scalr.io', 'sub'],
  ['tokens.cloud.shisho.dev', 'sub'],
  ['proidc.upbound.io', 'sub'],
  ['api.pulumi.com/oidc', 'aud'],
  ['sandboxes.cloud', 'aud'],
  ['oidc.vercel.com', 'aud'],
  ['cognito-identity.amazonaws.com', 'aud'],
  ['accounts.google.com', 'aud'],
  ['www.amazon.com', 'app_id'],
  ['graph.facebook.com', 'app_id'],
]);

const isShared = ({ issuer }: TokenProvider): boolean => CONTROLS.has(issuer) || issuer.startsWith(GITHUB_ENTERPRISE);

/** GitHub gives enterprises an issuer of their own below this one. */
const GITHUB_ENTERPRISE = 'token.actions.githubusercontent.com/';

const controlOf = ({ issuer }: TokenProvider): string => CONTROLS.get(issuer) ?? 'sub';

/** Private providers have one tenant, so any claim can tell its users apart; in shared ones a stranger has a branch `main` too. */
const pinsOf = (provider: TokenProvider): ((claim: string) => boolean) => {
  const control = controlOf(provider);
  return (claim) => claim === control || (isShared(provider) ? IDENTIFYING.has(claim) : claim !== 'aud');
};

/** Claims that name a tenant, a repository, a user or an application, in lower case (GitHub: "OpenID Connect reference"). */
const IDENTIFYING: ReadonlySet<string> = new Set([
  'sub',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'job_workflow_ref',
  'workflow_ref',
  'enterprise',
  'enterprise_id',
  'app_id',
  'user_id',
  'id',
  'email',
  'oaud',
]);
