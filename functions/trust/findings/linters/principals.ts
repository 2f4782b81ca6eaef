/** Rules about principals that are wider than anybody means: everybody, and whole accounts. */
import type { PrincipalElement } from '../../../policy/principal.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { type Caller, foreigner, letsIn, neighbour } from './stranger.ts';

/**
 * `*` as principal. An error when a role of an account that nobody knows gets in, else a warning. Strangers know a
 * secret external id: AWS does not treat it as one.
 * IAM Access Analyzer ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL; checkov CKV_AWS_60.
 */
export const anyPrincipal: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const { principal, effect } = statement;
    if (
      effect !== 'Allow' ||
      principal?.anybody !== true ||
      principal.negated ||
      !isAbout(statement, 'sts:AssumeRole')
    ) {
      return undefined;
    }
    const stranger = foreigner(facts.partition);
    const open = letsIn(facts.policy, statement, stranger);
    return found('AnyPrincipal', {
      statement,
      severity: open ? 'error' : 'warning',
      sentence: open
        ? `${show(statement)} lets anybody in, whatever the account.`
        : `${show(statement)} names \`*\` as principal; only its conditions keep strangers out.`,
      witness: open ? stranger.name : undefined,
      remedy: `Name the principals by their ARNs: ${rewrite(facts)}.`,
    });
  });

/**
 * An account as principal, when a role of no particular name gets in. An info when the caller must bring an external
 * id, AWS's form for third parties. Where a known source role comes from the account, TargetTrustsAccount tells it.
 * checkov CKV_AWS_61; IAM guide, "AWS account principals".
 */
export const accountRootPrincipal: Rule = (facts) => {
  const sources = new Set(
    (facts.associations ?? []).flatMap(({ sourceRoleArn }) => sourceRoleArn?.split(':')[4] ?? []),
  );
  return inStatements(facts, (statement) => {
    if (statement.effect !== 'Allow' || statement.principal === undefined) return undefined;
    const open = accountsIn(statement.principal)
      .filter((account) => !sources.has(account))
      .map((account) => ({ account, stranger: neighbour(facts.partition, account) }))
      .filter(({ stranger }) => letsIn(facts.policy, statement, stranger));
    const [first] = open;
    if (first === undefined) return undefined;
    const byExternalId = open.every(({ stranger }) => !letsIn(facts.policy, statement, withoutExternalId(stranger)));
    const accounts = open.map(({ account }) => account);
    const own = accounts.includes(facts.account) ? ' (the role’s own)' : '';
    return found('AccountRootPrincipal', {
      statement,
      ...(byExternalId && { severity: 'info' }),
      sentence: `${show(statement)} lets in everybody in account ${list(accounts)}${own} whose own policies allow it${byExternalId ? ' and who knows the external id' : ''}.`,
      witness: first.stranger.name,
      remedy: `Name the roles by their ARNs, or pin them with ArnEquals aws:PrincipalArn: ${rewrite(facts)}.`,
    });
  });
};

/** NotPrincipal, which IAM refuses. IAM Access Analyzer ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL, ALLOW_WITH_NOT_PRINCIPAL. */
export const notPrincipalUsed: Rule = (facts) =>
  inStatements(facts, (statement) =>
    statement.principal?.negated === true
      ? found('NotPrincipalUsed', {
          statement,
          sentence: `${show(statement)} uses NotPrincipal: IAM refuses the policy.`,
          remedy: `Name in Principal whom you mean, and take others out with a Deny that has conditions: ${rewrite(facts)}.`,
        })
      : undefined,
  );

/** The accounts that an element names, as twelve digits. */
export const accountsIn = ({ accounts, negated }: PrincipalElement): readonly string[] =>
  negated ? [] : [...new Set([...accounts].map((text) => text.match(/\d{12}/)?.[0] ?? text))];

const withoutExternalId = (caller: Caller): Caller => ({
  ...caller,
  lookup: (key) => (key === 'sts:externalid' ? undefined : caller.lookup(key)),
});
