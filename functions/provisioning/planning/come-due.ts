/** What has come due of grants: nobody allowed it in time, its end is near, or has come; and work that nobody does any more. */
import { type DueRow, type Grant, type GrantEvent, phaseOf } from '../../grants/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Store } from '../../store/index.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import { carryOut, MACHINE, type Transitions } from '../transitions.ts';
import { allOf, GRANT_LEASE_SECONDS, type Grants } from './machine.ts';
import { revocationOf } from './work-after.ts';

export type Sweeping = Transitions & {
  readonly grants: Grants;
  readonly store: Pick<Store, 'claims' | 'due'>;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
};

export type ComeDue = { readonly done: number; readonly restarted: readonly string[]; readonly complete: boolean };

const AT_ONCE = 10;

/** Safe to repeat, and to run twice at once: each row is a hint, and its event's id is made of it. */
export const comeDue = async (around: Sweeping): Promise<ComeDue> => {
  const { store, now, hasTime, settings } = around;
  let done = 0;
  let cursor: string | undefined;
  do {
    const page = await store.due.until(now().toISOString(), cursor === undefined ? {} : { cursor });
    await inBatches(page.rows, AT_ONCE, async (row) => {
      // A refusal means that it is otherwise by now: that is done, too.
      await carryOut(around, row.grantId, eventFor(row));
      await store.due.done(row);
      done += 1;
    });
    cursor = page.next;
  } while (cursor !== undefined && hasTime());
  const restarted = hasTime() ? await restart(around, settings.skewSeconds) : [];
  return { done, restarted, complete: cursor === undefined };
};

const eventFor = (row: Readonly<DueRow>): GrantEvent => {
  const { due, at, version, expireAt = at } = row;
  const id = `due/${due}/${version}/${at}`;
  switch (due) {
    case 'lapse':
      return { kind: 'lapsed', id, version };
    case 'warn':
      return { kind: 'expiry-warned', id, expireAt };
    case 'expire':
      return { kind: 'expired', id, expireAt };
  }
};

/** A start that was lost, or an end that nobody told: what should be under way is begun again, under its own name. */
const restart = async ({ grants, start, now }: Sweeping, skewSeconds: number): Promise<readonly string[]> => {
  const states = ['provisioning', 'changing', 'revoking'] as const;
  const busy = (await Promise.all(states.map((state) => allOf((paging) => grants.inState(state, paging))))).flat();
  const works = busy.flatMap((grant) => overdue(grant, now(), skewSeconds));
  return inBatches(works, AT_ONCE, async (work) => {
    await start(MACHINE, workName(work), work);
    return workName(work);
  });
};

/** A start may be lost for so long; a name that has run already is not run again. */
const LOST_AFTER_SECONDS = 600;

const overdue = (grant: Grant, now: Date, skewSeconds: number): readonly ProvisionWork[] => {
  const last = grant.history.at(-1)?.at ?? '';
  const quiet = (now.getTime() - Date.parse(last)) / 1000 - skewSeconds;
  if (quiet < LOST_AFTER_SECONDS) return [];
  const phase = phaseOf(grant);
  if (phase === 'revoking') {
    const work = revocationOf(grant);
    return work === undefined ? [] : [work];
  }
  const { pending } = grant;
  if (pending?.stage !== 'provisioning') return [];
  const work = { grantId: grant.id, version: pending.version, attempt: 1 } as const;
  // Past the machine's time its end was lost as well: what it has half made goes again.
  return [{ ...work, do: quiet > GRANT_LEASE_SECONDS ? 'undo' : 'provision' }];
};
