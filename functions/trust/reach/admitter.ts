/** Whether a trust policy admits each of many: what doesn't hang on who asks is decided once. */
import type { Condition } from '../../policy/condition.ts';
import type { ContextLookup, PolicyDocument, Statement } from '../../policy/index.ts';
import { every, type Truth } from '../../policy/truth.ts';
import { type Admission, admits } from './admits.ts';
import { isAbout } from './policy-formula.ts';
import { type TrustRequest, valueAt } from './request.ts';

/**
 * The same answers as those of `admits`, without the sentences: about ten times as fast.
 * @example associated.filter((identity) => admitter(trust, podIdentity(facts))(identity) === false)
 */
export const admitter = <Member>(
  policy: PolicyDocument,
  request: TrustRequest<Member>,
): ((member: Member) => Admission['admitted']) => {
  const statements = policy.statements.map((statement) => ({ statement, about: request.principals(statement) }));
  const explained = (member: Member) => admits(policy, request, member).admitted;
  if (statements.some(({ statement, about }) => typeof about !== 'boolean' || statement.resources !== undefined)) {
    return explained;
  }
  const spoken = request.actions.map((action) =>
    statements.flatMap(({ statement, about }) => (about === true && isAbout(statement, action) ? [statement] : [])),
  );
  // Most policies say the same of both actions: once is enough then.
  const different = new Map(spoken.map((those) => [those.map(({ index }) => index).join(), those])).values();
  const actions = [...different].map((those) => {
    const of = (effect: Statement['effect']) =>
      those.filter((statement) => statement.effect === effect).map(({ conditions }) => conditions);
    return { allows: of('Allow'), denies: of('Deny') };
  });
  return (member) => {
    const names = request.universe.namesOf(member);
    const lookup: ContextLookup = (key) => valueAt(request.sourceOf(key), names);
    for (const { allows, denies } of actions) {
      const denied = anyHolds(denies, lookup);
      const allowed = anyHolds(allows, lookup);
      if (denied === true || allowed === false) return false;
      // What hangs on keys that nobody gave has to be gone through value by value.
      if (denied !== false || allowed !== true) return explained(member);
    }
    return true;
  };
};

/** Of several lists of conditions, whether all of some list hold. */
const anyHolds = (lists: ReadonlyArray<readonly Condition[]>, lookup: ContextLookup): Truth => {
  let open: Truth = false;
  for (const conditions of lists) {
    const truth = every(conditions, ({ holds }) => holds(lookup));
    if (truth === true) return true;
    if (truth !== false) open = truth;
  }
  return open;
};
