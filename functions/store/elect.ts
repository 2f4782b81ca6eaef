/** Beginning a revocation, so that it begins once and a crash at any point is made good by doing it again. */
import { showIdentity } from '../identity.ts';
import type { Revocation } from '../revocation.ts';
import type { Store } from './index.ts';

/** What the hub function hands in: the store, the way to start the machine, the clock, and its own name for the journal. */
export type ElectingHub = {
  readonly store: Pick<Store, 'revocations' | 'journal'>;
  /** False when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: Revocation) => Promise<boolean>;
  readonly now: () => Date;
  readonly by: string;
};

/** `closed`: its execution has ended without a record; a person must retry it. */
export type Begun = { readonly revocation: string; readonly status: 'started' | 'ended-before' | 'closed' };

/**
 * Elects the revocation, journals it, and starts the machine under its id. Who finds the row there already starts the machine
 * again with what stands in the row: starting twice is starting once, and a crash between row and start is healed.
 * @param happened What happened to the identity, for the journal: `lost its association`
 */
export const electRevocation = async (
  { store, start, now, by }: ElectingHub,
  wanted: Revocation,
  happened: (revocation: Revocation) => string,
): Promise<Begun> => {
  const elected = await store.revocations.elect(wanted, now().toISOString());
  const row = elected ? undefined : await store.revocations.get(wanted.id);
  if (row?.status === 'ended') return { revocation: wanted.id, status: 'ended-before' };
  const revocation = row?.revocation ?? wanted;
  const { identity, actor, since, mode } = revocation;
  const note = { subject: revocation.id, by, at: now().toISOString(), object: showIdentity(identity) };
  const who = actor.arn ?? actor.invokedBy ?? actor.type;
  const sentence = `${showIdentity(identity)} ${happened(revocation)}, by ${who} at ${since}; mode ${mode}.`;
  await store.journal.append([{ ...note, kind: 'intent', step: by, text: sentence, details: { ...revocation } }]);
  if (await start('revoke', revocation.id, revocation)) return { revocation: revocation.id, status: 'started' };
  const text = `The execution ${revocation.id} has ended and recorded nothing. Retry it: podid revocations retry ${revocation.id}`;
  await store.journal.append([{ ...note, kind: 'outcome', step: by, text }]);
  return { revocation: revocation.id, status: 'closed' };
};
