/** What a revocation came to: outcome, findings, and one line a role and a workload. Pure. */
import type { Config } from '../config.ts';
import { type Finding, sortFindings } from '../finding.ts';
import { showIdentity } from '../identity.ts';
import { withAnswers, workloadKey } from '../restart-rounds.ts';
import type { Outcome } from '../revocation.ts';
import type { DenyRow } from '../store/denies.ts';
import type { KnownRole, RecordInput } from './contract.ts';
import { cutOf, denyRow } from './deny-rows.ts';
import { bearingOf, finding } from './findings.ts';
import { absorb, isInForce, shortened } from './known-roles.ts';
import { podFindings } from './pod-findings.ts';
import type { CutLine, RevocationResult } from './result.ts';
import { type RoleFacts, type RoleFinding, roleFindings } from './role-findings.ts';
import { isNotNeeded } from './standing.ts';

export type ConcludeFacts = RoleFacts & { readonly config: Config; readonly now: Date };

/** The longest life of a session that an association gives (fact sheet, "Credentials and revocation"), and ten minutes for clocks and propagation. */
export const SESSION_SECONDS = 6 * 3600 + 600;

/** The result, and the rows of the denies with the time when they may go. The same state gives the same, but for `endedAt`. */
export const conclude = (
  facts: ConcludeFacts,
): { readonly result: RevocationResult; readonly denies: readonly DenyRow[] } => {
  const state = withLeftovers(facts.state, facts.config);
  const result = resultOf({ ...facts, state });
  const { roles } = state.plan.known;
  const denies = roles.flatMap((role, index) =>
    denyRow(cutOf(role, roles, state.revocation), role.outcome, result.cut[index]?.dueAt),
  );
  return { result, denies };
};

/** Where a plan could not be made any more, what the Map before it did has not been taken in yet. */
const withLeftovers = (state: RecordInput, config: Config): RecordInput => {
  const { known, ran } = state.plan;
  const { told, ran: answers } = state.restart;
  const taken = absorb(known, ran, state.phase, config, () => undefined);
  return {
    ...state,
    plan: { ...state.plan, known: taken },
    restart: { ...state.restart, told: answers.reduce(withAnswers, told) },
  };
};

const resultOf = (facts: ConcludeFacts): RevocationResult => {
  const { state, now } = facts;
  const plan = state.plan;
  const calledOff = isNotNeeded(plan.standing) || state.revocation.cause === 'association-created';
  const held = state.restart.held ?? plan.held;
  const found = [
    ...roleFindings(facts, calledOff),
    ...(calledOff ? [] : podFindings(state, held)),
    ...machineFinding(state),
  ];
  const outcome = outcomeOf(state, found, calledOff, held);
  const verification = state.verification;
  const verified = verification !== undefined && !('error' in verification) ? verification : undefined;
  const assessment = state.assessment;
  const cut = plan.known.roles.map((role) => cutLine(role, facts, found));
  const own = cut.filter(({ reachedFrom }) => reachedFrom === undefined);
  const cutAt = latest(own.map(({ acceptedAt }) => acceptedAt));
  const effectiveAt = latest(cut.map(({ presumedEffectiveAt }) => presumedEffectiveAt));
  return {
    outcome,
    summary: summaryOf(state, outcome, found, cut),
    ...(plan.standing === undefined ? {} : { standing: plan.standing }),
    ...(held === undefined ? {} : { held }),
    cut,
    restarted: restartedOf(state, held),
    ...(verified === undefined
      ? {}
      : { remaining: { pods: verified.before, examples: verified.examples }, uses: verified.now }),
    ...(assessment === undefined || 'error' in assessment ? {} : { fallback: assessment.fallback }),
    findings: sortFindings(found).map(plain),
    times: {
      since: state.revocation.since,
      ...(cutAt === undefined ? {} : { cutAt }),
      ...(effectiveAt === undefined ? {} : { effectiveAt }),
      ...(verified === undefined ? {} : { verifiedAt: verified.verifiedAt }),
      endedAt: now.toISOString(),
    },
  };
};

const outcomeOf = (
  state: RecordInput,
  found: readonly RoleFinding[],
  calledOff: boolean,
  held: string | undefined,
): Outcome => {
  const has = (bearing: 'access' | 'failure') => found.some((one) => bearingOf(one) === bearing);
  if (state.error !== undefined) return 'failed';
  if (held !== undefined && isUnfinished(state)) return state.revocation.mode === 'observe' ? 'observed' : 'halted';
  if (has('failure')) return 'failed';
  if (calledOff) return 'not-needed';
  return has('access') ? 'revoked-with-residual-access' : 'revoked';
};

/** What was told, by name; where something held the revocation back before anybody was, what would have been. */
const restartedOf = ({ restart, assessment }: RecordInput, held: string | undefined): RevocationResult['restarted'] => {
  const assessed = assessment === undefined || 'error' in assessment ? [] : assessment.workloads;
  const planned = held === undefined ? [] : assessed.map((one) => ({ ...one, step: 'Planned' as const }));
  const told: RevocationResult['restarted'] = restart.told.length > 0 ? restart.told : planned;
  return told.toSorted((a, b) => (workloadKey(a.workload) < workloadKey(b.workload) ? -1 : 1));
};

/** Whether something of the plan was not done. */
const isUnfinished = ({ plan, verification }: RecordInput): boolean => {
  const podsRemain = verification !== undefined && !('error' in verification) && verification.before > 0;
  return podsRemain || plan.known.roles.some(({ outcome, do: what }) => outcome === undefined && what === 'cut');
};

const machineFinding = ({ error, revocation }: RecordInput): RoleFinding[] => {
  if (error === undefined) return [];
  const { Error: name, Cause: cause } = shortened(error);
  const sentence = `The revocation stopped before its end: ${cause === undefined ? name : `${name}: ${cause.replace(/\.$/, '')}`}.`;
  return [
    finding('MachineFailed', sentence, {
      remedy: `Mend the cause, then run: podid revocations retry ${revocation.id}`,
    }),
  ];
};

const cutLine = (role: KnownRole, { state, settings }: ConcludeFacts, found: readonly RoleFinding[]): CutLine => {
  const { outcome, acceptedAt } = role;
  const stands = isInForce(outcome);
  const reachedFrom = role.from === undefined ? undefined : state.plan.known.roles[role.from]?.roleArn;
  const effective = stands && acceptedAt !== undefined ? later(acceptedAt, settings.propagationSeconds) : undefined;
  const dueAt =
    stands && acceptedAt !== undefined && !canReturn(found) ? later(acceptedAt, SESSION_SECONDS) : undefined;
  return {
    roleArn: role.roleArn,
    ...(reachedFrom === undefined ? {} : { reachedFrom }),
    ...(role.earlier === true ? { earlier: true } : {}),
    status: statusOf(outcome),
    form: role.form,
    ...(role.issuedBefore === undefined ? {} : { issuedBefore: role.issuedBefore }),
    ...(outcome !== undefined && 'status' in outcome ? { policyName: outcome.policyName } : {}),
    ...(acceptedAt === undefined ? {} : { acceptedAt }),
    ...(effective === undefined ? {} : { presumedEffectiveAt: effective }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...becauseOf(outcome),
  };
};

const statusOf = (outcome: KnownRole['outcome']): CutLine['status'] => {
  if (outcome === undefined) return 'planned';
  if ('error' in outcome) return 'failed';
  return outcome.status === 'already-cut' ? 'cut' : outcome.status;
};

const becauseOf = (outcome: KnownRole['outcome']): { because?: string } => {
  if (outcome === undefined) return {};
  if ('status' in outcome) return outcome.because === undefined ? {} : { because: outcome.because };
  const { Error: error, Cause: cause } = outcome.error;
  return { because: cause === undefined ? error : `${error}: ${cause}` };
};

// Sessions that could have gone where no deny is may come back with the same tags, as long as somebody renews them.
const canReturn = (found: readonly RoleFinding[]): boolean =>
  found.some(({ reason }) => ROUNDABOUT.some((each) => each === reason));
const ROUNDABOUT = [
  'RoleNotOurs',
  'UnboundedAssumeRole',
  'TooManyRoles',
  'RolesNotTraced',
  'RoleExcluded',
  'NoRoomForDeny',
  'ReachedDenyFailed',
  'DenyFailed',
];

const summaryOf = (
  state: RecordInput,
  outcome: Outcome,
  found: readonly RoleFinding[],
  cut: readonly CutLine[],
): string => {
  const who = showIdentity(state.revocation.identity);
  const told = state.restart.told.filter(({ how }) => how !== undefined).length;
  const denied = cut.filter(({ status, earlier }) => status === 'cut' && earlier !== true).length;
  const bounded = cut.filter(({ status, earlier }) => status === 'cut' && earlier === true).length;
  const done = `${count(denied, 'role')} cut, ${count(told, 'workload')} restarted`;
  const worst = (bearing: 'access' | 'failure') => {
    const reasons = found.filter((one) => bearingOf(one) === bearing).map(({ reason }) => reason);
    return [...new Set(reasons)].sort().join(', ');
  };
  switch (outcome) {
    case 'revoked':
      return `${who} lost its access: ${done}.`;
    case 'revoked-with-residual-access':
      return `${who} lost its access, but not all of it: ${done}; ${worst('access')}.`;
    case 'failed':
      return `${who}: ${done}, but not everything could be done: ${worst('failure')}.`;
    case 'observed':
      return `${who}: observed only; ${count(cut.length, 'role')} would have been cut.`;
    case 'halted':
      return `${who}: halted before everything was done (${done}).`;
    case 'not-needed':
      return state.revocation.cause === 'association-created'
        ? `${who} is associated again: ${count(bounded, 'deny', 'denies')} bounded in time.`
        : `${who} has what it had: nothing had to be revoked.`;
  }
};

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

const later = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1000).toISOString();

const latest = (times: readonly (string | undefined)[]): string | undefined => {
  const known = times.flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return known.length === 0 ? undefined : new Date(Math.max(...known)).toISOString();
};

const plain = ({ reason, severity, sentence, witness, remedy }: Finding): RevocationResult['findings'][number] => ({
  reason,
  severity,
  sentence,
  ...(witness === undefined ? {} : { witness }),
  ...(remedy === undefined ? {} : { remedy }),
});
