/** What came of a tightening: into the journal, the lease given back with what was written; then the role is looked at again. */
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import type { TightenOutput } from './contract.ts';
import { type Next, RecordTighteningInput } from './judging/contract.ts';
import { lookAgain, wait } from './judging/next.ts';
import { outcomeNote } from './judging/notes.ts';
import { whyOf } from './judging/why.ts';

export const handler = entry(RecordTighteningInput, async (input, { now, count }): Promise<Next> => {
  const { role, look, tighten, outcome } = input;
  const { journal, leases } = theStore();
  const note = outcomeNote(tighten, look.rounds, outcome, now().toISOString());
  await journal.append([note]);
  if ('error' in outcome) {
    // The lease is kept until it runs out: the spoke's function may be writing still.
    count('TightenFailed');
    return lookAgain({ ...look, held: `Narrowing it failed: ${whyOf(outcome.error)}` }, note.text);
  }
  const { status, digest, at } = outcome;
  await leases.release(tighten.input.roleArn, role.id, digest === undefined ? undefined : { digest, at });
  if (status === 'written' || status === 'accepted') {
    count('TrustTightened');
    const written = { ...look, tightened: true };
    return status === 'written' ? lookAgain(written, note.text) : wait(written, note.text);
  }
  // In between somebody else wrote, or made another role of it: the next look may well ask again.
  if (TRY_AGAIN.has(status)) return wait(look, note.text);
  return lookAgain({ ...look, held: note.text }, note.text);
});

const TRY_AGAIN: ReadonlySet<TightenOutput['status']> = new Set(['changed', 'role-gone']);
