/** What is, against what should be: every difference of one object as a finding, with who did it. */
import { sortFindings } from '../../finding.ts';
import type { DriftFinding, ObjectRef, Snapshot } from '../contract.ts';
import { kindOf } from '../facets/index.ts';
import { ASSOCIATION_RULES, associationBeside } from './association-rules.ts';
import { attributionOf, judgedChange, type OurRoles } from './attribution.ts';
import { CLUSTER_RULES } from './cluster-rules.ts';
import { type Difference, differencesOf, type Question, questionOf } from './question.ts';
import { ROLE_RULES } from './role-rules.ts';
import type { Rules } from './rule.ts';
import { nameOfObject, show, tell, wishers } from './told.ts';

/**
 * Everything that is wrong with the object, worst first. Pure: the same snapshot, the same findings, in whatever order its facets, wishes and
 * changes are; reason, object and subject don't hang on who did it or whether an event told. What could not be read is no finding.
 * @param ours The roles of podid's own functions
 */
export const detect = (snapshot: Snapshot, ours: OurRoles): readonly DriftFinding[] => {
  const question = questionOf(snapshot);
  const found = [...different(snapshot, question), ...beside(question), ...contradictions(snapshot)];
  const attributed = found.map((finding) => ({
    ...finding,
    attribution: attributionOf(finding.facet, finding.is, snapshot, ours),
  }));
  const all = [...attributed, ...stolen(snapshot, ours)];
  const inOrder = sortFindings(
    all.map((each) => ({ reason: each.reason, severity: each.severity, sentence: each.sentence, each })),
  );
  return inOrder.map(({ each }) => each);
};

const RULES: Readonly<Record<ObjectRef['object'], Rules>> = {
  role: ROLE_RULES,
  association: ASSOCIATION_RULES,
  cluster: CLUSTER_RULES,
};

const different = (snapshot: Snapshot, question: Question): readonly DriftFinding[] => {
  const rules = RULES[snapshot.ref.object];
  return differencesOf(snapshot, question).flatMap((difference) =>
    (rules[kindOf(difference.facet)]?.(difference, question) ?? []).map((told) => tell(snapshot.ref, difference, told)),
  );
};

const beside = (question: Question): readonly DriftFinding[] => {
  const { ref, facets } = question;
  if (ref.object !== 'association') return [];
  return associationBeside(question).map(({ facet, ...told }) => {
    const is = facets[facet] ?? null;
    return tell(ref, { facet, is, shouldBe: is }, told);
  });
};

const contradictions = ({ ref, desired, actual }: Snapshot): readonly DriftFinding[] =>
  desired.conflicts.map(({ facet, values }) => {
    const is = actual.facets[facet] ?? null;
    const wants = values.map((wanted) => `${wishers(wanted)} wants ${show(wanted.value)}`).toSorted();
    const sentence = `${nameOfObject(ref)}, ${facet}: ${wants.join('; ')}.`;
    return tell(ref, { facet, is, shouldBe: is }, { reason: 'GrantsContradict', sentence });
  });

/** One for each thing that was touched, however often: also where all is as it should be again. */
const stolen = (snapshot: Snapshot, ours: OurRoles): readonly DriftFinding[] => {
  const { ref, actual, changes } = snapshot;
  const byFacet = new Map<string, DriftFinding>();
  for (const change of changes) {
    const attribution = judgedChange(change, snapshot, ours);
    if (attribution.who !== 'us-without-intent') continue;
    for (const facet of change.facets) {
      const is = actual.facets[facet] ?? null;
      const difference: Difference = { facet, is, shouldBe: is };
      const sentence = `${nameOfObject(ref)}, ${facet === '*' ? 'whatever of it' : facet}: changed with the role of one of podid’s functions, and no execution intended it.`;
      byFacet.set(facet, { ...tell(ref, difference, { reason: 'StolenWriter', sentence }), attribution });
    }
  }
  return [...byFacet.values()];
};
