/** What each event does to a grant in a phase that accepts it. */

import type { GrantSettings } from '../grant-settings.ts';
import type { EventKind, EventOf } from './events.ts';
import {
  type Adopted,
  type Grant,
  type GrantVersion,
  newestOf,
  type Person,
  type Transition,
  versionOf,
} from './grant.ts';
import { lapseOf } from './lapse.ts';
import { endOf } from './lifetime.ts';
import type { GrantWish } from './wish.ts';

/** The grant but for its history, and what goes there; or nothing new; or why not. */
export type Effect =
  | {
      readonly grant: Grant;
      readonly did: Transition['did'];
      readonly version: number;
      readonly why: string;
      readonly notes?: readonly string[];
    }
  | { readonly already: Transition }
  | { readonly refused: string };

export type Effects<Kinds extends EventKind = EventKind> = {
  readonly [Kind in Kinds]: (grant: Grant, event: EventOf<Kind>, at: string, settings: GrantSettings) => Effect;
};

export const EFFECTS: Effects = {
  decided: (grant, event, at) => {
    const { version, verdict, needs, because } = event;
    const pending = pendingOf(grant, version);
    if ('refused' in pending) return pending;
    const why = because.join(' ');
    if (verdict === 'denied') return { ...dropped(grant, 'rejected'), did: 'denied', version, why };
    if (verdict === 'needs-approval') {
      const stage = 'awaiting-approval' as const;
      const waiting = { ...grant, state: stateAt(grant, stage), pending: { ...pending, stage, needs } };
      return {
        grant: waiting,
        did: 'approval-needed',
        version,
        why: why || needs.map(({ sentence }) => sentence).join(' '),
      };
    }
    if (pending.extension) return { ...inForce(grant, version, at), did: 'extended', version, why };
    const stage = 'provisioning' as const;
    const made = { ...grant, state: stateAt(grant, stage), pending: { ...pending, stage, needs: [] } };
    return { grant: made, did: 'allowed', version, why };
  },

  approved: (grant, { version, by, why }, at) => {
    const pending = pendingOf(grant, version);
    if ('refused' in pending) return pending;
    if (versionOf(grant, version)?.requestedBy.subject === by.subject) {
      return { refused: 'Nobody approves their own request: somebody else has to.' };
    }
    const before = grant.history.find(
      (each) => each.did === 'approved' && each.version === version && each.by?.subject === by.subject,
    );
    if (before !== undefined) return { already: before };
    const approval = { by, version, at, ...(why !== '' && { why }) };
    return { grant: { ...grant, approvals: [...grant.approvals, approval] }, did: 'approved', version, why };
  },

  rejected: (grant, { version, why }) => {
    const pending = pendingOf(grant, version);
    return 'refused' in pending ? pending : { ...dropped(grant, 'rejected'), did: 'rejected', version, why };
  },

  withdrawn: (grant, { why }) => ({
    ...dropped(grant, 'withdrawn'),
    did: 'withdrawn',
    version: newestOf(grant).version,
    why,
  }),

  lapsed: (grant, { version }, at, settings) => {
    const pending = pendingOf(grant, version);
    if ('refused' in pending) return pending;
    const { lapseAt } = pending;
    if (!hasCome(lapseAt, at, settings)) return { refused: `Version ${version} may wait until ${lapseAt}.` };
    return { ...dropped(grant, 'lapsed'), did: 'lapsed', version, why: `Nobody has allowed it by ${lapseAt}.` };
  },

  provisioned: (grant, { version, notes }, at) => {
    const pending = pendingOf(grant, version);
    if ('refused' in pending) return pending;
    return { ...inForce(grant, version, at), did: 'activated', version, why: '', notes };
  },

  failed: (grant, { version, because, undone, left }) => {
    const pending = pendingOf(grant, version);
    if ('refused' in pending) return pending;
    const after = grant.state === 'revoking' ? { grant } : dropped(grant, 'failed');
    const back = grant.state === 'changing' ? [`Version ${grant.inForce} is in force again.`] : [];
    const notes = [...undone.map((each) => `Undone: ${each}`), ...left.map((each) => `Left: ${each}`), ...back];
    return { ...after, did: 'failed', version, why: because, notes };
  },

  'change-requested': (grant, { basedOn, by, wish, adopts = [] }, at, settings) => {
    const newest = newestOf(grant);
    const { namespace, serviceAccount } = newest.wish;
    if (wish.namespace !== namespace || wish.serviceAccount !== serviceAccount) {
      return { refused: `Grant ${grant.id} is for ${namespace}/${serviceAccount}: ask for another grant.` };
    }
    return renewed(grant, { basedOn, by, wish, why: wish.reason, extension: false, adopts }, at, settings);
  },

  'extension-requested': (grant, { basedOn, by, lifetime, why }, at, settings) => {
    // Of what is in force: the newest version may be a change that was rejected.
    const wish = { ...(versionOf(grant, grant.inForce) ?? newestOf(grant)).wish, lifetime };
    return renewed(grant, { basedOn, by, wish, why, extension: true, adopts: [] }, at, settings);
  },

  'expiry-warned': (grant, { expireAt }) => {
    const stale = otherEnd(grant, expireAt);
    if (stale !== undefined) return stale;
    return { grant, did: 'expiry-warned', version: forceOf(grant), why: `It ends at ${expireAt}.` };
  },

  expired: (grant, { expireAt }, at, settings) => {
    const stale = otherEnd(grant, expireAt);
    if (stale !== undefined) return stale;
    if (!hasCome(expireAt, at, settings)) return { refused: `Grant ${grant.id} lasts until ${expireAt}.` };
    return {
      grant: revoking(grant, 'expired'),
      did: 'expired',
      version: forceOf(grant),
      why: `It ended at ${expireAt}.`,
    };
  },

  'revoke-asked': (grant, { why }) => ({
    grant: revoking(grant, 'revoked'),
    did: 'revoke-asked',
    version: forceOf(grant),
    why,
  }),

  revoked: (grant, { notes }) => {
    const { inForce: _was, pending: _half, ending = 'revoked', expireAt: _due, ...rest } = grant;
    return { grant: { ...rest, state: ending }, did: 'revoked', version: forceOf(grant), why: '', notes };
  },

  'revocation-failed': (grant, { because, left }) => {
    const notes = left.map((each) => `Left: ${each}`);
    return { grant, did: 'revocation-failed', version: forceOf(grant), why: because, notes };
  },
};

type Pending = NonNullable<Grant['pending']>;

/** Approvals, verdicts and results are for one version: those for another come too late. */
const pendingOf = (grant: Grant, version: number): Pending | { readonly refused: string } => {
  const { id, pending } = grant;
  if (pending === undefined) return { refused: `Grant ${id} has no version under way.` };
  if (pending.version === version) return pending;
  return {
    refused: `Version ${version} of grant ${id} is not the one in question any more: look at version ${pending.version}.`,
  };
};

const stateAt = ({ inForce: current }: Grant, stage: Pending['stage']): Grant['state'] =>
  current === undefined ? stage : 'changing';

/** Without the version under way: back to the one in force, or to an end. */
const dropped = (grant: Grant, end: 'rejected' | 'withdrawn' | 'lapsed' | 'failed'): { readonly grant: Grant } => {
  const { pending: _, ...rest } = grant;
  return { grant: { ...rest, state: rest.inForce === undefined ? end : 'active' } };
};

const inForce = (grant: Grant, version: number, at: string): { readonly grant: Grant } => {
  const { pending: _, expireAt: _old, ...rest } = grant;
  const lifetime = versionOf(grant, version)?.wish.lifetime;
  return {
    grant: { ...rest, state: 'active', inForce: version, ...(lifetime && { expireAt: endOf(lifetime, at) }) },
  };
};

/** What is not being made yet is forgotten; what is half made is to be removed with the rest. */
const revoking = (grant: Grant, ending: 'revoked' | 'expired'): Grant => {
  const { pending, ...rest } = grant;
  const half = pending?.stage === 'provisioning' ? { pending } : {};
  return { ...rest, ...half, state: 'revoking', ending };
};

const renewed = (
  grant: Grant,
  asked: {
    readonly basedOn: number;
    readonly by: Person;
    readonly wish: GrantWish;
    readonly why: string;
    readonly extension: boolean;
    readonly adopts: readonly Adopted[];
  },
  at: string,
  settings: GrantSettings,
): Effect => {
  const newest = newestOf(grant);
  if (asked.basedOn !== newest.version) {
    return {
      refused: `Version ${asked.basedOn} of grant ${grant.id} is not the newest: look at version ${newest.version}, and ask again.`,
    };
  }
  const { adopts } = asked;
  const next: GrantVersion = {
    version: newest.version + 1,
    wish: asked.wish,
    requestedBy: asked.by,
    at,
    ...(adopts.length > 0 && { adopts: [...adopts] }),
  };
  const pending: Pending = {
    version: next.version,
    stage: 'requested',
    extension: asked.extension,
    needs: [],
    lapseAt: lapseOf(next, settings),
  };
  return {
    grant: { ...grant, state: stateAt(grant, 'requested'), versions: [...grant.versions, next], pending },
    did: asked.extension ? 'extension-requested' : 'change-requested',
    version: next.version,
    why: asked.why,
    // For whoever decides: it is there already.
    notes: adopts.map(({ finding, object, facet }) => `Adopts ${finding}: ${facet} of ${object}, as it is.`),
  };
};

/** A due row of before an extension: another end is due now. */
const otherEnd = (grant: Grant, expireAt: string): { readonly refused: string } | undefined => {
  if (grant.expireAt !== undefined && Date.parse(grant.expireAt) === Date.parse(expireAt)) return undefined;
  return {
    refused: `Grant ${grant.id} does not end at ${expireAt}: ${grant.expireAt === undefined ? 'it has no end' : `it lasts until ${grant.expireAt}`}.`,
  };
};

const hasCome = (due: string, at: string, { skewSeconds }: GrantSettings): boolean =>
  Date.parse(due) <= Date.parse(at) + skewSeconds * 1000;

/** The version that an event without one is about. */
const forceOf = (grant: Grant): number => grant.inForce ?? newestOf(grant).version;
