/** Which denies to write, bound or lift now, and where the machine goes next. Pure. */
import type { Config } from '../config.ts';
import type { DenyRow } from '../store/denies.ts';
import type { RevocationRow } from '../store/revocation-row.ts';
import type { CutTask, Known, KnownRole, PlanCutsInput, PlanCutsOutput } from './contract.ts';
import { cutOf, denyRow } from './deny-rows.ts';
import { type Brakes, heldBy } from './held.ts';
import { absorb, addRole, isInForce, type Wish } from './known-roles.ts';
import type { Neighbours } from './neighbours.ts';
import { cutNotes, type Note } from './notes.ts';
import { isNotNeeded, judgeStanding, questionOf, rolesOf, type Standing, secondsSince } from './standing.ts';
import { lostRoles, type WishFacts, wishForOwn, wishForReached } from './wishes.ts';

export type CutFacts = {
  readonly input: PlanCutsInput;
  readonly config: Config;
  readonly brakes: Brakes;
  /** Every deny that the hub knows for the identity. */
  readonly denies: readonly DenyRow[];
  /** The other revocations that wrote them, by id: one that is still running may lift its own. */
  readonly owners: ReadonlyMap<string, RevocationRow>;
  /** Who else holds the roles; asked for only where session tags are off. */
  readonly neighbours: Neighbours;
  readonly now: Date;
};

/** What the hub does with the plan: journal the notes, keep the rows, then hand the output to the machine. */
export type CutPlan = {
  readonly output: PlanCutsOutput;
  readonly notes: readonly Note[];
  readonly denies: readonly DenyRow[];
};

/** Few at a time: the Map's results, with up to 50 role ARNs each, must fit into the machine's 256 KiB. */
export const TASKS_AT_ONCE = 5;

/** Seconds to wait before asking again an API that still answers the past. */
const STALE_PAUSE_SECONDS = 2;

/** Judges what is lost, takes in what the last round did, and plans the next. Running it twice on the same facts plans the same. */
export const planCuts = (facts: CutFacts): CutPlan => {
  const { input, config, now } = facts;
  const { revocation, ran } = input;
  const settings = config.revocation;
  const standing = judgeStanding(revocation, input.associations, settings.settleSeconds, now);
  const held = heldBy(revocation, facts.brakes);
  const known = knownNow(facts, standing);
  const tasks = standing.kind === 'unsettled' ? [] : tasksFor(facts, standing, known, held !== undefined);
  const output: PlanCutsOutput = {
    cuts: tasks,
    known,
    ran: [],
    ...nextStep(facts, standing, tasks.length > 0),
    effectiveAt: effectiveAt(known, settings.propagationSeconds, now),
    standing: standing.kind,
    question: questionOf(standing, revocation),
    ...(held === undefined ? {} : { held }),
  };
  const notes = cutNotes({ ...facts, known, standing, tasks, held });
  return { output, notes, denies: ran.flatMap(({ cut, outcome }) => denyRow(cut, outcome)) };
};

/** What was known, with what the last round found, what was lost, and what earlier revocations left; each with its present wish. */
const knownNow = (facts: CutFacts, standing: Standing): Known => {
  const { input, config, now } = facts;
  const { revocation } = input;
  const { region } = revocation.identity;
  const wishFacts: WishFacts = { revocation, standing, settings: config.revocation, now };
  let known = absorb(input.known, input.ran, input.phase, config, () => wishForReached(wishFacts));
  for (const roleArn of lostRoles(revocation, standing)) {
    const wish = wishForOwn(roleArn, wishFacts);
    if (wish !== undefined) known = addRole(known, config, region, { roleArn }, wish);
  }
  for (const { roleArn, wish, earlier } of leftBefore(facts, standing)) {
    known = addRole(known, config, region, { roleArn, earlier }, wish);
  }
  return { ...known, roles: known.roles.map((role) => withWish(role, facts, wishFacts)) };
};

/**
 * Denies without a time that the identity's new sessions would run into: those of earlier revocations are bounded in time, our own (of an
 * execution that was lost) are lifted where nothing had to be revoked.
 */
const leftBefore = (facts: CutFacts, standing: Standing): { roleArn: string; wish: Wish; earlier: boolean }[] => {
  if (!('association' in standing)) return [];
  const { association } = standing;
  const { denies, input } = facts;
  const { revocation } = input;
  const heldSince = 'heldSince' in standing ? standing.heldSince : (association.createdAt ?? revocation.since);
  return denies.flatMap((deny): { roleArn: string; wish: Wish; earlier: boolean }[] => {
    const { roleArn, form } = deny;
    if (deny.status !== 'in-force' || deny.issuedBefore !== undefined || form !== 'tags') return [];
    if (!rolesOf(association).includes(roleArn) && deny.reachedFrom === undefined) return [];
    if (deny.revocation !== revocation.id) {
      if (isLiftedByItsOwn(deny, facts)) return [];
      return [{ roleArn, wish: { do: 'cut', form, issuedBefore: heldSince }, earlier: true }];
    }
    return isNotNeeded(standing.kind) ? [{ roleArn, wish: { do: 'lift', form }, earlier: true }] : [];
  });
};

/**
 * The revocation that wrote it sees that the same access was given back within its window, and lifts it or has just done so: a bounded
 * deny that is written behind it would stay, and hit pods that nobody restarts.
 */
const isLiftedByItsOwn = (deny: DenyRow, { owners, input, config, now }: CutFacts): boolean => {
  const owner = owners.get(deny.revocation);
  if (owner === undefined || (owner.status === 'ended' && owner.outcome !== 'not-needed')) return false;
  return (
    judgeStanding(owner.revocation, input.associations, config.revocation.settleSeconds, now).kind === 'same-again'
  );
};

/** The role with its present wish; where that has changed, what came of the old one no longer counts. */
const withWish = (role: KnownRole, { input, denies }: CutFacts, facts: WishFacts): KnownRole => {
  if (role.earlier === true) return role;
  const wish = role.from === undefined ? wishForOwn(role.roleArn, facts) : wishForReached(facts);
  if (wish === undefined || wish.form !== role.form) return role;
  if (wish.do === 'lift') return isInForce(role.outcome) || hasFailed(role) ? rewished(role, wish) : role;
  const untimed = denies.some(
    (deny) =>
      deny.roleArn === role.roleArn &&
      deny.form === role.form &&
      deny.status === 'in-force' &&
      deny.issuedBefore === undefined,
  );
  if (facts.standing.kind === 'unreadable' && untimed) return rewished(role, { do: 'cut', form: role.form });
  return rewished(
    role,
    keepsItsTime(role, wish, facts.standing, input.phase) ? { ...wish, issuedBefore: role.issuedBefore } : wish,
  );
};

// A time that is only "now" moves once, after the settle window: for credentials that were handed out while the deletion spread.
const keepsItsTime = (role: KnownRole, wish: Wish, standing: Standing, phase: PlanCutsInput['phase']): boolean => {
  const isNow = standing.kind !== 'held' && wish.issuedBefore !== undefined;
  return (
    isNow && role.do === 'cut' && role.issuedBefore !== undefined && (phase !== 'settled' || role.ranIn === 'settled')
  );
};

const rewished = (role: KnownRole, wish: Wish): KnownRole => {
  if (wish.do === role.do && wish.issuedBefore === role.issuedBefore) return role;
  const { outcome: _outcome, ranIn: _ranIn, acceptedAt: _acceptedAt, issuedBefore: _issuedBefore, ...rest } = role;
  return { ...rest, do: wish.do, ...(wish.issuedBefore === undefined ? {} : { issuedBefore: wish.issuedBefore }) };
};

const hasFailed = ({ outcome }: KnownRole): boolean => outcome !== undefined && 'error' in outcome;

const tasksFor = ({ input }: CutFacts, standing: Standing, known: Known, held: boolean): CutTask[] => {
  const { revocation, phase } = input;
  const idle = isNotNeeded(standing.kind);
  const due = known.roles.filter((role) =>
    idle && role.do === 'cut' && role.earlier !== true
      ? false
      : held
        ? !role.traced && phase !== 'final'
        : isDue(role, phase),
  );
  return due.slice(0, TASKS_AT_ONCE).map((role) => ({
    cut: cutOf(role, known.roles, revocation),
    write: !held,
    trace: role.do === 'cut' && !role.traced && phase !== 'final',
  }));
};

// Once a phase for what failed; once more at the end for what stands, to see that it still does.
const isDue = (role: KnownRole, phase: PlanCutsInput['phase']): boolean => {
  if (role.outcome === undefined) return true;
  if (role.ranIn === phase) return false;
  return hasFailed(role) || (phase === 'final' && isInForce(role.outcome));
};

const nextStep = (
  { input, config, now }: CutFacts,
  standing: Standing,
  busy: boolean,
): Pick<PlanCutsOutput, 'next' | 'settleSeconds'> => {
  const { revocation, phase } = input;
  const { settleSeconds } = config.revocation;
  // Not more than the whole window: the event's clock may be ahead of ours.
  const left = Math.min(settleSeconds, Math.max(0, Math.ceil(settleSeconds - secondsSince(revocation, now))));
  if (busy) return { next: 'cut', settleSeconds: left };
  if (phase === 'final') return { next: 'record', settleSeconds: 0 };
  if (standing.kind === 'unsettled') return { next: 'settle', settleSeconds: STALE_PAUSE_SECONDS };
  if (revocation.cause === 'association-created') return { next: 'record', settleSeconds: 0 };
  if (left > 0) return { next: 'settle', settleSeconds: left };
  if (isNotNeeded(standing.kind)) return { next: 'record', settleSeconds: 0 };
  return { next: standing.kind === 'cluster-gone' ? 'confirm' : 'restart', settleSeconds: 0 };
};

const effectiveAt = ({ roles }: Known, propagationSeconds: number, now: Date): string => {
  const accepted = roles.flatMap(({ acceptedAt }) => (acceptedAt === undefined ? [] : [Date.parse(acceptedAt)]));
  return accepted.length === 0
    ? now.toISOString()
    : new Date(Math.max(...accepted) + propagationSeconds * 1000).toISOString();
};
