/** What podid tells the world about grants and findings: the events on the bus `podid-events`. docs/events.md shows one of each. */
import * as z from 'zod';
import { Instant } from './association.ts';

/** The `source` of our events. */
export const LIFECYCLE_SOURCE = 'podid';

/** What EventBridge calls `detail-type`. */
export const LifecycleKind = z.enum([
  'Grant Requested',
  'Grant Awaiting Approval',
  'Grant Approved',
  'Grant Provisioning',
  'Grant Active',
  'Grant Failed',
  'Grant Expiring',
  'Grant Revoking',
  'Grant Revoked',
  /** Rejected or withdrawn, denied by the guardrails, or nobody allowed it in time: `did` says which. */
  'Grant Closed',
  'Finding Opened',
  'Finding Resolved',
]);
export type LifecycleKind = z.infer<typeof LifecycleKind>;

const Who = z.strictObject({ subject: z.string(), name: z.string().optional() });

export const GrantDetail = z.strictObject({
  /** Of this schema; fields may be added without raising it. */
  schema: z.literal(1),
  /** Of the event: EventBridge delivers at least once, and this is the same each time. */
  id: z.string().min(1),
  at: Instant,
  grant: z.strictObject({
    id: z.string(),
    version: z.int().min(1),
    phase: z.string(),
    team: z.string(),
    namespace: z.string(),
    serviceAccount: z.string(),
    clusters: z.array(z.strictObject({ account: z.string(), region: z.string(), cluster: z.string() })),
    targetAccounts: z.array(z.string()),
    expireAt: Instant.optional(),
  }),
  /** The transition, as the grant's history has it: `activated`, `rejected`. */
  did: z.string(),
  /** Absent: podid itself. */
  by: Who.optional(),
  why: z.string(),
  notes: z.array(z.string()),
});
export type GrantDetail = z.infer<typeof GrantDetail>;

export const FindingDetail = z.strictObject({
  schema: z.literal(1),
  id: z.string().min(1),
  at: Instant,
  finding: z.strictObject({
    id: z.string(),
    /** An ARN: a role's, a cluster's, or with `#NAMESPACE/SERVICE_ACCOUNT` behind it an association's; a grant's id; `ACCOUNT/REGION`: of the events from there. */
    object: z.string(),
    reason: z.string(),
    severity: z.enum(['info', 'warning', 'error', 'critical']),
    sentence: z.string(),
    remedy: z.string().optional(),
  }),
});
export type FindingDetail = z.infer<typeof FindingDetail>;

/** One event: what it is called, and what it says. */
export type LifecycleEvent = { readonly kind: LifecycleKind; readonly detail: GrantDetail | FindingDetail };
