/** Rules about source roles: what they may do, and how the target names them. */
import { isAbout } from '../../reach/policy-formula.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import { accountsIn } from '../linters/principals.ts';
import { letsIn, neighbour } from '../linters/stranger.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { causeOf, isUniqueId, sourceAccountOf, targetUses } from './uses.ts';

/** The source's account as principal. The witness is a role of no particular name, where one gets in. */
export const targetTrustsAccount: Rule = (facts) => {
  const uses = targetUses(facts);
  return inStatements(facts, (statement) => {
    const { principal, effect } = statement;
    if (effect !== 'Allow' || principal === undefined || !isAbout(statement, 'sts:AssumeRole')) return undefined;
    const trusted = accountsIn(principal);
    const through = uses.filter((use) => trusted.includes(sourceAccountOf(use)));
    const [use] = through;
    if (use === undefined) return undefined;
    const stranger = neighbour(facts.partition, sourceAccountOf(use));
    const open = letsIn(facts.policy, statement, stranger);
    const sources = [...new Set(through.map(({ sourceRoleArn }) => sourceRoleArn))].toSorted();
    return found('TargetTrustsAccount', {
      statement,
      ...(!open && { severity: 'info' }),
      sentence: open
        ? `${show(statement)} trusts all of account ${sourceAccountOf(use)}, where ${list(sources)} was meant.`
        : `${show(statement)} trusts account ${sourceAccountOf(use)} and pins the caller by conditions only.`,
      witness: open ? stranger.name : sources[0],
      remedy: `Name ${list(sources)} as principal: ${rewrite(facts)}.`,
    });
  });
};

/** What was read of the source's permissions says no. Without session tags, STS isn't asked about TagSession. */
export const sourceCannotReach: Rule = (facts) => {
  const uses = targetUses(facts);
  const chains = (facts.chains ?? []).filter(({ targetRoleArn }) => targetRoleArn === (facts.roleArn ?? targetRoleArn));
  return chains.flatMap(({ sourceRoleArn, targetRoleArn, assumeRole, tagSession }) => {
    const through = uses.filter((use) => use.sourceRoleArn === sourceRoleArn);
    const tags = through.length === 0 || through.some(({ tagsDisabled }) => !tagsDisabled);
    const missing = [
      ...(assumeRole === 'deny' ? ['sts:AssumeRole'] : []),
      ...(tagSession === 'deny' && tags ? ['sts:TagSession'] : []),
    ];
    if (missing.length === 0) return [];
    const statement = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: targetRoleArn };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    return found('SourceCannotReach', {
      subject: sourceRoleArn,
      sentence: `The source role ${sourceRoleArn} may not do ${list(missing)} on ${targetRoleArn}: its pods get no credentials.`,
      witness: sourceRoleArn,
      remedy: `Allow it: \`aws iam put-role-policy --role-name ${sourceRoleArn.split('/').at(-1)} --policy-name assume-target --policy-document '${policy}'\`; if a boundary or a Deny stands against it, that one must go.`,
    });
  });
};

/** IAM Access Analyzer INVALID_ROLE_REFERENCE and INVALID_USER_REFERENCE; IAM guide, "IAM role principals". */
export const targetPrincipalRecreated: Rule = (facts) => {
  const affected = targetUses(facts).find((use) => causeOf(facts, use) === 'recreated');
  return inStatements(facts, (statement) => {
    const gone = [...(statement.principal?.aws ?? [])].filter(isUniqueId);
    if (gone.length === 0 || statement.effect !== 'Allow') return undefined;
    return found('TargetPrincipalRecreated', {
      statement,
      ...(affected && { severity: 'error' }),
      sentence: `${show(statement)} names ${list(gone)}, which ${gone.length > 1 ? 'are' : 'is'} no longer there${affected ? `; associations through ${affected.sourceRoleArn} get no credentials` : ''}.`,
      witness: gone[0],
      remedy: `${affected ? `Write ${affected.sourceRoleArn} again, so that IAM stores its new id` : 'Remove it, or write the ARN of the present role'}: ${rewrite(facts)}.`,
    });
  });
};
