/** What the states of `provision.asl.json` hand to each other, and to the spokes. Pure. */
import * as z from 'zod';
import { Identity, Instant, RoleArn } from '../association.ts';
import { GrantId, Party, ResolvedAssociation, SeenAssociation, SeenCluster, SeenRole } from '../grants/index.ts';

export { ProvisionWork, workName } from '../grants/index.ts';

/** The tag that what an execution makes bears from its first moment, so that a lost answer is recognised and undo touches nothing else. */
export const MADE_BY = 'podid:made-by';

/** Look before the plan: one account and region. */
export const SurveyInput = z.strictObject({
  roleArns: z.array(RoleArn).max(100),
  /** Managed policies whose documents guardrails judge. */
  policyArns: z.array(z.string()).max(100),
  identities: z.array(Identity).max(100),
});
export const SurveyOutput = z.strictObject({
  roles: z.array(SeenRole),
  /** JSON text by ARN; what isn't there is left out. */
  documents: z.record(z.string(), z.string()),
  associations: z.array(SeenAssociation),
  clusters: z.array(SeenCluster),
  readAt: Instant,
});
export type SurveyOutput = z.infer<typeof SurveyOutput>;

/** The roles under the path of grants: a page of one account. */
export const ListMadeInput = z.strictObject({ next: z.string().optional() });
export const ListMadeOutput = z.strictObject({
  roles: z.array(z.strictObject({ roleArn: RoleArn, createdAt: Instant })),
  readAt: Instant,
  /** Where the next page begins; absent on the last. */
  next: z.string().optional(),
});
export type ListMadeOutput = z.infer<typeof ListMadeOutput>;

// Drift has the same written again, and so they live on a lower floor.
export { ApplyRoleInput, ApplyRoleOutput, AssociateInput, AssociateOutput } from '../grants/acts.ts';

/** Is it there, does the trust reach exactly the wish, does the chain work? One account and region a call. */
export const VerifyGrantInput = z.strictObject({
  roles: z.array(z.strictObject({ roleArn: RoleArn, parties: z.array(Party), mayReach: z.array(RoleArn) })).max(50),
  associations: z.array(ResolvedAssociation.omit({ differences: true })).max(100),
});
export type VerifyGrantInput = z.infer<typeof VerifyGrantInput>;
export const VerifyGrantOutput = z.strictObject({
  /** Sentences; none: it is as it should be. */
  missing: z.array(z.strictObject({ about: z.string(), sentence: z.string(), temporary: z.boolean() })),
  at: Instant,
});
export type VerifyGrantOutput = z.infer<typeof VerifyGrantOutput>;

/** Take back one thing that this grant made. Only what bears the mark of one of its executions is touched. */
export const UndoInput = z.strictObject({
  asker: z.string().min(1).max(64),
  grantId: GrantId,
  undo: z.discriminatedUnion('what', [
    /** `parties`: whom the trust must still admit for other grants; none, and made by this grant: the role goes. */
    z.strictObject({
      what: z.literal('role'),
      roleArn: RoleArn,
      madeHere: z.boolean(),
      inline: z.array(z.string()),
      parties: z.array(Party),
    }),
    z.strictObject({ what: z.literal('association'), identity: Identity, associationId: z.string() }),
    /** The version before is put back. */
    z.strictObject({
      what: z.literal('association-state'),
      association: ResolvedAssociation.omit({ differences: true }),
    }),
  ]),
});
export type UndoInput = z.infer<typeof UndoInput>;
export const UndoOutput = z.strictObject({
  /** `quarantined`: somebody else uses it by now: it stays, and a finding says so. `left`: it can't be undone, with the command that would. */
  status: z.enum(['undone', 'gone', 'quarantined', 'left', 'refused']),
  about: z.string(),
  because: z.string().optional(),
  /** What a person would run. */
  command: z.string().optional(),
  /** Of an association that was gone and had to be made anew: it has another id now. */
  associationId: z.string().optional(),
  at: Instant,
});
export type UndoOutput = z.infer<typeof UndoOutput>;
