/** What the states of `trust.asl.json` hand to each other. Pure. */
import * as z from 'zod';
import { Actor } from '../actor.ts';
import { Identity, Instant, RoleArn } from '../association.ts';

/** The input of the machine: a role whose trust is to be judged, and why now. */
export const RoleToJudge = z.strictObject({
  roleArn: RoleArn,
  /** The execution's name: in the journal, in the lease, and in CloudTrail by the user agent. */
  id: z.string().min(1).max(80),
  cause: z.strictObject({
    /** The change's kind: `RoleTrustChanged`, `AssociationCreated`. */
    kind: z.string().min(1),
    at: Instant,
    /** Absent when nobody changed anything: a person or the sweep asked. */
    actor: Actor.optional(),
  }),
});
export type RoleToJudge = z.infer<typeof RoleToJudge>;

const Verdict = z.enum(['allow', 'deny', 'undecided']);

/** Read a role; and whether its own permissions let it get these others. */
export const ReadRoleInput = z.strictObject({ roleArn: RoleArn, mayReach: z.array(RoleArn).max(50) });
export const ReadRoleOutput = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('gone'), roleArn: RoleArn, readAt: Instant }),
  z.strictObject({
    role: z.literal('present'),
    /** The real ARN, path included: may differ from the one that was asked for. */
    roleArn: RoleArn,
    /** `AROA…`: another one means that the role was deleted and made again. */
    roleId: z.string().min(1),
    /** The trust policy as JSON text, URL-decoded. */
    trust: z.string(),
    tags: z.record(z.string(), z.string()),
    chains: z.array(
      z.strictObject({ sourceRoleArn: RoleArn, targetRoleArn: RoleArn, assumeRole: Verdict, tagSession: Verdict }),
    ),
    readAt: Instant,
  }),
]);
export type ReadRoleOutput = z.infer<typeof ReadRoleOutput>;

/** What `gather-uses` says: which roles to read, the judged one first. */
export const Reading = z.strictObject({
  account: z.string(),
  region: z.string(),
  input: ReadRoleInput,
});
export type Reading = z.infer<typeof Reading>;

/** What came of one reading: the spoke's answer, or why there is none. */
export const RoleRead = z.strictObject({
  roleArn: RoleArn,
  read: ReadRoleOutput.optional(),
  error: z.strictObject({ Error: z.string(), Cause: z.string().optional() }).optional(),
});
export type RoleRead = z.infer<typeof RoleRead>;

/** The most identities that one tightening may name: what more would need is beyond any trust policy, or a case for a person. */
export const MOST_IDENTITIES = 1000;

/** Narrow a role's trust to these identities. The spoke reads again, renders the policy itself, and never widens. */
export const TightenInput = z.strictObject({
  roleArn: RoleArn,
  roleId: z.string().min(1),
  /** `digestOf` the policy that was judged: another one by now is not touched. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  identities: z.array(Identity).min(1).max(MOST_IDENTITIES),
  /** The execution that asks. */
  asker: z.string().min(1),
});
export type TightenInput = z.infer<typeof TightenInput>;

export const TightenOutput = z.strictObject({
  /**
   * - `written`: IAM accepted it, and what can be read again by now admits exactly what it should.
   * - `accepted`: IAM accepted it, and doesn't show it yet.
   * - `unchanged`: it was narrow already.
   * - `changed`: somebody else wrote in between; judge again.
   * - `refused`: excluded, not under management, of another account, or a result that is not provably narrower.
   * - `does-not-fit`: over the quota.
   * - `undecided`: the exact reach costs too much.
   * - `role-gone`: deleted, or deleted and made again.
   */
  status: z.enum(['written', 'accepted', 'unchanged', 'changed', 'refused', 'does-not-fit', 'undecided', 'role-gone']),
  at: Instant,
  because: z.string().optional(),
  /** Policies as JSON text, for the journal and its diff. */
  before: z.string().optional(),
  after: z.string().optional(),
  /** `digestOf` what was written. */
  digest: z.string().optional(),
});
export type TightenOutput = z.infer<typeof TightenOutput>;

/** Which roles bear a managed policy. */
export const RolesOfPolicyInput = z.strictObject({ policyArn: z.string().min(1), account: z.string() });
export const RolesOfPolicyOutput = z.strictObject({
  roleArns: z.array(RoleArn),
  /** How many more bear it: each one's ARN is a call of IAM's, so only the first 100 are read. */
  omitted: z.int().positive().optional(),
});
export type RolesOfPolicyOutput = z.infer<typeof RolesOfPolicyOutput>;
