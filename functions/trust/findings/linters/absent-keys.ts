/** Rules about conditions of Pod Identity statements that hold because their key is missing. */
import { SESSION_TAGS } from '../../../abac/session-tags.ts';
import { showIdentity } from '../../../identity.ts';
import type { Condition } from '../../../policy/condition.ts';
import type { Statement } from '../../../policy/index.ts';
import { PODS, podIdentity, reach, witness } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { alone, inStatements, list, rewrite, roleFacts, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';

/** The conditions on session tags hold for an association without tags, so that `disableSessionTags` gets around them. */
export const tagsNotRequired: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const conditions = isForPods(statement) ? statement.conditions.filter(isOnSessionTag) : [];
    // Whoever tests for absence means it.
    if (
      conditions.length === 0 ||
      conditions.some(({ base, holds }) => base === 'Null' || holds(() => undefined) === false)
    ) {
      return undefined;
    }
    const request = podIdentity({ ...roleFacts(facts), tagsDisabled: true });
    const stranger = witness(reach(alone(facts.policy, statement), request).may);
    if (stranger === undefined) return undefined;
    return found('TagsNotRequired', {
      statement,
      sentence: `${show(statement)} checks ${list(conditions.map(({ key }) => key))} only if the tags are there: an association with session tags disabled gets in for any service account.`,
      witness: `${showIdentity(stranger)}, with session tags disabled`,
      remedy: `Use the operators without IfExists, ForAllValues and negation, or add Null "false" for a tag: ${rewrite(facts)}.`,
    });
  });

/** A condition over a key that no request of Pod Identity carries, and that holds without it. */
export const conditionVoid: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (!isForPods(statement) || othersBesidesPods(statement)) return undefined;
    const keys = statement.conditions
      .filter(
        (condition) =>
          condition.base !== 'Null' && isNeverThere(facts, condition) && condition.holds(() => undefined) === true,
      )
      .map(({ key }) => key);
    if (keys.length === 0) return undefined;
    return found('ConditionVoid', {
      statement,
      sentence: `${show(statement)} has conditions on ${list(keys)}, which the requests of EKS never carry: they keep nobody out.`,
      witness: keys[0],
      remedy: `Use keys that EKS sends, such as aws:RequestTag/kubernetes-namespace, or remove them: ${rewrite(facts)}.`,
    });
  });

const isForPods = (statement: Statement): boolean =>
  statement.effect === 'Allow' &&
  statement.principal?.services.has(PODS) === true &&
  isAbout(statement, 'sts:AssumeRole');

const othersBesidesPods = ({ principal }: Statement): boolean =>
  principal !== undefined &&
  principal.aws.size + principal.accounts.size + principal.federated.size + principal.services.size > 1;

const isOnSessionTag = ({ key }: Condition): boolean =>
  SESSION_TAGS.some((tag) => key.toLowerCase() === `aws:requesttag/${tag}`);

const isNeverThere = (facts: TrustFacts, { key }: Condition): boolean =>
  [false, true].every((tagsDisabled) => {
    const source = podIdentity({ ...roleFacts(facts), tagsDisabled }).sourceOf(key.toLowerCase());
    return source.is === 'known' && source.values === undefined;
  });
