/** What the machines and the spokes' functions say to each other about pods that are to be replaced: for a revocation, and after a grant. Pure. */
import * as z from 'zod';
import { Identity, Instant } from './association.ts';

/** An error that a state caught, as Step Functions hands it on. */
export const Caught = z.object({ Error: z.string(), Cause: z.string().optional() });
export type Caught = z.infer<typeof Caught>;

/** Why a state has no answer. It comes first in unions: a Catch writes `error` beside the answer of an earlier round. */
export const NoAnswer = z.object({ error: Caught });

export const WorkloadKind = z.enum([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReplicaSet',
  'Rollout',
  'Pod',
  'Other',
]);
export const Workload = z.strictObject({
  kind: WorkloadKind,
  name: z.string(),
  /** For `Other`: what owns the pods, `apiVersion/kind`. */
  owner: z.string().optional(),
});
export type Workload = z.infer<typeof Workload>;

/** Which pods count: those that were given credentials (`lacking`: that were not) and are from before. Shared by assess, restart and verify. */
export const PodsInQuestion = {
  identity: Identity,
  since: Instant,
  /** The identity has an association now: then only pods older than `since` count, else every injected one. */
  associated: z.boolean(),
  /** Provisioning asks for the pods that did not get Pod Identity, since they are older than the association. */
  lacking: z.literal(true).optional(),
};

export const AssessInput = z.strictObject(PodsInQuestion);
export const Fallback = z.strictObject({
  /** The annotation `eks.amazonaws.com/role-arn` of the service account: IRSA takes over at the next restart. */
  irsaRoleArn: z.string().optional(),
  /** Nodes whose instance metadata a pod can reach, by the role they would give. */
  nodeRoles: z.array(
    z.strictObject({
      roleArn: z.string().optional(),
      reachable: z.enum(['yes', 'no', 'unknown']),
      nodes: z.int(),
      because: z.string(),
    }),
  ),
});
export type Fallback = z.infer<typeof Fallback>;
export const AssessOutput = z.strictObject({
  /** Workloads with pods from before, most pods first. At most 100, since the state must stay below 256 KiB; `omitted` counts the rest. */
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
    z.strictObject({
      workload: Workload,
      step: RestartStepName,
      pods: z.int(),
      because: z.string().optional(),
      /** A rollout was asked for since the change: by an answer of ours that was lost, by another revocation, or by somebody else. */
      rolled: z.literal(true).optional(),
    }),
  ),
  /** When the workloads had been told. */
  at: Instant.optional(),
});
export type RestartInput = z.infer<typeof RestartInput>;
export type RestartOutput = z.infer<typeof RestartOutput>;

/** What became of one workload so far. */
export const Told = z.strictObject({
  workload: Workload,
  /** What was done to it; absent while nothing was. */
  how: z.enum(['Roll', 'Evict', 'Delete']).optional(),
  /** The last answer. */
  step: RestartStepName,
  pods: z.int(),
  because: z.string().optional(),
});
export type Told = z.infer<typeof Told>;
