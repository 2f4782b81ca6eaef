/** After an act: what came of it on record, the lease given back; or the item tries again. */
import type * as z from 'zod';
import { identityKey } from '../../identity.ts';
import type { Came as KeptCame } from '../../store/made.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import type { KeepOutcomeInput, OutcomeKept } from './contract.ts';
import { actsOf, type Hub, leaseOf } from './machine.ts';
import { type Act, type Came, Intent } from './made.ts';
import { meaningOf } from './outcome.ts';
import { podsMeaning } from './pods-record.ts';

export const keepOutcome = async (hub: Hub, input: z.infer<typeof KeepOutcomeInput>): Promise<OutcomeKept> => {
  const { work, run, item, tries, outcome } = input;
  const asker = workName(work);
  const wave = run.wave ?? 'verification';
  const meaning = wave === 'restarts' ? await podsMeaning(hub, input) : meaningOf(input.function, outcome, tries);
  // Without an answer the spoke may be at work still: then the lease is kept until it runs out.
  if (item.what === 'role' && 'answer' in outcome) await hub.store.leases.release(item.object, leaseOf(work.grantId));
  if ('again' in meaning) {
    return { next: 'again', waitSeconds: meaning.waitSeconds, tries: tries + 1, told: meaning.again };
  }
  if ('found' in meaning) {
    const acts = await actsOf(hub, work);
    const found = meaning.found.find(({ identity }) => identityKey(identity) === item.object);
    await settle(hub, work, acts, item.object, found?.state.associationId);
    return { next: 'again', waitSeconds: 1, tries: tries + 1, told: found ? 'It is there.' : 'It is not there.' };
  }
  const doing = { grantId: work.grantId, execution: asker, step: wave, what: item.what, object: item.object };
  const intended = await hub.store.made.intended(doing);
  const { came } = meaning;
  await hub.store.made.came(doing, {
    at: hub.now().toISOString(),
    by: 'keep-outcome',
    text: `${input.function}: ${came.status}.${came.because === undefined ? '' : ` ${came.because}`}`,
    details: came,
    came: keptAs(came, intended && Intent.parse(intended.details), input.function),
    ...(came.associationId !== undefined && { id: came.associationId }),
  });
  return { next: 'done', waitSeconds: 1, tries, told: came.because ?? came.status };
};

/** The acts whose answer was lost get it now: the association is there, or it never was. */
const settle = async (
  { store, now }: Hub,
  { grantId }: ProvisionWork,
  acts: readonly Act[],
  object: string,
  associationId: string | undefined,
): Promise<void> => {
  const open = acts.filter(
    ({ intent, came, object: of }) =>
      of === object && intent.wave === 'associations' && came?.associationId === undefined,
  );
  for (const { work } of open) {
    const came: Came =
      associationId === undefined
        ? { status: 'refused', done: false, because: 'It was not there when it was looked for.' }
        : { status: 'created', done: false, associationId };
    await store.made.came(
      { grantId, execution: work, step: 'associations', what: 'association', object },
      {
        at: now().toISOString(),
        by: 'keep-outcome',
        text: 'Looked for, since its answer was lost.',
        details: came,
        came: associationId === undefined ? 'refused' : 'created',
        ...(associationId !== undefined && { id: associationId }),
      },
    );
  }
};

/** In the words of the record: whose it is from now on. */
const keptAs = ({ status, done, associationId }: Came, intent: Intent | undefined, called: string): KeptCame => {
  const goesBack =
    intent?.wave.startsWith('undo-') === true || intent?.wave === 'removals' || intent?.wave === 'releases';
  if (goesBack) {
    if (status === 'quarantined') return 'quarantined';
    if (!done) return 'left';
    // Somebody had deleted it meanwhile.
    if (associationId !== undefined) return 'created';
    // Put back as the version in force has it: it stays the grant's, which can be changed again.
    if (intent?.standing !== undefined || called !== 'undo-grant') return 'kept';
    return status === 'gone' ? 'gone' : 'undone';
  }
  if (!done) return status === 'failed' || status === 'not-visible' || status === 'missing' ? 'failed' : 'refused';
  if (status === 'created') return 'created';
  const adopted = intent?.standing === 'adopt' || intent?.standing === 'take-over';
  if (adopted) return 'adopted';
  return status === 'updated' ? 'updated' : 'kept';
};
