/** Rules about associations that give the role and get nothing. */
import { clusterArn, identityKey, showIdentity } from '../../../identity.ts';
import { evaluate } from '../../../policy/index.ts';
import { admits } from '../../reach/index.ts';
import { valueAt } from '../../reach/request.ts';
import type { RoleUse, TrustFacts } from '../facts.ts';
import { rewrite, show } from '../found.ts';
import { found } from '../reasons.ts';
import type { Rule, TrustFinding } from '../rule.ts';
import { lacksAction } from './actions.ts';
import { ASSUME_ROLE, allowing, requestOf } from './statements.ts';
import { ownAssociations } from './strangers.ts';

/**
 * Each association that the trust does not admit, under its identity. Silent where TagSessionMissing or
 * AssumeRoleMissing says why, and where it hangs on keys that nobody gave. Target roles: TargetDoesNotAdmit.
 */
export const associationNotAdmitted: Rule = (facts) =>
  (ownAssociations(facts) ?? []).flatMap((use) => judge(facts, use) ?? []);

const judge = (facts: TrustFacts, { identity, tagsDisabled }: RoleUse): TrustFinding | undefined => {
  const asked = tagsDisabled ? 'no-tags' : 'tags';
  const { admitted, because, decidedBy } = admits(facts.policy, requestOf(facts, asked), identity);
  if (admitted !== false) return undefined;
  const who = showIdentity(identity);
  const subject = identityKey(identity);
  if (tagsDisabled && admits(facts.policy, requestOf(facts, 'tags'), identity).admitted !== false) {
    return found('RequestTagsWithTagsDisabled', {
      subject,
      sentence: `The association of ${who} has session tags disabled, and the trust policy asks for them: it gets no credentials.`,
      witness: who,
      remedy:
        'Switch its tags on: `aws eks update-pod-identity-association --cluster-name CLUSTER --association-id ID --no-disable-session-tags`; or pin the cluster by aws:SourceArn, which also requests without tags carry.',
    });
  }
  if (!tagsDisabled && lacksAction(facts, identity)) return undefined;
  const details = whyNot(facts, { identity, tagsDisabled });
  const why = decidedBy === undefined && details.length > 0 ? details.join('; ') : because;
  return found('AssociationNotAdmitted', {
    subject,
    sentence: `The association of ${who} gives the role, and the trust policy does not admit it: ${why}. Its pods get no credentials.`,
    witness: who,
    remedy: `Admit it: \`podid trust author --identity ${clusterArn(identity)}/${identity.namespace}/${identity.serviceAccount} --into trust.json\`, then ${rewrite(facts)}; or delete the association.`,
  });
};

/** For how many statements it is said what fails. */
const MOST_DETAILS = 3;

/** What each statement that could have admitted it says instead. */
const whyNot = (facts: TrustFacts, { identity, tagsDisabled }: Pick<RoleUse, 'identity' | 'tagsDisabled'>) => {
  const request = requestOf(facts, tagsDisabled ? 'no-tags' : 'tags');
  const names = request.universe.namesOf(identity);
  const { considered } = evaluate([{ name: 'the trust policy', document: facts.policy }], {
    action: ASSUME_ROLE,
    resource: request.resource,
    principal: request.principalOf(names),
    context: (key) => valueAt(request.sourceOf(key), names),
  });
  return allowing(facts, ASSUME_ROLE)
    .slice(0, MOST_DETAILS)
    .flatMap((statement) => {
      const because = considered.find((each) => each.statement === statement.index)?.because;
      return because === undefined || because === 'it applies' ? [] : [`${show(statement)}: ${because}`];
    });
};
