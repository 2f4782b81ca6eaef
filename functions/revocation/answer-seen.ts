/** The one way in which creations and updates are answered: keep what was shown, judge it, begin what follows. */
import type { Config } from '../config.ts';
import { seenOf } from '../store/association-row.ts';
import type { Store } from '../store/index.ts';
import { modeOf, revocationOf } from './begin.ts';
import { type Begun, elect, type Hub } from './elect.ts';
import { judgeSeen, type Shown } from './judge-seen.ts';

export type SeenHub = Hub & {
  readonly store: Pick<Store, 'associations' | 'brakes' | 'denies' | 'journal' | 'revocations'>;
  readonly config: Config;
  readonly count: (metric: string) => void;
};

export type SeenAnswer = { readonly begun: readonly Begun[]; readonly finding: string | null };

/** Safe to repeat: rows merge, entries and revocations are keyed by what they are about. */
export const answerSeen = async (hub: SeenHub, change: Shown): Promise<SeenAnswer> => {
  const { store, config, now, by, count } = hub;
  const seen = seenOf(change.state, change.at, change.actor);
  const row = await store.associations.keep(change.identity, seen);
  const { losses, toBound, finding } = judgeSeen(change, row, seen, await store.denies.of(change.identity));

  if (finding !== undefined) {
    count(finding.reason);
    const about = { subject: change.state.associationArn, object: change.state.associationArn, round: seen.revision };
    await store.journal.append([
      {
        ...about,
        at: now().toISOString(),
        kind: 'note',
        step: by,
        by,
        text: finding.sentence,
        details: { ...finding },
      },
    ]);
  }
  for (const { identity, since } of losses) {
    await store.brakes.countAgainstBreaker(identity, since, config.breaker, (then) =>
      store.associations.countAt(identity, then),
    );
  }
  const begun: Begun[] = [];
  for (const what of [...losses, ...(toBound === undefined ? [] : [toBound])]) {
    begun.push(await elect(hub, revocationOf(what, modeOf(config, what.identity))));
    count('RevocationBegun');
  }
  return { begun, finding: finding?.reason ?? null };
};
