/** One sweep at a time: two would take twice the calls a second that everybody in an account shares. */
import { Failure } from '../../runtime/errors.ts';
import type { Store } from '../../store/index.ts';

type Leases = Pick<Store['leases'], 'acquire' | 'holder' | 'release'>;

const LEASE = 'sweep';
/** No execution lives longer: `TimeoutSeconds` of sweep.asl.json. */
const LEASE_SECONDS = 86_400;
const ATTEMPTS = 5;

/**
 * Takes the lease on sweeping in an execution's name; asked again by the same execution, it has it. Otherwise the name of the execution that sweeps
 * already. One that has come to its end without giving it back has crashed, or was stopped: its lease counts for nothing.
 * @throws Failure Conflict when others were quicker each time
 */
export const sweptByOther = async (
  leases: Leases,
  execution: string,
  now: () => Date,
  hasEnded: (execution: string) => Promise<boolean>,
): Promise<string | undefined> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if ((await leases.acquire(LEASE, execution, now(), LEASE_SECONDS)).outcome === 'granted') return undefined;
    const holder = await leases.holder(LEASE, now());
    // Given back meanwhile, or our own other try was quicker.
    if (holder === undefined || holder === execution) continue;
    if (!(await hasEnded(holder))) return holder;
    await leases.release(LEASE, holder);
  }
  throw new Failure('Conflict', `the lease on sweeping was taken by others ${ATTEMPTS} times in a row; try again`);
};

/** Gives the lease back; nothing happens when it is somebody else's by now. */
export const endSweep = async (leases: Pick<Leases, 'release'>, execution: string): Promise<void> => {
  await leases.release(LEASE, execution);
};
