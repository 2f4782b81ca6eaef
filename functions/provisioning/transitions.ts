/**
 * The one way by which something happens to a grant: read, advance, write when nobody was quicker; then everything that
 * follows from it. Whatever is done twice is as if it were done once, so that who crashed in between does it again.
 */
import {
  type Advanced,
  advance,
  claimsOf,
  dueRows,
  type Grant,
  type GrantEvent,
  type GrantSettings,
  type Transition,
} from '../grants/index.ts';
import type { LifecycleEvent } from '../lifecycle.ts';
import { Failure } from '../runtime/errors.ts';
import type { Store } from '../store/index.ts';
import { type ProvisionWork, workName } from './contract.ts';
import { grantEvent } from './lifecycle-of.ts';
import { workAfter } from './planning/work-after.ts';

/** The grants, by their schema: `theStore().grants(Grant)`. */
export type GrantsStore = {
  readonly begin: (grant: Grant) => Promise<boolean>;
  readonly get: (id: string) => Promise<{ readonly grant: Grant; readonly revision: number } | undefined>;
  readonly put: (grant: Grant, revision: number) => Promise<boolean>;
};

/** What a transition needs; the hub's functions hand it in. */
export type Transitions = {
  readonly grants: GrantsStore;
  readonly store: Pick<Store, 'claims' | 'due'>;
  /** Starts a machine; false when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: ProvisionWork) => Promise<boolean>;
  readonly tell: (events: readonly LifecycleEvent[]) => Promise<void>;
  readonly settings: GrantSettings;
  readonly now: () => Date;
};

export type CarriedOut =
  | { readonly grant: Grant; readonly revision: number; readonly did: Transition; readonly again: boolean }
  /** A sentence for whoever sent the event. */
  | { readonly refused: string }
  /** The grant is at another revision than the one asked for. */
  | { readonly stale: number }
  | { readonly absent: true };

export const MACHINE = 'provision';
const ATTEMPTS = 8;

/**
 * Lets an event happen to a grant. The same event again answers what it did, and does again what may have been left
 * undone.
 * @param revision Only at this revision of the grant: for If-Match.
 * @throws Conflict when others were quicker time and again
 */
export const carryOut = async (
  around: Transitions,
  grantId: string,
  event: GrantEvent,
  revision?: number,
): Promise<CarriedOut> => {
  const { grants, store, settings, now } = around;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const kept = await grants.get(grantId);
    if (kept === undefined) return { absent: true };
    const advanced = advance(kept.grant, event, now().toISOString(), settings);
    if ('refused' in advanced) return advanced;
    if (advanced.again) {
      await follow(around, advanced, kept.revision);
      return { ...advanced, revision: kept.revision };
    }
    if (revision !== undefined && kept.revision !== revision) return { stale: kept.revision };
    const [before, after] = [claimsOf(kept.grant), claimsOf(advanced.grant)];
    const claimed = await claim(around, grantId, missing(after, before));
    if (claimed !== undefined) return claimed;
    if (!(await grants.put(advanced.grant, kept.revision))) continue;
    await store.claims.release(missing(before, after), grantId, now());
    await follow(around, advanced, kept.revision + 1);
    return { ...advanced, revision: kept.revision + 1 };
  }
  throw new Failure('Conflict', `grant ${grantId} was changed by others ${ATTEMPTS} times in a row; try again`);
};

/** Keeps a new grant; the same request again finds the one that it made. Refused when another grant has one of its identities. */
export const openGrant = async (around: Transitions, grant: Grant): Promise<CarriedOut> => {
  const { grants, store, tell, settings } = around;
  const claimed = await claim(around, grant.id, claimsOf(grant));
  if (claimed !== undefined) return claimed;
  const isNew = await grants.begin(grant);
  const kept = await grants.get(grant.id);
  const did = kept?.grant.history[0];
  if (kept === undefined || did === undefined) {
    throw new Failure('NotYetVisible', `grant ${grant.id} was written and can't be read`);
  }
  await store.due.replace(grant.id, dueRows(kept.grant, settings), kept.revision);
  if (isNew) await tell([grantEvent(grant, did)]);
  return { ...kept, did, again: !isNew };
};

type Done = Extract<Advanced, { grant: Grant }>;

const follow = async (
  { store, start, tell, settings }: Transitions,
  { grant, did }: Done,
  revision: number,
): Promise<void> => {
  await store.due.replace(grant.id, dueRows(grant, settings), revision);
  const work = workAfter(grant, did);
  if (work !== undefined) await start(MACHINE, workName(work), work);
  await tell([grantEvent(grant, did)]);
};

const claim = async (
  { grants, store, now }: Transitions,
  grantId: string,
  identities: readonly string[],
): Promise<{ readonly refused: string } | undefined> => {
  if (identities.length === 0) return undefined;
  const holds = async (other: string, identity: string): Promise<boolean> => {
    const kept = await grants.get(other);
    return kept !== undefined && claimsOf(kept.grant).includes(identity);
  };
  const claimed = await store.claims.claim(identities, grantId, now(), holds);
  if (claimed.outcome === 'claimed') return undefined;
  return {
    refused: `A service account has one association, and that of ${claimed.identity} is grant ${claimed.by}'s: ask for a change of that grant.`,
  };
};

const missing = (these: readonly string[], those: readonly string[]): readonly string[] =>
  these.filter((key) => !those.includes(key));
