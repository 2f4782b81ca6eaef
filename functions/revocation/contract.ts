/** What the states of `revoke.asl.json` hand to each other: one schema a function's input and one its output. */
import * as z from 'zod';
import { AssociationState, Identity, Instant, RoleArn } from '../association.ts';
import { AssessOutput, Caught, NoAnswer, PodsInQuestion, RestartInput, RestartOutput, Told } from '../pod-restarts.ts';
import { DenyForm, Outcome, Revocation } from '../revocation.ts';

// These are also kept in tables and read from events, and so they live on a lower floor.
export { Actor } from '../actor.ts';
export * from '../pod-restarts.ts';
export { Cause } from '../revocation.ts';
export { AssociationState, DenyForm, Identity, Instant, Outcome, Revocation };

// --- read-associations.spoke -----------------------------------------------------------------------------------------
export const ReadAssociationsInput = z.strictObject({ identity: Identity });
export const ReadAssociationsOutput = z.strictObject({
  /** `gone`: the cluster doesn't exist any more, and so neither do its associations. */
  cluster: z.enum(['present', 'gone']),
  /** The identity's association now, if it has one. */
  association: AssociationState.optional(),
  readAt: Instant,
});
export type ReadAssociationsOutput = z.infer<typeof ReadAssociationsOutput>;
/** A state's answer as the machine keeps it, `{ Payload }`, taken out of its wrapping; undefined where it has not run yet. */
const answerOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ Payload: z.union([NoAnswer, schema]).optional() }).transform(({ Payload }) => Payload);

/** In the machine's state: what was read, or why it could not be. */
export const Associations = z.union([NoAnswer, ReadAssociationsOutput]);
export type Associations = z.infer<typeof Associations>;

// --- plan-cuts.hub, cut-sessions.spoke, trace-roles.spoke, lift-deny.spoke --------------------------------------------
/** One deny to write (or lift): on one role, for one identity. */
export const Cut = z.strictObject({
  revocation: z.string(),
  do: z.enum(['cut', 'lift']),
  identity: Identity,
  roleArn: RoleArn,
  form: DenyForm,
  /** Only sessions issued before this instant are denied; required for the forms other than `tags`. */
  issuedBefore: Instant.optional(),
  /** Where the spoke function runs: the role's account, and a region that has a spoke. */
  account: z.string(),
  region: z.string(),
  /** How its sessions got here: role ARNs from the association's role on; empty for that role itself. */
  via: z.array(z.string()),
});
export type Cut = z.infer<typeof Cut>;

/** What cut-sessions or lift-deny answers. `refused` and `no-room` are final and become residual access. */
export const CutOutcome = z.strictObject({
  status: z.enum(['cut', 'already-cut', 'lifted', 'role-gone', 'refused', 'no-room']),
  policyName: z.string(),
  /** When IAM accepted the write; for `already-cut`, when it was seen. */
  at: Instant,
  because: z.string().optional(),
});
export type CutOutcome = z.infer<typeof CutOutcome>;

export const TraceRolesInput = z.strictObject({ roleArn: RoleArn });
/**
 * Which roles a role's own policies name as assumable. `unbounded` are patterns that name no single role.
 * At most 50 and 10 of them (`omitted` counts the rest), so that the machine's state stays below 256 KiB.
 */
export const TraceRolesOutput = z.strictObject({
  reaches: z.array(z.string()),
  unbounded: z.array(z.string()),
  omitted: z.int().optional(),
});
export type TraceRolesOutput = z.infer<typeof TraceRolesOutput>;

/** One item of the Map: whether the write may happen (not while something holds it), and whether to look where the role leads. */
export const CutTask = z.strictObject({ cut: Cut, write: z.boolean(), trace: z.boolean() });
export type CutTask = z.infer<typeof CutTask>;

/** The item after it ran: the cut with what came of it. */
export const CutResult = z.object({
  cut: Cut,
  outcome: answerOf(CutOutcome),
  trace: answerOf(TraceRolesOutput),
});
export type CutResult = z.infer<typeof CutResult>;

/** `first`: cut at once. `settled`: after the settle window. `final`: before the result is written. */
export const Phase = z.enum(['first', 'settled', 'final']);
export type Phase = z.infer<typeof Phase>;

/** A role that sessions of the revoked access can be in: what is wished of it, and what came of that. Small: the state carries up to 50. */
export const KnownRole = z.strictObject({
  roleArn: RoleArn,
  account: z.string(),
  region: z.string(),
  /** The place in `roles` of the role whose policies name it; absent for the association's role and target role. */
  from: z.int().optional(),
  /** The deny is from an earlier revocation, and is only bounded in time by this one. */
  earlier: z.boolean().optional(),
  do: z.enum(['cut', 'lift']),
  form: DenyForm,
  issuedBefore: Instant.optional(),
  /** The phase in which the wish was last carried out. */
  ranIn: Phase.optional(),
  outcome: z.union([NoAnswer, CutOutcome]).optional(),
  /** When IAM accepted the deny as it now stands; `already-cut` doesn't move it. */
  acceptedAt: Instant.optional(),
  /** It stood, and at the end it didn't: somebody removed it. It was put back. */
  removed: z.boolean().optional(),
  traced: z.boolean(),
  /** Why nobody could look where the role leads. */
  untraced: z.string().optional(),
});
export type KnownRole = z.infer<typeof KnownRole>;

/** What the rounds so far have found out. Lists are cut short; `omitted` counts what the journal has and this has not. */
export const Known = z.strictObject({
  roles: z.array(KnownRole),
  /** Reachable roles that get no deny: in accounts that are not ours, or past the limits on depth and number. */
  elsewhere: z.array(
    z.strictObject({ roleArn: z.string(), from: z.int().optional(), because: z.enum(['not-ours', 'limit']) }),
  ),
  /** Patterns of AssumeRole permissions that name no single role. */
  unbounded: z.array(z.strictObject({ pattern: z.string(), from: z.int() })),
  omitted: z.int(),
});
export type Known = z.infer<typeof Known>;

/** What the identity holds now, against what it held; see `standing.ts`. */
export const StandingKind = z.enum([
  'gone',
  'cluster-gone',
  'held',
  'same-again',
  'unchanged',
  'unsettled',
  'unreadable',
]);
export type StandingKind = z.infer<typeof StandingKind>;

/** Which pods count, for assess, restart and verify: those that were given credentials, and, while associated, are older than `since`. */
export const Question = z.strictObject({ since: Instant, associated: z.boolean() });
export type Question = z.infer<typeof Question>;

export const PlanCutsInput = z.strictObject({
  revocation: Revocation,
  phase: Phase,
  associations: Associations,
  known: Known,
  /** The results of the Map that has just run; empty when none has. */
  ran: z.array(CutResult),
});
export const PlanCutsOutput = z.strictObject({
  /** To do now, a few at a time; empty when the phase has nothing (more) to cut. */
  cuts: z.array(CutTask),
  known: Known,
  /** Always empty: the Map's results take its place. */
  ran: z.array(CutResult).max(0),
  /** Where the machine goes: `settle` waits and reads again, `restart` goes to the pods, `confirm` waits until the denies are in force. */
  next: z.enum(['cut', 'settle', 'restart', 'confirm', 'record']),
  settleSeconds: z.int().min(0),
  /** When the last deny is presumed to be in force. */
  effectiveAt: Instant,
  standing: StandingKind,
  question: Question,
  /** Why nothing may be written, if so: observe mode, the kill switch, the breaker. */
  held: z.string().optional(),
});
export type PlanCutsInput = z.infer<typeof PlanCutsInput>;
export type PlanCutsOutput = z.infer<typeof PlanCutsOutput>;

// --- assess.spoke, plan-restart.hub, restart.spoke, verify.spoke ------------------------------------------------------
export const VerifyInput = z.strictObject({ ...PodsInQuestion, deadline: Instant });
export const VerifyOutput = z.strictObject({
  /** Pods from before that still live; `examples` names up to ten. */
  before: z.int(),
  examples: z.array(z.string()),
  /** What the living pods of the service account use, by count. */
  now: z.strictObject({ none: z.int(), irsa: z.int(), podIdentity: z.int() }),
  deadlinePassed: z.boolean(),
  verifiedAt: Instant,
});
export type VerifyOutput = z.infer<typeof VerifyOutput>;

/** The last round's error, and for how many rounds in a row no chunk has had an answer; null when all had one. */
const Trouble = z.strictObject({ error: Caught, rounds: z.int() });

export const PlanRestartInput = z.strictObject({
  revocation: Revocation,
  question: Question,
  assessment: z.union([NoAnswer, AssessOutput]),
  /** What the last round's look showed; undefined in the first. */
  verification: answerOf(VerifyOutput),
  /** What the Map has just done. */
  ran: z.array(z.union([NoAnswer, RestartOutput])),
  told: z.array(Told),
  /** Null in the first round, then as this function set it. */
  deadline: Instant.nullable(),
  /** Everything that is left was asked once more past the deadline. */
  lastAsked: z.boolean(),
  trouble: Trouble.nullable(),
  round: z.int().min(0),
});
export const PlanRestartOutput = z.strictObject({
  /** `restart` the chunks; `verify` only, since what was told is under way; `assess` again; `done` when there is no more to wait for. */
  next: z.enum(['restart', 'verify', 'assess', 'done']),
  chunks: z.array(RestartInput),
  /** Always empty: the Map's results take its place. */
  ran: z.array(RestartOutput).max(0),
  told: z.array(Told),
  deadline: Instant,
  lastAsked: z.boolean(),
  trouble: Trouble.nullable(),
  round: z.int().min(0),
  /** Seconds to wait before the next round: grows, with a bound. */
  waitSeconds: z.int().min(1),
  held: z.string().optional(),
});
export type PlanRestartInput = z.infer<typeof PlanRestartInput>;
export type PlanRestartOutput = z.infer<typeof PlanRestartOutput>;

// --- record.hub --------------------------------------------------------------------------------------------------------
const PlanSoFar = z.object({ ...PlanCutsOutput.partial().shape, known: Known, ran: z.array(CutResult) });
const RestartSoFar = z.object({
  told: z.array(Told),
  ran: z.array(z.union([NoAnswer, RestartOutput])),
  deadline: Instant.nullable(),
  trouble: Trouble.nullable(),
  held: z.string().optional(),
});

/** The machine's whole state at its end; of what never ran, the empty beginning is there. */
export const RecordInput = z.object({
  revocation: Revocation,
  phase: Phase,
  associations: answerOf(ReadAssociationsOutput),
  plan: z.object({ Payload: PlanSoFar }).transform(({ Payload }) => Payload),
  assessment: answerOf(AssessOutput),
  restart: z.object({ Payload: RestartSoFar }).transform(({ Payload }) => Payload),
  verification: answerOf(VerifyOutput),
  /** An error that no state was ready for. */
  error: Caught.optional(),
});
export type RecordInput = z.infer<typeof RecordInput>;
