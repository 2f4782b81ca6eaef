/** Work that should be under way: begun again under its own name, or, where that has run and told nothing, gone on with as after a stop. */
import { type Grant, phaseOf } from '../../grants/index.ts';
import type { Store } from '../../store/index.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import { carryOut, MACHINE, type Transitions } from '../transitions.ts';
import { leaseOf } from './machine.ts';
import { revocationOf } from './work-after.ts';
import { undoingAfter } from './work-stopped.ts';

export type TakingUp = Transitions & { readonly store: Pick<Store, 'claims' | 'due' | 'leases'> };

/** A start may be lost for so long; a name that runs is not run again, nor is one that has. */
const LOST_AFTER_SECONDS = 600;

/** What a grant waits for, when it has heard nothing for a while. */
export const overdueWork = (grant: Grant, now: Date, skewSeconds: number): ProvisionWork | undefined => {
  const last = grant.history.at(-1)?.at ?? '';
  const quiet = (now.getTime() - Date.parse(last)) / 1000 - skewSeconds;
  return quiet < LOST_AFTER_SECONDS ? undefined : waitedFor(grant);
};

const waitedFor = (grant: Grant): ProvisionWork | undefined => {
  if (phaseOf(grant) === 'revoking') return revocationOf(grant);
  const { pending } = grant;
  if (pending?.stage !== 'provisioning') return undefined;
  return { grantId: grant.id, version: pending.version, attempt: 1, do: 'provision' };
};

/**
 * Sees to it that an execution is at work. Step Functions says which have closed: it takes the start of one that runs for done, and
 * refuses that of one that has run. One that has closed while its grant still waits for it has left no result, whatever became of the
 * event that should have told: what it has half made goes again.
 * @returns The name of the execution that is under way now; undefined when nothing is waited for any more.
 */
export const takeUp = async (around: TakingUp, first: ProvisionWork): Promise<string | undefined> => {
  const { start, grants, store } = around;
  let work: ProvisionWork | undefined = first;
  while (work !== undefined) {
    const name = workName(work);
    if (await start(MACHINE, name, work)) return name;
    // It may have told while we asked.
    const waited = await grants.get(work.grantId).then((kept) => kept && waitedFor(kept.grant));
    if (waited === undefined || workName(waited) !== workName(first)) return undefined;
    await store.leases.release(leaseOf(work.grantId), name);
    const because = `The execution ${name} has ended without a result.`;
    if (work.do === 'revoke') {
      // What follows from it is the next attempt.
      await carryOut(around, work.grantId, { kind: 'revocation-failed', id: `${name}/stopped`, because, left: [] });
      return undefined;
    }
    const next: ProvisionWork | undefined = undoingAfter(work);
    if (next === undefined) await giveUp(around, work, because);
    work = next;
  }
  return undefined;
};

/** It fails with what it has left: a grant that has ended has its orphans collected. */
const giveUp = async (around: TakingUp, { grantId, version }: ProvisionWork, because: string): Promise<void> => {
  const left = [`What was made for version ${version}: it could not be undone, and is looked for again.`];
  const id = `v${version}/given-up`;
  await carryOut(around, grantId, { kind: 'failed', id, version, because, undone: [], left });
};
