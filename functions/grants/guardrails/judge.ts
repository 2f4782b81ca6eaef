/** The whole of a grant before the guardrails: every part is asked about by itself, since Cedar can't ask "for all of these". */
import type { CedarValueJson, EntityJson } from '@cedar-policy/cedar-wasm/web';
import { type ActionName, type Because, type Decision, decide } from './decide.ts';
import { associationPart, grantPart, type Part, partsOf, ref, rolePart, uid, userOf } from './entities.ts';
import type { Approval, AssociationFacts, GrantFacts, Person, RoleFacts } from './facts.ts';
import type { Guardrails } from './load.ts';
import type { Ownership } from './ownership.ts';

/** Something that is missing, with the teams of which somebody could give it. */
export type Missing = Because & { readonly teams: readonly string[] };

export type Verdict = Omit<Decision, 'missing'> & { readonly missing: readonly Missing[] };

/** The guardrails, and the facts about places that they judge by. */
export type Law = { readonly guardrails: Guardrails; readonly owned: Ownership };

/** May this be asked for? To be asked again with the plan as it is resolved then, before it is carried out: see `judgeProceed`. */
export const judgeRequest = (law: Law, facts: GrantFacts): Verdict => {
  const asked = askedBy(law, facts, facts.requester);
  return join(partsOf(facts, law.owned).map((part) => asked('Request', part)));
};

/** May it be carried out now? It may still be asked for, and nobody's approval is missing. */
export const judgeProceed = (law: Law, facts: GrantFacts): Verdict => {
  const approvals = countingApprovals(law, facts);
  const context = {
    approvers: approvals.map(({ by }) => ref('User', by.subject)),
    approvedBy: [...new Set(approvals.flatMap(({ by }) => by.teams))].map((team) => ref('Team', team)),
  };
  const asked = askedBy(law, facts, facts.requester);
  const parts = partsOf(facts, law.owned);
  return join(parts.flatMap((part) => [asked('Request', part), asked('Proceed', part, context)]));
};

/** May this person approve it? */
export const judgeApprove = (law: Law, facts: GrantFacts, by: Person): Verdict =>
  askedBy(law, facts, by)('Approve', grantPart(facts, law.owned));

/** May this person end it? */
export const judgeRevoke = (law: Law, facts: GrantFacts, by: Person): Verdict =>
  askedBy(law, facts, by)('Revoke', grantPart(facts, law.owned));

/** May podid take over this role, which is there already and fits? */
export const judgeRoleAdoption = (law: Law, facts: GrantFacts, role: RoleFacts): Verdict =>
  askedBy(law, facts, facts.requester)('Adopt', rolePart(facts, law.owned, role));

/** May podid take over this association, which is there already and fits? */
export const judgeAssociationAdoption = (law: Law, facts: GrantFacts, association: AssociationFacts): Verdict =>
  askedBy(law, facts, facts.requester)('Adopt', associationPart(facts, law.owned, association));

/**
 * The approvals that count: of this version, one a person, by people whom the guardrails let approve. Never the requester's own, whatever
 * the guardrails say: that promise must not hang on a file that somebody edits.
 */
export const countingApprovals = (law: Law, facts: GrantFacts): readonly Approval[] => {
  const people = new Map(
    facts.approvals
      .filter(({ by, version }) => version === facts.version && by.subject !== facts.requester.subject)
      .map((approval) => [approval.by.subject, approval]),
  );
  return [...people.values()].filter(({ by }) => judgeApprove(law, facts, by).decision === 'allow');
};

/** Of the active grants, those that the guardrails would refuse now, with their reasons: for when the guardrails have changed. */
export const nowRefused = (
  law: Law,
  active: readonly GrantFacts[],
): readonly { readonly grant: string; readonly verdict: Verdict }[] =>
  active
    .map((facts) => ({ grant: facts.id, verdict: judgeRequest(law, facts) }))
    .filter(({ verdict }) => verdict.decision === 'deny');

/** Questions by one person about parts of one grant. */
const askedBy = ({ guardrails, owned }: Law, facts: GrantFacts, by: Person) => {
  const requester = by.subject === facts.requester.subject ? [] : [userOf(facts.requester)];
  const always = [...grantPart(facts, owned).entities, userOf(by), ...requester];
  return (action: ActionName, part: Part, context: Readonly<Record<string, CedarValueJson>> = {}): Verdict => {
    const question = {
      principal: uid('User', by.subject),
      action,
      resource: part.resource,
      context: { ...context, grant: ref('Grant', facts.id) },
      about: part.about,
    };
    const { missing, ...decision } = decide(guardrails, question, oneEach([...always, ...part.entities]));
    return { ...decision, missing: missing.map((each) => ({ ...each, teams: part.owners })) };
  };
};

/** The grant is context of every part, and the part itself once. */
const oneEach = (entities: readonly EntityJson[]): readonly EntityJson[] => [
  ...new Map(entities.map((entity) => [JSON.stringify(entity.uid), entity])).values(),
];

/** All must allow. Of a denial only what stands against it is told. */
const join = (verdicts: readonly Verdict[]): Verdict => {
  const denied = verdicts.filter(({ decision }) => decision === 'deny');
  const told = denied.length > 0 ? denied : verdicts;
  return {
    // No part at all would be nothing that anybody has judged.
    decision: verdicts.length > 0 && denied.length === 0 ? 'allow' : 'deny',
    because: distinct(told.flatMap(({ because }) => because)),
    missing: distinct(told.flatMap(({ missing }) => missing)),
    errors: [...new Set(told.flatMap(({ errors }) => errors))],
  };
};

const distinct = <Each extends Because>(list: readonly Each[]): readonly Each[] => [
  ...new Map(list.map((each) => [`${each.id}\n${each.about}\n${each.reason}`, each])).values(),
];
