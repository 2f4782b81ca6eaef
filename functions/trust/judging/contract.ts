/** What the hub's states of `trust.asl.json` hand to each other; the spokes' part is in `../contract.ts`. Pure. */
import * as z from 'zod';
import { RoleArn } from '../../association.ts';
import {
  Reading,
  ReadRoleOutput,
  RoleRead,
  RolesOfPolicyOutput,
  RoleToJudge,
  TightenInput,
  TightenOutput,
} from '../contract.ts';

/** What a caught error looks like. */
export const StateError = z.strictObject({ Error: z.string(), Cause: z.string().optional() });
export type StateError = z.infer<typeof StateError>;

/** How far an execution has come: it looks, perhaps waits or writes, and looks again. */
export const Look = z.strictObject({
  /** How often it has asked for a tightening. */
  rounds: z.int().min(0),
  /** How often it has waited, for the lease or for IAM. */
  waits: z.int().min(0),
  /** Whether IAM accepted a tightening of this execution: then what is mended, is mended by that. */
  tightened: z.boolean(),
  /** Why this execution tries no tightening any more. */
  held: z.string().nullable(),
});
export type Look = z.infer<typeof Look>;

export const GatherUsesInput = z.strictObject({ role: RoleToJudge });
/** The judged role first, then the source roles through which it is reached. */
export const GatherUsesOutput = z.strictObject({ readings: z.array(Reading).min(1) });
export type GatherUsesOutput = z.infer<typeof GatherUsesOutput>;

const [, Present] = ReadRoleOutput.options;

/** Of a source role only its chains are handed on: with trust policies and tags, twenty of them would not fit into a state. */
export const SourceRead = z.strictObject({
  roleArn: RoleArn,
  chains: Present.shape.chains.optional(),
  error: StateError.optional(),
});
export type SourceRead = z.infer<typeof SourceRead>;

export const JudgeRoleInput = z.strictObject({
  role: RoleToJudge,
  look: Look,
  readings: z.tuple([RoleRead], SourceRead),
});

/** A tightening, and the spoke that is to write it. */
export const Tightening = z.strictObject({ account: z.string(), region: z.string(), input: TightenInput });
export type Tightening = z.infer<typeof Tightening>;

/** Where the machine goes next: from `judge-role` and from `record-tightening`. */
export const Next = z.strictObject({
  /** `look`: at once; `wait`: after so many seconds. Both begin at `gather-uses`. */
  next: z.enum(['done', 'look', 'wait', 'tighten']),
  look: Look,
  waitSeconds: z.int().min(1),
  tighten: Tightening.optional(),
  /** What an operator sees in the execution's history: how many findings stand, and what was decided, as a sentence. */
  open: z.int().optional(),
  because: z.string(),
});
export type Next = z.infer<typeof Next>;

export const RecordTighteningInput = z.strictObject({
  role: RoleToJudge,
  look: Look,
  tighten: Tightening,
  outcome: z.union([TightenOutput, z.strictObject({ error: StateError })]),
});
export type RecordTighteningInput = z.infer<typeof RecordTighteningInput>;

/** The machine's other input: a managed policy that says something else now. */
export const PolicyToJudge = z.strictObject({
  policyArn: z.string().min(1),
  /** The spoke that knows who bears it. */
  account: z.string(),
  region: z.string(),
  id: RoleToJudge.shape.id,
  cause: RoleToJudge.shape.cause,
});
export type PolicyToJudge = z.infer<typeof PolicyToJudge>;

export const StartJudgementsInput = z.strictObject({ policy: PolicyToJudge, roles: RolesOfPolicyOutput });
