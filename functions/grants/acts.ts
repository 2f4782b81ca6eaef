/** What the spokes' functions that write for a grant are told and answer: whoever makes it first, and whoever mends it later, says the same. Pure. */
import * as z from 'zod';
import { AssociationState, Instant, RoleArn } from '../association.ts';
import { GrantId } from './grant.ts';
import { targetsPolicy } from './names.ts';
import { Party, ResolvedAssociation, ResolvedRole } from './resolved.ts';

/** Make or change one role as the plan has it. The spoke renders trust and tags itself, and judges the wish again: path, boundary, exclusions, forbidden permissions. */
export const ApplyRoleInput = z.strictObject({
  asker: z.string().min(1).max(64),
  grantId: GrantId,
  role: ResolvedRole.omit({ trust: true, differences: true }),
  parties: z.array(Party),
});
export const ApplyRoleOutput = z.strictObject({
  /**
   * - `created`, `updated`, `kept`: it is as the plan has it.
   * - `not-visible`: IAM took it and doesn't show it yet, or doesn't know a principal yet: again later.
   * - `differs`: somebody else's, and not as the plan expected: plan again.
   * - `refused`: what this function never does, with the reason.
   */
  status: z.enum(['created', 'updated', 'kept', 'not-visible', 'differs', 'refused']),
  roleArn: RoleArn,
  roleId: z.string().optional(),
  /** What was written, in order: `role`, `trust`, `inline:NAME`, `attached:ARN`, `boundary`, `tags`. */
  wrote: z.array(z.string()),
  because: z.string().optional(),
  at: Instant,
});
export type ApplyRoleInput = z.infer<typeof ApplyRoleInput>;
export type ApplyRoleOutput = z.infer<typeof ApplyRoleOutput>;

export const AssociateInput = z.strictObject({
  asker: z.string().min(1).max(64),
  grantId: GrantId,
  association: ResolvedAssociation.omit({ differences: true }),
});
export const AssociateOutput = z.strictObject({
  status: z.enum(['created', 'updated', 'kept', 'not-visible', 'differs', 'refused']),
  association: AssociationState.optional(),
  because: z.string().optional(),
  at: Instant,
});
export type AssociateInput = z.infer<typeof AssociateInput>;
export type AssociateOutput = z.infer<typeof AssociateOutput>;

/** In whose name, and for which grant. */
export type Asking = { readonly asker: string; readonly grantId: string };

/** The whole role. `chain`: with the permission to get the grant's targets. */
export const roleAct = (
  { asker, grantId }: Asking,
  { trust, differences: _, ...role }: ResolvedRole,
  { chain: withChain }: { readonly chain: boolean } = { chain: true },
): ApplyRoleInput => {
  const { [targetsPolicy(grantId)]: chain, ...others } = role.inline;
  const inline = chain !== undefined && withChain ? { ...others, [targetsPolicy(grantId)]: chain } : others;
  return { asker, grantId, role: { ...role, inline }, parties: [...trust.parties] };
};

export const associateAct = (
  asking: Asking,
  { differences: _, ...association }: ResolvedAssociation,
): AssociateInput => ({ ...asking, association });

/** The lease of a grant: one execution at a time works on it, and who mends what it made waits for it. */
export const leaseOf = (grantId: string): string => `grant/${grantId}`;
