/** What happens to a grant. Each event has an id: the same one twice is the same as once. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { Adopted, Need, Person } from './grant.ts';
import { Lifetime } from './lifetime.ts';
import { GrantWish } from './wish.ts';

const id = z.string().min(1).max(256);
const version = z.int().min(1);
const Why = z.string().trim().max(1000);
const said = Why.default('');
/** Sentences for a person. */
const Sentences = z.array(z.string()).default([]);

export const GrantEvent = z.discriminatedUnion('kind', [
  /** What the guardrails say of a version, with the approvals that it has by now. */
  z.strictObject({
    kind: z.literal('decided'),
    id,
    version,
    verdict: z.enum(['allowed', 'needs-approval', 'denied']),
    needs: z.array(Need).default([]),
    because: Sentences,
  }),
  z.strictObject({ kind: z.literal('approved'), id, version, by: Person, why: said }),
  z.strictObject({ kind: z.literal('rejected'), id, version, by: Person, why: Why.min(1, 'say why') }),
  z.strictObject({ kind: z.literal('withdrawn'), id, by: Person, why: said }),
  /** Nobody allowed the version in time. */
  z.strictObject({ kind: z.literal('lapsed'), id, version }),
  /** Everything is made and verified. `notes`: what a person should know, such as workloads that need a restart. */
  z.strictObject({ kind: z.literal('provisioned'), id, version, notes: Sentences }),
  /** It could not be made, and what was made of it is undone, but for what is `left`; of a change, the version before is back. */
  z.strictObject({
    kind: z.literal('failed'),
    id,
    version,
    because: z.string().min(1),
    undone: Sentences,
    left: Sentences,
  }),
  /** `basedOn`: the newest version that the person has seen. */
  z.strictObject({
    kind: z.literal('change-requested'),
    id,
    basedOn: version,
    by: Person,
    wish: GrantWish,
    /** The findings of drift whose objects the wish wants as they are. */
    adopts: z.array(Adopted).min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('extension-requested'),
    id,
    basedOn: version,
    by: Person,
    lifetime: Lifetime,
    why: said,
  }),
  /** The owner was told of the end that is due then. */
  z.strictObject({ kind: z.literal('expiry-warned'), id, expireAt: Instant }),
  /** The end that was due then has come. */
  z.strictObject({ kind: z.literal('expired'), id, expireAt: Instant }),
  z.strictObject({ kind: z.literal('revoke-asked'), id, by: Person, why: said }),
  z.strictObject({ kind: z.literal('revoked'), id, notes: Sentences }),
  z.strictObject({ kind: z.literal('revocation-failed'), id, because: z.string().min(1), left: Sentences }),
]);
export type GrantEvent = z.infer<typeof GrantEvent>;
export type EventKind = GrantEvent['kind'];
export type EventOf<Kind extends EventKind> = Extract<GrantEvent, { kind: Kind }>;
