/** A grant: what was asked for, version by version, where it stands, and everything that has become of it. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { Person as Human } from './guardrails/facts.ts';
import { GrantWish } from './wish.ts';

/** Who acts. The person counts, by the subject, not the client through which they came. */
export const Person = Human.extend({ client: z.string().min(1).max(256).optional() });
export type Person = z.infer<typeof Person>;

export const GrantId = z.string().regex(/^g-[0-9a-f]{16}$/, "a grant's id: g- and 16 hexadecimal digits");
const VersionNumber = z.int().min(1);

/** What a version was asked for to keep: something that a finding of drift complains about. */
export const Adopted = z.strictObject({
  /** The finding's id. */
  finding: z.string().regex(/^f-[0-9a-f]{12}$/, "a finding's id: f- and 12 hexadecimal digits"),
  /** The key of the role or association. */
  object: z.string().min(1),
  /** What of it, as the finding says. */
  facet: z.string().min(1),
});
export type Adopted = z.infer<typeof Adopted>;

export const GrantVersion = z.strictObject({
  /** 1, 2, 3, … */
  version: VersionNumber,
  wish: GrantWish,
  requestedBy: Person,
  at: Instant,
  /** Until it is decided, drift leaves this as it is. Absent: nobody said that it is about what is there. */
  adopts: z.array(Adopted).min(1).optional(),
});
export type GrantVersion = z.infer<typeof GrantVersion>;

/** Something that the guardrails still want before a version may be carried out. */
export const Need = z.strictObject({
  /** The policy's id. */
  id: z.string().min(1),
  /** What it wants, as a sentence for those who could give it. */
  sentence: z.string().min(1),
});
export type Need = z.infer<typeof Need>;

export const Approval = z.strictObject({
  by: Person,
  version: VersionNumber,
  at: Instant,
  why: z.string().max(1000).optional(),
});
export type Approval = z.infer<typeof Approval>;

/** How far a version has come that is not in force yet. */
export const Stage = z.enum(['requested', 'awaiting-approval', 'provisioning']);
export type Stage = z.infer<typeof Stage>;

export const FINAL_STATES = ['rejected', 'withdrawn', 'lapsed', 'expired', 'failed', 'revoked'] as const;
export const GrantState = z.enum([...Stage.options, 'active', 'changing', 'revoking', ...FINAL_STATES]);
export type GrantState = z.infer<typeof GrantState>;

/** A state, and for a grant that is being changed how far the change has come. */
export const Phase = z.enum([
  ...GrantState.exclude(['changing']).options,
  'changing/requested',
  'changing/awaiting-approval',
  'changing/provisioning',
]);
export type Phase = z.infer<typeof Phase>;

export const Transition = z.strictObject({
  at: Instant,
  /** Absent: podid itself. */
  by: Person.optional(),
  did: z.enum([
    'requested',
    'allowed',
    'approval-needed',
    'denied',
    'approved',
    'rejected',
    'withdrawn',
    'lapsed',
    'activated',
    'failed',
    'change-requested',
    'extension-requested',
    'extended',
    'expiry-warned',
    'expired',
    'revoke-asked',
    'revoked',
    'revocation-failed',
  ]),
  version: VersionNumber,
  from: Phase.optional(),
  to: Phase,
  why: z.string(),
  /** What else a person should know: what was undone, what is left, which workloads need a restart. */
  notes: z.array(z.string()).default([]),
  /** The event that did it. The same one again does nothing. */
  event: z.strictObject({ id: z.string().min(1).max(256), kind: z.string().min(1) }),
});
export type Transition = z.infer<typeof Transition>;

export const Grant = z.strictObject({
  id: GrantId,
  state: GrantState,
  versions: z.array(GrantVersion).min(1),
  /** The version that is in force: at most one. While a change is under way, the one from before. */
  inForce: VersionNumber.optional(),
  /** The newest version, while it is not in force yet; also while a grant is revoked in the middle of making it so. */
  pending: z
    .strictObject({
      version: VersionNumber,
      stage: Stage,
      /** It differs from the one in force in its lifetime alone: nothing has to be provisioned. */
      extension: z.boolean(),
      needs: z.array(Need),
      /** When it lapses, unless it is allowed by then. */
      lapseAt: Instant,
    })
    .optional(),
  /** Of all versions; only those for the pending one count. */
  approvals: z.array(Approval),
  /** When the version in force ends. */
  expireAt: Instant.optional(),
  /** While it is being revoked: what it will be then. */
  ending: z.enum(['revoked', 'expired']).optional(),
  /** Oldest first; it only grows. */
  history: z.array(Transition).min(1),
});
export type Grant = z.infer<typeof Grant>;

export const phaseOf = ({ state, pending }: Grant): Phase =>
  state === 'changing' ? `changing/${pending?.stage ?? 'requested'}` : state;

export const isFinal = (state: GrantState): boolean => FINAL_STATES.some((final) => final === state);

export const versionOf = ({ versions }: Grant, version: number | undefined): GrantVersion | undefined =>
  versions.find((each) => each.version === version);

/** The version in force; of a grant that never had one, none. */
export const currentOf = (grant: Grant): GrantVersion | undefined => versionOf(grant, grant.inForce);

/** The newest version, whatever became of it. @throws RangeError when the grant was made without one */
export const newestOf = ({ id, versions }: Grant): GrantVersion => {
  const newest = versions.at(-1);
  if (newest === undefined) throw new RangeError(`grant ${id} has no version`);
  return newest;
};

/** The versions that hold identities and roles: what is in force, and what is under way. None of a grant that has ended. */
export const heldVersions = (grant: Grant): readonly GrantVersion[] =>
  [currentOf(grant), versionOf(grant, grant.pending?.version)].filter((version) => version !== undefined);

/** The versions by which a role's trust admits anybody: allowed, and not on their way out. */
export const admittedVersions = (grant: Grant): readonly GrantVersion[] => {
  if (grant.state === 'revoking') return [];
  return heldVersions(grant).filter(
    ({ version }) => version === grant.inForce || grant.pending?.stage === 'provisioning',
  );
};
