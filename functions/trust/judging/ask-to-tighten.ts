/** From "it may be narrowed" to the spoke's input: the lease on the role, a last look at what was written, the intent in the journal. */
import type { FindingRow } from '../../store/finding-row.ts';
import type { Store } from '../../store/index.ts';
import type { ReadRoleOutput, RoleToJudge } from '../contract.ts';
import { digestOf } from '../digest.ts';
import type { RoleUse } from '../findings/facts.ts';
import type { Look, Next, Tightening } from './contract.ts';
import { sourceUses } from './may-tighten.ts';
import { done, tightenNow, waitOnce } from './next.ts';
import { intentNote } from './notes.ts';
import { secondsInThePast } from './past.ts';

/**
 * How long a role is ours: longer than `tighten-trust` can be at work with all its retries, and the minute that its function may live on
 * after the last (a test adds them up).
 */
export const LEASE_SECONDS = 600;

export type Asking = {
  readonly store: Pick<Store, 'journal' | 'leases'>;
  readonly role: RoleToJudge;
  readonly look: Look;
  readonly read: Extract<ReadRoleOutput, { role: 'present' }>;
  readonly uses: readonly RoleUse[];
  readonly spoke: { readonly account: string; readonly region: string };
  readonly broad: readonly FindingRow[];
  readonly propagationSeconds: number;
  readonly now: Date;
};

/** Takes the lease and says what is to be written; or that the machine must wait, or that others are at work. */
export const askToTighten = async (asking: Asking): Promise<Next> => {
  const { store, role, look, read, spoke, broad, propagationSeconds, now } = asking;
  const lease = await store.leases.acquire(read.roleArn, role.id, now, LEASE_SECONDS);
  if (lease.outcome === 'held') {
    const because = `The execution ${lease.by} is at work on this role until ${lease.until}.`;
    return waitOnce(look, because) ?? done(look, `${because} It judges the role again when it has written.`);
  }
  // Between our reading and our lease another execution may have had it.
  const past = secondsInThePast({
    ...read,
    lastWritten: lease.lastWritten,
    cause: role.cause,
    propagationSeconds,
    now,
  });
  if (past !== undefined) {
    await store.leases.release(read.roleArn, role.id);
    return waitOnce(look, PAST, past) ?? done(look, PAST);
  }
  const tighten: Tightening = { ...spoke, input: inputOf(asking) };
  const next = tightenNow(look, tighten, `Narrowed to ${tighten.input.identities.length} service accounts.`);
  await store.journal.append([intentNote(tighten, next.look.rounds, broad, now.toISOString())]);
  return next;
};

export const PAST = 'IAM still shows a trust policy from before the last one that was written.';

const inputOf = ({ role, read, uses }: Asking): Tightening['input'] => ({
  roleArn: read.roleArn,
  roleId: read.roleId,
  digest: digestOf(read.trust),
  identities: sourceUses(uses).map(({ identity }) => identity),
  asker: role.id,
});
