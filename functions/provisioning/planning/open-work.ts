/** The beginning of an execution: is it still wanted, is nobody else at work on the grant, and what is to be read. */
import { type Grant, heldVersions } from '../../grants/index.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import type { Next, Run } from './contract.ts';
import { actsOf, GRANT_LEASE_SECONDS, type Hub, leaseOf, surveysOf, whyNotMake } from './machine.ts';
import { firstSurveys } from './surveys.ts';

/** Longer than the functions of an execution that was stopped may be at work still. */
const LAST_WRITES_SECONDS = 70;
const WAIT_SECONDS = 5;

export const openWork = async (
  hub: Hub,
  { work, run }: { readonly work: ProvisionWork; readonly run: Run },
  grant: Grant,
): Promise<Next> => {
  const { store, config, now } = hub;
  const name = workName(work);
  const rest = { waitSeconds: WAIT_SECONDS, surveys: [], items: [] };
  const lease = await store.leases.acquire(leaseOf(grant.id), name, now(), GRANT_LEASE_SECONDS);
  if (lease.outcome === 'held') {
    const told = `${lease.by} is at work on this grant until ${lease.until}.`;
    return { ...rest, next: 'wait', run, told };
  }
  if (run.waits === 0 && (await mayBeWriting(hub, work))) {
    const told = 'What was stopped may be writing still.';
    return { ...rest, next: 'wait', run: { ...run, waits: 1 }, waitSeconds: LAST_WRITES_SECONDS, told };
  }
  const begun = { ...run, waits: 0 };
  if (work.do !== 'provision') return { ...rest, next: 'wave', run: begun, told: 'The grant is ours to work on.' };
  const because = whyNotMake(grant, work);
  if (because !== undefined) return { ...rest, next: 'end', run: { ...begun, mode: 'undo', because }, told: because };
  const asked = heldVersions(grant).find(({ version }) => version === work.version);
  const earlier = heldVersions(grant).filter(({ version }) => version !== work.version);
  const wish = asked?.wish;
  if (wish === undefined) throw new RangeError(`grant ${grant.id} does not hold version ${work.version}`);
  const first = firstSurveys(
    { grantId: grant.id, wish, config },
    earlier.map((version) => version.wish),
  );
  const surveys = [...(await surveysOf(hub, work).ask(0, first))];
  return { ...rest, next: 'survey', run: begun, surveys, told: `${surveys.length} places to read.` };
};

/** Whether a function that an execution before this one called may be at work: the grant is ours by now, so that nobody calls another. */
const mayBeWriting = async (hub: Hub, work: ProvisionWork): Promise<boolean> => {
  if (work.do !== 'revoke') return work.do === 'undo';
  return (await actsOf(hub, work)).some((act) => act.came === undefined && act.work !== workName(work));
};
