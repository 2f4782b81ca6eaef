/** The sweep of grants: what is due of each is on its row again, and what executions have left behind is found and taken back. */
import { dueRows, type Grant, type GrantSettings } from '../../grants/index.ts';
import type { LifecycleEvent } from '../../lifecycle.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Store } from '../../store/index.ts';
import { type Collecting, collect } from './collect.ts';
import type { Grants } from './machine.ts';
import { GRACE_SECONDS, heldBy } from './orphans.ts';
import { foundUnderPath } from './under-path.ts';

export type SweepingGrants = Collecting & {
  readonly grants: Grants;
  readonly store: Pick<Store, 'due' | 'findings' | 'leases' | 'made'>;
  readonly settings: GrantSettings;
  readonly tell: (events: readonly LifecycleEvent[]) => Promise<void>;
  /** Whether there is time for another page, or another account. */
  readonly hasTime: () => boolean;
};

export type SweptGrants = {
  /** How many were compared with their due rows. */
  readonly compared: number;
  /** The executions that take orphans back. */
  readonly collected: readonly string[];
  /** Roles under the path of grants that no grant has made. */
  readonly strangers: readonly string[];
  /** Accounts, grants: what could not be looked at, and why. */
  readonly failed: readonly string[];
  /** Whether there was time for everything. */
  readonly complete: boolean;
};

const LIVING = ['requested', 'awaiting-approval', 'provisioning', 'active', 'changing', 'revoking'] as const;
const ENDED = ['failed', 'revoked', 'expired'] as const;
/** What has gone wrong since is looked at: a few sweeps long, so that one of them may fail. */
const LOOK_BACK_SECONDS = 4 * 3600;
/** Of those that have ended, so many of the newest; older ones are found by their roles. */
const PAGES_OF_ENDED = 2;
const AT_ONCE = 10;

/** Safe to repeat, and to run twice at once. */
export const sweepGrants = async (around: SweepingGrants): Promise<SweptGrants> => {
  const living = await sweepLiving(around);
  const failed = [...living.failed];
  const suspects = new Set([...living.suspects, ...(await lately(around))]);
  // Without all that is held, everything else would look like an orphan.
  const found = living.complete ? await foundUnderPath(around, living.held, failed) : undefined;
  for (const grantId of found?.suspects ?? []) suspects.add(grantId);
  const collected: string[] = [];
  let looked = 0;
  for (const grantId of suspects) {
    if (!around.hasTime()) break;
    looked += 1;
    await collect(around, grantId).then(
      (names) => collected.push(...names),
      (error: unknown) => failed.push(`${grantId}: ${String(error)}`),
    );
  }
  const { compared } = living;
  const complete = living.complete && found?.complete === true && looked === suspects.size;
  return { compared, collected, strangers: found?.strangers ?? [], failed, complete };
};

type Living = {
  readonly compared: number;
  readonly complete: boolean;
  readonly held: ReadonlySet<string>;
  readonly suspects: readonly string[];
  readonly failed: readonly string[];
};

/** Every grant that is not over: what must be due of it, is; and what it holds. */
const sweepLiving = async (around: SweepingGrants): Promise<Living> => {
  const { grants, store, settings, config, hasTime } = around;
  const held = new Set<string>();
  const suspects: string[] = [];
  const failed: string[] = [];
  let compared = 0;
  for (const state of LIVING) {
    let cursor: string | undefined;
    do {
      if (!hasTime()) return { compared, complete: false, held, suspects, failed };
      const page = await grants.inState(state, cursor === undefined ? {} : { cursor });
      await inBatches(page.grants, AT_ONCE, async ({ grant, revision }) => {
        for (const object of heldBy(grant, config)) held.add(object);
        if (hasLeft(grant, around)) suspects.push(grant.id);
        // As the grant has it at this revision: a newer one's rows stay, and what was done stays done.
        await store.due.replace(grant.id, dueRows(grant, settings), revision).catch((error: unknown) => {
          failed.push(`${grant.id}: ${String(error)}`);
        });
        compared += 1;
      });
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return { compared, complete: true, held, suspects, failed };
};

/** The grants that have ended a while ago, and not long ago. */
const lately = async (around: SweepingGrants): Promise<readonly string[]> => {
  const { grants } = around;
  const ids: string[] = [];
  for (const state of ENDED) {
    let cursor: string | undefined;
    for (let pages = 0; pages < PAGES_OF_ENDED; pages += 1) {
      const page = await grants.inState(state, cursor === undefined ? {} : { cursor });
      ids.push(...page.grants.filter(({ grant }) => hasLeft(grant, around)).map(({ grant }) => grant.id));
      cursor = page.next;
      if (cursor === undefined) break;
    }
  }
  return ids;
};

const LEAVES: ReadonlySet<string> = new Set(['failed', 'revoked', 'activated']);

/** Whether an execution of it came to its end lately, and may have left something behind. */
const hasLeft = ({ history }: Grant, { now }: Pick<SweepingGrants, 'now'>): boolean =>
  history.some(({ did, at }) => {
    const seconds = (now().getTime() - Date.parse(at)) / 1000;
    return LEAVES.has(did) && seconds >= GRACE_SECONDS && seconds < LOOK_BACK_SECONDS;
  });
