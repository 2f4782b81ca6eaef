/** What has come due of grants: nobody allowed it in time, its end is near, or has come; and work that nobody does any more. */
import type { DueRow, GrantEvent } from '../../grants/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import { workName } from '../contract.ts';
import { carryOut } from '../transitions.ts';
import { allOf, type Grants } from './machine.ts';
import { overdueWork, type TakingUp, takeUp } from './take-up.ts';

export type Sweeping = TakingUp & {
  readonly grants: Grants;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
  /** The kill switch is on, and is to hold the ends of grants, too: they come due again. */
  readonly endsHeld?: boolean;
};

export type ComeDue = {
  readonly done: number;
  /** The executions that are under way for what nobody was heard to do. */
  readonly restarted: readonly string[];
  /** What could not be done, and why: it is due the next time, too. */
  readonly failed: readonly string[];
  readonly complete: boolean;
};

const AT_ONCE = 10;

/** Safe to repeat, and to run twice at once: each row is a hint, and its event's id is made of it. One that fails stops no other. */
export const comeDue = async (around: Sweeping): Promise<ComeDue> => {
  const { store, now, hasTime, endsHeld = false } = around;
  const failed: string[] = [];
  let done = 0;
  let cursor: string | undefined;
  do {
    const page = await store.due.until(now().toISOString(), cursor === undefined ? {} : { cursor });
    const rows = page.rows.filter(({ due }) => !(endsHeld && due === 'expire'));
    await inBatches(rows, AT_ONCE, async (row) => {
      try {
        // A refusal means that it is otherwise by now: that is done, too.
        if (!isLateWarning(row, now())) await carryOut(around, row.grantId, eventFor(row));
        await store.due.done(row);
        done += 1;
      } catch (error) {
        failed.push(`${row.due} of ${row.grantId}: ${String(error)}`);
      }
    });
    cursor = page.next;
  } while (cursor !== undefined && hasTime());
  const restarted = hasTime() ? await restart(around, failed) : [];
  return { done, restarted, failed, complete: cursor === undefined };
};

/** Of an end that is over nobody is warned: its own row is due as well. */
const isLateWarning = ({ due, expireAt = '' }: Readonly<DueRow>, now: Date): boolean =>
  due === 'warn' && Date.parse(expireAt) <= now.getTime();

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

/** A start that was lost, or an end that nobody told: what should be under way is seen to. */
const restart = async (around: Sweeping, failed: string[]): Promise<readonly string[]> => {
  const { grants, now, settings } = around;
  const states = ['provisioning', 'changing', 'revoking'] as const;
  const busy = (await Promise.all(states.map((state) => allOf((paging) => grants.inState(state, paging))))).flat();
  const works = busy.flatMap((grant) => overdueWork(grant, now(), settings.skewSeconds) ?? []);
  const taken = await inBatches(works, AT_ONCE, (work) =>
    takeUp(around, work).catch((error: unknown) => {
      failed.push(`${workName(work)}: ${String(error)}`);
      return undefined;
    }),
  );
  return taken.filter((name) => name !== undefined);
};
