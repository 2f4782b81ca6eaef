/** Waiting until the revocations that the deletion of associations has started are through: they need the roles. */
import type { Store } from '../../store/index.ts';
import type { Next, Run } from './contract.ts';
import type { Thing } from './made.ts';

/** What to wait for; undefined when there is nothing any more. */
export type Revocations = (things: readonly Thing[], run: Run) => Promise<Next | undefined>;

/** For the deletion's event to come. */
const EVENT_SECONDS = 5;
const WAIT_SECONDS = 10;
/** Ten minutes: a revocation takes as long as its pods take to be replaced, and cuts their sessions at its beginning. */
const MOST_WAITS = 60;

export const runningRevocations =
  ({ revocations }: Pick<Store, 'revocations'>): Revocations =>
  async (things, run) => {
    const identities = things.flatMap(({ identity }) => identity ?? []);
    if (identities.length === 0) return undefined;
    const waits = run.wave === 'revocations' ? run.waits : 0;
    if (waits > MOST_WAITS) return undefined;
    const running = (await Promise.all(identities.map((identity) => revocations.runningFor(identity)))).flat();
    if (waits > 0 && running.length === 0) return undefined;
    return {
      next: 'wait',
      run: { ...run, wave: 'revocations', waits: waits + 1 },
      waitSeconds: waits === 0 ? EVENT_SECONDS : WAIT_SECONDS,
      surveys: [],
      items: [],
      told: `${running.length} revocations are running.`,
    };
  };
