/** One list of policies against one request: which statement decides, and why the others do not. */
import type { NamedPolicy, Statement } from './document.ts';
import type { Grade } from './principal.ts';
import { type AccessRequest, type Question, questionOf } from './request.ts';
import { matchStatement, type StatementMatch } from './statement.ts';
import { isUnknown, some, type Truth } from './truth.ts';

/** As AWS's error messages call them. */
export type PolicyType = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy';

export type StatementRef = { readonly policy: string; readonly sid?: string; readonly statement: number };

/** A statement and what came of it. */
export type Considered = StatementRef & {
  readonly policyType?: PolicyType;
  readonly effect: 'Allow' | 'Deny';
  readonly because: string;
};

export type Decision = {
  readonly effect: 'allow' | 'explicitDeny' | 'implicitDeny' | 'undecided';
  /** A sentence for a person: the statement that decides, or what is missing. */
  readonly because: string;
  readonly decidedBy?: StatementRef;
  /** Where the deciding statement stands, or which kind of policy does not allow it. */
  readonly policyType?: PolicyType;
  /** The condition keys, in lower case, that an `undecided` hangs on. */
  readonly unknownKeys?: readonly string[];
  /** The statements that did not decide, and why. */
  readonly considered: readonly Considered[];
};

/** What the Deny statements say, or the Allow statements of one grade; `by` is the first that says it. */
export type Verdict = { readonly truth: Truth; readonly by?: Considered };

/** What a list of policies says about a question, before anything is concluded from it. */
export type Survey = {
  readonly denies: Verdict;
  readonly allows: Readonly<Record<Grade, Verdict>>;
  /** Every statement, with what came of it. */
  readonly considered: readonly Considered[];
};

/**
 * Whether these policies, taken together, allow the request: a Deny that applies wins over any Allow, and what
 * nothing allows is denied. Statements with a Principal are about the request's principal only.
 */
export const evaluate = (policies: readonly NamedPolicy[], request: AccessRequest): Decision => {
  const { denies, allows, considered } = survey(policies, questionOf(request));
  return conclude(denies, firstOf([allows.direct, allows.role, allows.account]), considered, {
    because: `no policy allows ${request.action} on ${request.resource}`,
  });
};

/** Holds every statement against the question. In a resource-based policy, one without Principal is about nobody. */
export const survey = (policies: readonly NamedPolicy[], question: Question, policyType?: PolicyType): Survey => {
  const needsPrincipal = policyType === 'resource-based policy';
  let denies = NO;
  const allows: Record<Grade, Verdict> = { direct: NO, role: NO, account: NO };
  const considered: Considered[] = [];
  for (const { name, document } of policies) {
    for (const statement of document.statements) {
      const match =
        needsPrincipal && statement.principal === undefined ? NO_PRINCIPAL : matchStatement(statement, question);
      const entry = consider({ policy: name, ...(policyType && { policyType }) }, statement, match);
      considered.push(entry);
      if (match.applies === false) continue;
      const verdict = { truth: match.applies, by: entry };
      if (statement.effect === 'Deny') denies = firstOf([denies, verdict]);
      else allows[match.grade] = firstOf([allows[match.grade], verdict]);
    }
  }
  return { denies, allows, considered };
};

/** Draws the conclusion from all Deny statements and from what remains allowed. */
export const conclude = (
  denies: Verdict,
  allowed: Verdict,
  considered: readonly Considered[],
  missing: Pick<Decision, 'because' | 'policyType'>,
): Decision => {
  if (denies.truth === true) return decided('explicitDeny', 'denied', denies, considered);
  if (allowed.truth === false) return { effect: 'implicitDeny', ...missing, considered };
  const open = [denies.truth, allowed.truth].filter(isUnknown).flatMap(({ unknown }) => unknown);
  if (open.length === 0) return decided('allow', 'allowed', allowed, considered);
  const unknownKeys = [...new Set(open)];
  return { effect: 'undecided', because: `nobody gave ${unknownKeys.join(', ')}`, unknownKeys, considered };
};

/** Whether one holds, and which: the first that certainly does, or else the first that might. */
export const firstOf = (verdicts: readonly Verdict[]): Verdict => {
  const first = verdicts.find(({ truth }) => truth === true) ?? verdicts.find(({ truth }) => isUnknown(truth));
  return first === undefined ? NO : { ...first, truth: some(verdicts, ({ truth }) => truth) };
};

export const NO: Verdict = { truth: false };

const NO_PRINCIPAL: StatementMatch = { applies: false, because: 'it names no principal' };

const consider = (
  place: Pick<Considered, 'policy' | 'policyType'>,
  { index, sid, effect }: Statement,
  match: StatementMatch,
): Considered => ({
  ...place,
  ...(sid !== undefined && { sid }),
  statement: index,
  effect,
  because:
    match.applies === false
      ? match.because
      : isUnknown(match.applies)
        ? `it hangs on ${match.applies.unknown.join(', ')}`
        : 'it applies',
});

const decided = (
  effect: 'allow' | 'explicitDeny',
  verb: string,
  { by }: Verdict,
  considered: readonly Considered[],
): Decision => ({
  effect,
  because: by === undefined ? `${verb} to the account's root` : `${verb} by ${showStatement(by)}`,
  ...(by !== undefined && { decidedBy: refOf(by), ...(by.policyType && { policyType: by.policyType }) }),
  considered: considered.filter((entry) => entry !== by),
});

const refOf = ({ policy, sid, statement }: StatementRef): StatementRef => ({
  policy,
  ...(sid !== undefined && { sid }),
  statement,
});

const showStatement = ({ policy, sid, statement }: StatementRef): string =>
  `statement ${sid === undefined || sid === '' ? statement : `${sid} (${statement})`} of ${policy}`;
