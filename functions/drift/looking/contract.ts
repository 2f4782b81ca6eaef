/** What the machine `reconcile` hands to its one function, and gets from it: the look before and the look after. Pure. */
import * as z from 'zod';
import { Instant } from '../../association.ts';
import { ObjectRef } from '../contract.ts';

export const Look = z.strictObject({
  ref: ObjectRef,
  /** The execution's name: by it the marker, the leases and CloudTrail know who is at it. */
  execution: z.string().regex(/^d-[0-9a-z-]{1,40}$/),
  /** How often it has looked. */
  looks: z.int().min(0).default(0),
  /** `told`: a change was told. `due`: the time has come, where nobody else has looked meanwhile. */
  because: z.enum(['told', 'due']).default('told'),
  /** When to look again. Absent: the execution ends. */
  again: Instant.optional(),
  /** What an operator sees in the execution's history. */
  told: z.string().optional(),
});
export type Look = z.infer<typeof Look>;
