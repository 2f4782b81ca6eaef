/** Rules that hold the exact reach against the associations: who else gets in. */
import { showIdentity, type WorkloadIdentity } from '../../../identity.ts';
import { isEmpty, type Reach, toJson, witness } from '../../reach/index.ts';
import type { TrustFacts } from '../facts.ts';
import { rewrite } from '../found.ts';
import { found } from '../reasons.ts';
import type { Rule } from '../rule.ts';
import { BOTH_WAYS, namesPods } from './statements.ts';
import { ownAssociations, strangerIn } from './strangers.ts';
import { hanging, whom, withTags } from './words.ts';

/**
 * The witness is admitted, and no association has it: of a known cluster where that can be. Kept under the role and not
 * under a statement: it is the same problem, whichever statement the witness gets in by.
 */
export const trustTooBroad: Rule = (facts, questions) => {
  const uses = ownAssociations(facts);
  if (uses === undefined || uses.length === 0) return [];
  for (const tags of BOTH_WAYS) {
    const { must, may, hangsOn } = questions.podIdentity(tags);
    const stranger = strangerIn(facts, tags, must) ?? strangerIn(facts, tags, may);
    if (stranger === undefined) continue;
    const { identity, certain, by } = stranger;
    const told = found('TrustTooBroad', {
      ...(!certain && { severity: 'warning' }),
      sentence: `The role can also be used by ${showIdentity(identity)}${withTags(tags)}, to which no association gives it${certain ? '' : hanging(hangsOn)}.`,
      witness: showIdentity(identity),
      remedy: narrow(facts, uses.find(({ tagsDisabled }) => tagsDisabled)?.identity),
    });
    return [{ ...told, ...(by && { statement: by }) }];
  }
  return [];
};

/** The role is trusted for pods and used by none: the first association that names it gets it. */
export const unassociatedButOpen: Rule = (facts, questions) => {
  if (ownAssociations(facts)?.length !== 0 || !facts.policy.statements.some(namesPods)) return [];
  const tags = BOTH_WAYS.find((way) => !isEmpty(questions.podIdentity(way).may));
  if (tags === undefined) return [];
  const admitted = questions.podIdentity(tags).may;
  const someone = witness(admitted);
  const target = facts.associations?.length === 0 ? '' : ' as its own (some have it as their target role)';
  return [
    found('UnassociatedButOpen', {
      ...(isNamedInFull(questions.podIdentity(tags)) && { severity: 'info' }),
      sentence: `No association gives the role${target}, and it admits ${whom(admitted, tags)}.`,
      witness: someone && showIdentity(someone),
      remedy: `Remove the statements for pods.eks.amazonaws.com (${rewrite(facts)}), or create the association: \`aws eks create-pod-identity-association\`.`,
    }),
  ];
};

const narrow = (facts: TrustFacts, untagged: WorkloadIdentity | undefined): string =>
  untagged === undefined
    ? `Admit only those with an association: \`podid trust tighten trust.json --identities identities.txt\`, then ${rewrite(facts)}.`
    : `A request without session tags tells no more than its cluster. Switch them on for ${showIdentity(untagged)} (\`aws eks update-pod-identity-association --no-disable-session-tags\`) or give it a role of its own; then \`podid trust tighten trust.json --identities identities.txt\`.`;

const isNamedInFull = ({ may }: Reach<WorkloadIdentity>): boolean =>
  toJson(may).every((box) =>
    Object.values(box).every((names) => names !== 'any' && names.every((term) => 'is' in term)),
  );
