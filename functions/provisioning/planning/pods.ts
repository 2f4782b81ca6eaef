/** What the record has of the pods that are older than an association: what was asked, and how far it has come. Pure. */
import * as z from 'zod';
import { Instant } from '../../association.ts';
import { Told } from '../../pod-restarts.ts';

/** What is asked about the pods of one identity; fixed by the first try, so that a second one doesn't move it. */
export const PodsAsked = z.strictObject({
  /** Pods from before this instant count: the association is presumed to be known to the webhook from then on. */
  since: Instant,
  /** Until when they are restarted; absent: they are only looked at. */
  deadline: Instant.optional(),
});
export type PodsAsked = z.infer<typeof PodsAsked>;

/** How far it has come with the pods of one identity. */
export const Progress = z.strictObject({
  /** The workloads with such pods; untouched ones have the step `Wait` and no `how`. */
  told: z.array(Told),
  /** Workloads beyond the most that one answer has room for. */
  omitted: z.int(),
  /** Of workloads that were restarted: how many of their new pods have no Pod Identity either, by `workloadKey`. */
  stillWithout: z.record(z.string(), z.int()),
  /** What the pods may use instead. */
  irsaRoleArn: z.string().optional(),
  /** Calls in a row without an answer. */
  troubles: z.int(),
  /** Why nobody could look, or look again. */
  unseen: z.string().optional(),
  /** Why nothing was restarted (any more), though it was asked for. */
  held: z.string().optional(),
});
export type Progress = z.infer<typeof Progress>;
