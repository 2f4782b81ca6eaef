/** One revocation: what an identity lost, how it was decided, how it ended. The machine's input and the hub's row both hold it. */
import * as z from 'zod';
import { Actor } from './actor.ts';
import { AssociationState, Identity, Instant } from './association.ts';
import { Mode } from './config.ts';

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

/** How a deny recognises the sessions: by their tags; by the session's name; by nothing but their age. */
export const DenyForm = z.enum(['tags', 'session-name', 'whole-role']);
export type DenyForm = z.infer<typeof DenyForm>;

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
