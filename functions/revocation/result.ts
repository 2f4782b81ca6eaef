/** What a revocation came to: written once by `record`, read by people, the command line and the console. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { DenyForm, Outcome } from '../revocation.ts';
import { Fallback, RestartStepName, StandingKind, Workload } from './contract.ts';

/** What came of one role. `planned`: nothing was written, since something held the revocation back, or it never got there. */
const CutStatus = z.enum(['cut', 'lifted', 'role-gone', 'refused', 'no-room', 'failed', 'planned']);

export const RevocationResult = z.object({
  outcome: Outcome,
  /** One sentence for a list. */
  summary: z.string(),
  standing: StandingKind.optional(),
  /** Why nothing was written, if so. */
  held: z.string().optional(),
  cut: z.array(
    z.object({
      roleArn: z.string(),
      /** The role by which its sessions get there; absent for the association's own. */
      reachedFrom: z.string().optional(),
      /** A deny of an earlier revocation, which this one only bounded in time or lifted. */
      earlier: z.boolean().optional(),
      status: CutStatus,
      form: DenyForm,
      issuedBefore: Instant.optional(),
      policyName: z.string().optional(),
      acceptedAt: Instant.optional(),
      presumedEffectiveAt: Instant.optional(),
      /** When no session from before can live any more, and the sweep removes the deny; absent when nobody can tell. */
      dueAt: Instant.optional(),
      because: z.string().optional(),
    }),
  ),
  restarted: z.array(
    z.object({
      workload: Workload,
      /** What was done; absent when nothing had to be, or could be. */
      how: z.enum(['Roll', 'Evict', 'Delete']).optional(),
      /** `Planned`: it would have been told, had nothing held the revocation back. */
      step: z.enum([...RestartStepName.options, 'Planned']),
      pods: z.int(),
      because: z.string().optional(),
    }),
  ),
  /** Pods from before that lived when last looked; absent when nobody could look. */
  remaining: z.object({ pods: z.int(), examples: z.array(z.string()) }).optional(),
  /** What the identity's pods use now, by count. */
  uses: z.object({ none: z.int(), irsa: z.int(), podIdentity: z.int() }).optional(),
  fallback: Fallback.optional(),
  findings: z.array(
    z.object({
      reason: z.string(),
      severity: z.enum(['info', 'warning', 'error', 'critical']),
      sentence: z.string(),
      witness: z.string().optional(),
      remedy: z.string().optional(),
    }),
  ),
  times: z.object({
    since: Instant,
    /** IAM accepted the last deny on a role of the association. */
    cutAt: Instant.optional(),
    /** All denies are presumed to be in force. */
    effectiveAt: Instant.optional(),
    verifiedAt: Instant.optional(),
    endedAt: Instant,
  }),
});
export type RevocationResult = z.infer<typeof RevocationResult>;
export type CutLine = RevocationResult['cut'][number];
