/** A revocation as the hub keeps it. Pure. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { Outcome, Revocation } from '../revocation.ts';

export const RevocationRow = z.object({
  revocation: Revocation,
  status: z.enum(['running', 'ended']),
  startedAt: Instant,
  endedAt: Instant.optional(),
  outcome: Outcome.optional(),
  /** What `record` concluded; the capability that wrote it knows its schema. */
  story: z.unknown().optional(),
});
export type RevocationRow = z.infer<typeof RevocationRow>;
