/** What the states of `revoke.asl.json` hand to each other: one schema a function's input and one its output. */
import * as z from 'zod';
import { Mode } from '../config.ts';

export const Instant = z.iso.datetime({ offset: true });
const RoleArn = z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/, 'a role ARN');

/** See `functions/identity.ts`. Names are as EKS and Kubernetes allow them; the lengths are theirs. */
export const Identity = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  cluster: z.string().min(1).max(100),
  namespace: z.string().min(1).max(63),
  serviceAccount: z.string().min(1).max(253),
});

/** What an association gives: the part of it that decides which sessions exist. */
export const AssociationState = z.strictObject({
  associationId: z.string().min(1),
  associationArn: z.string().min(1),
  roleArn: RoleArn,
  targetRoleArn: RoleArn.optional(),
  disableSessionTags: z.boolean(),
  /** A session policy, as text; only with session tags off. */
  policy: z.string().optional(),
  ownerArn: z.string().optional(),
  createdAt: Instant.optional(),
  modifiedAt: Instant.optional(),
});
export type AssociationState = z.infer<typeof AssociationState>;

/** Who did it, from the CloudTrail record. */
export const Actor = z.strictObject({
  type: z.string(),
  arn: z.string().optional(),
  /** The role behind an assumed-role session. */
  issuerArn: z.string().optional(),
  invokedBy: z.string().optional(),
  sourceIp: z.string().optional(),
  userAgent: z.string().optional(),
  mfa: z.boolean().optional(),
  eventId: z.string(),
  requestId: z.string().optional(),
});
export type Actor = z.infer<typeof Actor>;

/** `association-created` starts the same machine: it only bounds denies in time that the identity's new sessions must pass. */
export const Cause = z.enum(['association-deleted', 'association-updated', 'association-created']);

/** The machine's input, written once by the function that elected it. */
export const Revocation = z.strictObject({
  /** Also the execution's name: letters, digits, `-`; at most 80. */
  id: z.string().regex(/^[A-Za-z0-9-]{1,80}$/),
  cause: Cause,
  identity: Identity,
  /** What the identity held before; absent for `association-created`, or when nobody knows (a finding says so). */
  former: AssociationState.optional(),
  /** What the event says it holds now: only for updates and creations; the API is asked all the same. */
  current: AssociationState.optional(),
  /** When it happened: `eventTime` of the record. */
  since: Instant,
  actor: Actor,
  mode: Mode,
  /** Which attempt this is; a person's `podid revocations retry` raises it. */
  attempt: z.int().min(1),
  /** Set when a person let a halted revocation go on. */
  acknowledgedBy: z.string().optional(),
});
export type Revocation = z.infer<typeof Revocation>;

/** An error that a state caught, as Step Functions hands it on. */
export const Caught = z.object({ Error: z.string(), Cause: z.string().optional() });
export type Caught = z.infer<typeof Caught>;

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
/** In the machine's state: what was read, or why it could not be. */
export const Associations = z.union([ReadAssociationsOutput, z.strictObject({ error: Caught })]);
export type Associations = z.infer<typeof Associations>;

// --- plan-cuts.hub, cut-sessions.spoke, trace-roles.spoke, lift-deny.spoke --------------------------------------------
/** How a deny recognises the sessions: by their tags; by the session's name; by nothing but their age. */
export const DenyForm = z.enum(['tags', 'session-name', 'whole-role']);
export type DenyForm = z.infer<typeof DenyForm>;

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
/** Which roles a role's own policies name as assumable. `unbounded` are patterns that name no single role. */
export const TraceRolesOutput = z.strictObject({
  reaches: z.array(z.string()),
  unbounded: z.array(z.string()),
});
export type TraceRolesOutput = z.infer<typeof TraceRolesOutput>;

/** One item of the Map after it ran: the cut with what came of it. */
export const CutResult = z.strictObject({
  cut: Cut,
  outcome: z.union([CutOutcome, z.strictObject({ error: Caught })]).optional(),
  trace: z.union([TraceRolesOutput, z.strictObject({ error: Caught })]).optional(),
});
export type CutResult = z.infer<typeof CutResult>;

/** `first`: cut at once. `settled`: after the settle window. `final`: before the result is written. */
export const Phase = z.enum(['first', 'settled', 'final']);
export type Phase = z.infer<typeof Phase>;

export const PlanCutsInput = z.strictObject({
  revocation: Revocation,
  phase: Phase,
  associations: Associations,
  /** All results so far, and those of the Map that has just run. */
  results: z.array(CutResult),
  ran: z.array(CutResult),
});
export const PlanCutsOutput = z.strictObject({
  /** To do now; empty when the phase has nothing (more) to cut. */
  cuts: z.array(Cut),
  results: z.array(CutResult),
  /** Where the machine goes: `settle` once after the first phase, `restart` after the second, `record` when there is no more. */
  next: z.enum(['cut', 'settle', 'restart', 'record']),
  settleSeconds: z.int().min(0),
  /** Why nothing may be written, if so: observe mode, the kill switch, the breaker. */
  held: z.string().optional(),
});
export type PlanCutsInput = z.infer<typeof PlanCutsInput>;
export type PlanCutsOutput = z.infer<typeof PlanCutsOutput>;

// --- assess.spoke, plan-restart.hub, restart.spoke, verify.spoke ------------------------------------------------------
export const WorkloadKind = z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet', 'Rollout', 'Pod', 'Other']);
export const Workload = z.strictObject({
  kind: WorkloadKind,
  name: z.string(),
  /** For `Other`: what owns the pods, `apiVersion/kind`. */
  owner: z.string().optional(),
});
export type Workload = z.infer<typeof Workload>;

/** Which pods count: those that were given credentials and are from before. Shared by assess, restart and verify. */
const PodsInQuestion = {
  identity: Identity,
  since: Instant,
  /** The identity has an association now: then only pods older than `since` count, else every injected one. */
  associated: z.boolean(),
};

export const AssessInput = z.strictObject(PodsInQuestion);
export const Fallback = z.strictObject({
  /** The annotation `eks.amazonaws.com/role-arn` of the service account: IRSA takes over at the next restart. */
  irsaRoleArn: z.string().optional(),
  /** Nodes whose instance metadata a pod can reach, by the role they would give. */
  nodeRoles: z.array(
    z.strictObject({ roleArn: z.string().optional(), reachable: z.enum(['yes', 'no', 'unknown']), nodes: z.int(), because: z.string() }),
  ),
});
export type Fallback = z.infer<typeof Fallback>;
export const AssessOutput = z.strictObject({
  /** Workloads with pods from before, most pods first. At most 2,000; `omitted` counts the rest. */
  workloads: z.array(z.strictObject({ workload: Workload, pods: z.int(), because: z.string().optional() })),
  omitted: z.int(),
  pods: z.strictObject({ before: z.int(), all: z.int() }),
  fallback: Fallback,
  /** Budgets that refuse every eviction now, and the like. */
  warnings: z.array(z.string()),
});
export type AssessOutput = z.infer<typeof AssessOutput>;

export const RestartStepName = z.enum(['Roll', 'Evict', 'Delete', 'Wait', 'Done', 'LeaveAlone']);
export const RestartInput = z.strictObject({
  ...PodsInQuestion,
  revocation: z.string(),
  deadline: Instant,
  deleteAfterDeadline: z.boolean(),
  deleteBarePods: z.boolean(),
  workloads: z.array(Workload).max(50),
});
export const RestartOutput = z.strictObject({
  steps: z.array(
    z.strictObject({ workload: Workload, step: RestartStepName, pods: z.int(), because: z.string().optional() }),
  ),
});
export type RestartInput = z.infer<typeof RestartInput>;
export type RestartOutput = z.infer<typeof RestartOutput>;

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

export const PlanRestartInput = z.strictObject({
  revocation: Revocation,
  associations: Associations,
  assessment: z.union([AssessOutput, z.strictObject({ error: Caught })]),
  /** What the last round did; empty in the first. */
  rounds: z.array(z.union([RestartOutput, z.strictObject({ error: Caught })])),
  /** Set in the first round and kept. */
  deadline: Instant.optional(),
  round: z.int().min(0),
});
export const PlanRestartOutput = z.strictObject({
  next: z.enum(['restart', 'verify', 'skip']),
  chunks: z.array(z.strictObject({ ...RestartInput.shape })),
  associated: z.boolean(),
  since: Instant,
  deadline: Instant,
  round: z.int().min(0),
  /** Seconds to wait before the next round: grows, with a bound. */
  waitSeconds: z.int().min(1),
  held: z.string().optional(),
});
export type PlanRestartInput = z.infer<typeof PlanRestartInput>;
export type PlanRestartOutput = z.infer<typeof PlanRestartOutput>;

// --- record.hub --------------------------------------------------------------------------------------------------------
export const Outcome = z.enum([
  'revoked',
  'revoked-with-residual-access',
  'failed',
  /** Mode observe: the plan was recorded, nothing written. */
  'observed',
  /** The kill switch or the breaker stopped it: a person decides. */
  'halted',
  /** The identity holds the same again, or the event was wrong: nothing had to be revoked. */
  'not-needed',
]);
export type Outcome = z.infer<typeof Outcome>;

/** Everything the machine knows at its end; what never ran is absent. */
export const RecordInput = z.object({
  revocation: Revocation,
  associations: Associations.optional(),
  results: z.array(CutResult).optional(),
  assessment: z.union([AssessOutput, z.object({ error: Caught })]).optional(),
  restart: z.object({ rounds: z.array(z.unknown()), plan: PlanRestartOutput.optional() }).optional(),
  verification: z.union([VerifyOutput, z.object({ error: Caught })]).optional(),
  held: z.string().optional(),
  /** An error that no state was ready for. */
  error: Caught.optional(),
});
export type RecordInput = z.infer<typeof RecordInput>;
