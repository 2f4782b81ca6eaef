/** The life of a grant: in which phase what may happen, and one function that lets it happen. */

import type { GrantSettings } from '../grant-settings.ts';
import { EFFECTS, type Effect, type Effects } from './effects.ts';
import type { EventKind, EventOf, GrantEvent } from './events.ts';
import { type Grant, type GrantVersion, type Person, type Phase, phaseOf, type Transition } from './grant.ts';
import { lapseOf } from './lapse.ts';
import type { GrantWish } from './wish.ts';

/** What an event came to: the grant as it is now and what was done (`again`: long ago, by the same event), or why nothing was. */
export type Advanced =
  | { readonly grant: Grant; readonly did: Transition; readonly again: boolean }
  | { readonly refused: string };

/** A wish with everything right about it becomes a grant, in its first version. `now`: ISO 8601. */
export const begin = (
  asked: { readonly id: string; readonly eventId: string; readonly wish: GrantWish; readonly by: Person },
  now: string,
  settings: GrantSettings,
): Grant => {
  const at = new Date(now).toISOString();
  const first: GrantVersion = { version: 1, wish: asked.wish, requestedBy: asked.by, at };
  return {
    id: asked.id,
    state: 'requested',
    versions: [first],
    pending: { version: 1, stage: 'requested', extension: false, needs: [], lapseAt: lapseOf(first, settings) },
    approvals: [],
    history: [
      {
        at,
        by: asked.by,
        did: 'requested',
        version: 1,
        to: 'requested',
        why: asked.wish.reason,
        notes: [],
        event: { id: asked.eventId, kind: 'requested' },
      },
    ],
  };
};

/**
 * The grant after the event, and the transition that was recorded. Late events are refused with a sentence, for whoever
 * sent them; the same event again answers what it did.
 *
 * Clocks may differ: an event is never recorded before the one that it follows, and a due time counts as come from
 * `settings.skewSeconds` before on.
 */
export const advance = (grant: Grant, event: GrantEvent, now: string, settings: GrantSettings): Advanced => {
  const done = grant.history.find((each) => each.event.id === event.id);
  if (done !== undefined) {
    if (done.event.kind === event.kind) return { grant, did: done, again: true };
    return { refused: `The event ${event.id} has been used for something else: ${done.event.kind}.` };
  }
  const from = phaseOf(grant);
  if (!ACCEPTED_IN[event.kind].includes(from)) return { refused: tooLate(event.kind, grant) };
  const at = notBefore(now, grant.history.at(-1)?.at);
  const effect = effectOf(grant, event, at, settings);
  if ('refused' in effect) return effect;
  if ('already' in effect) return { grant, did: effect.already, again: true };
  const did: Transition = {
    at,
    ...('by' in event && { by: event.by }),
    did: effect.did,
    version: effect.version,
    from,
    to: phaseOf(effect.grant),
    why: effect.why,
    notes: [...(effect.notes ?? [])],
    event: { id: event.id, kind: event.kind },
  };
  return { grant: { ...effect.grant, history: [...grant.history, did] }, did, again: false };
};

const CHANGING = ['changing/requested', 'changing/awaiting-approval', 'changing/provisioning'] as const;
const UNDECIDED = ['requested', 'awaiting-approval', 'changing/requested', 'changing/awaiting-approval'] as const;

/** In which phases an event means anything. */
export const ACCEPTED_IN: Readonly<Record<EventKind, readonly Phase[]>> = {
  decided: UNDECIDED,
  approved: ['awaiting-approval', 'changing/awaiting-approval'],
  rejected: UNDECIDED,
  withdrawn: UNDECIDED,
  lapsed: UNDECIDED,
  provisioned: ['provisioning', 'changing/provisioning'],
  // While it is revoked, too: what was undone is worth knowing.
  failed: ['provisioning', 'changing/provisioning', 'revoking'],
  'change-requested': [...UNDECIDED, 'active'],
  'extension-requested': ['active'],
  'expiry-warned': ['active', ...CHANGING],
  expired: ['active', ...CHANGING],
  'revoke-asked': ['provisioning', 'active', ...CHANGING],
  revoked: ['revoking'],
  'revocation-failed': ['revoking'],
};

/** One kind at a time, so that the compiler sees that effect and event belong together. */
type OneOf<Kind extends EventKind> = { readonly [Each in Kind]: EventOf<Each> & { readonly kind: Each } }[Kind];

const effectOf = <Kind extends EventKind>(
  grant: Grant,
  event: OneOf<Kind>,
  at: string,
  settings: GrantSettings,
): Effect => {
  const effects: Effects<Kind> = EFFECTS;
  return effects[event.kind](grant, event, at, settings);
};

const notBefore = (now: string, last: string | undefined): string =>
  new Date(Math.max(Date.parse(now), last === undefined ? Number.NEGATIVE_INFINITY : Date.parse(last))).toISOString();

const tooLate = (kind: EventKind, grant: Grant): string => {
  const phase = phaseOf(grant);
  if (kind === 'revoke-asked' && (phase === 'requested' || phase === 'awaiting-approval')) {
    return `Grant ${grant.id} gives nothing yet: withdraw it instead.`;
  }
  const last = grant.history.findLast(({ from, to }) => from !== to);
  return `${NOTHING_TO[kind]}: grant ${grant.id} ${IS[phase]} since ${last?.at}${last?.by === undefined ? '' : ` (${nameOf(last.by)})`}.`;
};

const nameOf = ({ name, subject }: Person): string => name ?? subject;

/** What can't be done, as the beginning of a sentence. */
const NOTHING_TO: Readonly<Record<EventKind, string>> = {
  decided: 'There is nothing to decide',
  approved: 'There is nothing to approve',
  rejected: 'There is nothing to reject',
  withdrawn: 'There is nothing to withdraw',
  lapsed: 'Nothing can lapse',
  provisioned: 'What was made is to be undone',
  failed: 'There is nothing that could have failed',
  'change-requested': "It can't be changed now",
  'extension-requested': "It can't be extended now",
  'expiry-warned': 'There is no end to warn of',
  expired: 'Nothing can expire',
  'revoke-asked': 'There is nothing to revoke',
  revoked: 'Nobody is revoking it',
  'revocation-failed': 'Nobody is revoking it',
};

const IS: Readonly<Record<Phase, string>> = {
  requested: 'has not been judged by the guardrails yet, and waits',
  'awaiting-approval': 'has been waiting for approval',
  provisioning: 'has been in the making',
  active: 'has been active, with no change under way,',
  'changing/requested': 'has had a change asked for that the guardrails have not judged yet,',
  'changing/awaiting-approval': 'has had a change waiting for approval',
  'changing/provisioning': 'has had a change in the making',
  revoking: 'has been in revocation',
  revoked: 'has been revoked',
  rejected: 'has been rejected',
  withdrawn: 'has been withdrawn',
  lapsed: 'has lapsed, and so it has been',
  expired: 'has been expired',
  failed: 'has failed, and so it has been',
};
