/** Rules about the actions of a statement: which a trust policy can give at all, and to whom. */

import { globMatches } from '../../../policy/pattern.ts';
import type { PrincipalElement } from '../../../policy/principal.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import { inStatements, list, nameInside, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { providerOf } from './provider.ts';
import { found } from './reasons.ts';
import { coveredIn } from './redundant.ts';

/** What IAM asks a trust policy about (service authorization reference, STS: the actions on roles that give or mark sessions). */
const TRUST_ACTIONS = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
  'sts:TagSession',
  'sts:SetSourceIdentity',
  'sts:SetContext',
] as const;

/**
 * Actions of other services, and misspelt ones. EKS Auth's are told by EksAuthActionInTrust.
 * IAM Access Analyzer UNSUPPORTED_ACTION_IN_POLICY, parliament UNKNOWN_ACTION.
 */
export const actionNotForTrust: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const { negated, patterns } = statement.actions;
    const wrong = patterns
      .filter((pattern) => !TRUST_ACTIONS.some((action) => globMatches(pattern.glob, action.toLowerCase())))
      .map(({ source }) => source)
      .filter((source) => !source.toLowerCase().startsWith('eks-auth:'));
    if (negated || wrong.length === 0) return undefined;
    return found('ActionNotForTrust', {
      statement,
      sentence: `${show(statement)} names ${list(wrong)}, which no trust policy can give.`,
      witness: wrong[0],
      remedy: `Leave only actions of STS: ${rewrite(facts)}. What the role may do belongs in its permissions.`,
    });
  });

/** IAM Access Analyzer MISMATCHED_ACTION_FOR_PRINCIPAL: an assume action that none of the statement's principals can call. */
export const actionPrincipalMismatch: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const { effect, principal, actions } = statement;
    if (effect !== 'Allow' || principal === undefined || principal.negated || actions.negated) return undefined;
    const given = ASSUMING.filter((action) => isAbout(statement, action));
    const usable = given.filter((action) => canCall(principal, action));
    const useless = given.filter(
      (action) =>
        !usable.includes(action) &&
        actions.patterns.some(({ source }) => source.toLowerCase() === action.toLowerCase()),
    );
    if (useless.length === 0) return undefined;
    return found('ActionPrincipalMismatch', {
      statement,
      ...(usable.length > 0 && { severity: 'info' }),
      sentence: `No principal of ${nameInside(statement)} can call ${list(useless)}.`,
      witness: useless[0],
      remedy: `Use sts:AssumeRoleWithWebIdentity for OIDC providers, sts:AssumeRoleWithSAML for SAML, sts:AssumeRole for the others: ${rewrite(facts)}.`,
    });
  });

/** IAM Access Analyzer REDUNDANT_ACTION. */
export const redundantAction: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const patterns = statement.actions.patterns.map(({ source, glob }) => ({ text: source.toLowerCase(), glob }));
    const sources = coveredIn(patterns);
    if (sources.length === 0) return undefined;
    return found('RedundantAction', {
      statement,
      sentence: `${show(statement)} names ${list(sources)} although another of its actions covers it.`,
      witness: sources[0],
      remedy: `Leave out what is covered, or better the wildcard: ${rewrite(facts)}.`,
    });
  });

const ASSUMING = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'] as const;

const canCall = (
  { anybody, aws, accounts, services, federated }: PrincipalElement,
  action: (typeof ASSUMING)[number],
): boolean => {
  const providers = [...federated].map((text) => providerOf(text).is);
  const unclear = providers.some((is) => is === 'anybody' || is === 'unreadable');
  switch (action) {
    case 'sts:AssumeRole':
      return anybody || aws.size > 0 || accounts.size > 0 || services.size > 0;
    case 'sts:AssumeRoleWithSAML':
      return anybody || unclear || providers.includes('saml');
    case 'sts:AssumeRoleWithWebIdentity':
      return anybody || unclear || providers.includes('oidc') || providers.includes('name');
  }
};
