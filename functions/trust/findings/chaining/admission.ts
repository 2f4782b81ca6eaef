/** Rules about associations with this role as target: whether it admits them, and by their external id. */
import { clusterArn, identityKey, showIdentity } from '../../../identity.ts';
import { parseConditions } from '../../../policy/condition.ts';
import type { PolicyDocument, Statement } from '../../../policy/index.ts';
import { gradeOf } from '../../../policy/principal.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import { roleCaller } from '../linters/stranger.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import {
  admission,
  brokenStatement,
  causeOf,
  externalIdOf,
  externalIdsIn,
  type TargetUse,
  targetUses,
} from './uses.ts';

/** Not for associations whose cause another rule tells: a wrong external id, a recreated source role. */
export const targetDoesNotAdmit: Rule = (facts) =>
  targetUses(facts)
    .filter((use) => causeOf(facts, use) === 'other')
    .map((use) =>
      found('TargetDoesNotAdmit', {
        subject: identityKey(use.identity),
        sentence: `The role does not admit ${showIdentity(use.identity)} through ${use.sourceRoleArn}${use.tagsDisabled ? ', with session tags disabled' : ''}: ${admission(facts, use).because}.`,
        witness: showIdentity(use.identity),
        remedy: `Admit it: ${howToAdmit(use)}, then ${rewrite(facts)}; or delete the association.`,
      }),
    );

/** An association without session tags gets in whatever its external id. */
export const externalIdMissing: Rule = (facts) => {
  const open = targetUses(facts)
    .filter(({ tagsDisabled }) => tagsDisabled)
    .map((use) => ({ use, by: admission(facts, use, { externalId: false }) }))
    .filter(({ by }) => by.admitted === true);
  return inStatements(facts, (statement) => {
    const use = open.find(({ by }) => by.decidedBy?.statement === statement.index)?.use;
    if (use === undefined) return undefined;
    return found('ExternalIdMissing', {
      statement,
      sentence: `${show(statement)} lets in every association that goes through ${use.sourceRoleArn} without session tags.`,
      witness: `a request of ${use.sourceRoleArn} without sts:ExternalId`,
      remedy: `Add StringEquals sts:ExternalId \`${externalIdOf(use.identity)}\`: ${rewrite(facts)}.`,
    });
  });
};

/** In statements about a known source role. Third parties' external ids are their own matter. */
export const externalIdWrong: Rule = (facts) => {
  const uses = targetUses(facts);
  const refusals = uses.filter((use) => causeOf(facts, use) === 'external id');
  const broken = new Map(refusals.map((use) => [brokenStatement(facts, use), use]));
  return inStatements(facts, (statement) => {
    const through = statement.effect === 'Allow' ? uses.filter((use) => names(statement, use)) : [];
    if (through.length === 0) return undefined;
    const theirs = through.map(({ identity }) => externalIdOf(identity));
    const wrong = externalIdsIn(statement).filter((value) => !theirs.some(meant(facts.policy, value)));
    if (wrong.length === 0) return undefined;
    const refused = broken.get(statement.index);
    return found('ExternalIdWrong', {
      statement,
      ...(refused && { severity: 'error' }),
      sentence: refused
        ? `${show(statement)} wants the external id ${list(wrong)}, but ${showIdentity(refused.identity)} comes with \`${externalIdOf(refused.identity)}\`.`
        : `${show(statement)} accepts the external id ${list(wrong)}, which no association has.`,
      witness: wrong[0],
      remedy: `${refused ? `Write \`${externalIdOf(refused.identity)}\`` : 'Remove it'}: ${rewrite(facts)}.`,
    });
  });
};

/** What is authored goes by session tags; without them only the external id is left. */
const howToAdmit = ({ identity, sourceRoleArn, tagsDisabled }: TargetUse): string =>
  tagsDisabled
    ? `allow sts:AssumeRole to ${sourceRoleArn} with StringEquals sts:ExternalId \`${externalIdOf(identity)}\``
    : `\`podid trust author --identity ${clusterArn(identity)}/${identity.namespace}/${identity.serviceAccount} --source-role ${sourceRoleArn} --into trust.json\``;

const names = ({ principal, effect }: Statement, { sourceRoleArn }: TargetUse): boolean =>
  principal !== undefined && gradeOf(principal, roleCaller(sourceRoleArn).principal, effect) !== undefined;

/** Wildcards count, also where the operator takes them literally: that is another rule's matter. */
const meant = ({ version }: PolicyDocument, value: string): ((externalId: string) => boolean) => {
  const [condition] = parseConditions({ StringLike: { 'sts:ExternalId': value } }, '$', version === '2012-10-17');
  return (externalId) => condition?.holds(() => [externalId]) !== false;
};
