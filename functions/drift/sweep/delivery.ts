/** What is wrong about the way in which an account's events come to us: a trail that is off, a rule that is gone, events that are lost. Pure. */
import type { Found, Judgement } from '../../store/finding-row.ts';
import type { PlaceDelivery } from '../../store/sweeps.ts';
import { DRIFT_REASONS } from '../detect/reasons.ts';
import type { ConcludeSweepInput } from './contract.ts';
import { lostIn } from './summary.ts';

export type Judged = { readonly object: string; readonly found: readonly Found[]; readonly judgement: Judgement };

/** One judgement for each account and region of which anything is known. */
export const judgedDelivery = (
  delivery: readonly PlaceDelivery[],
  { lookups, sweep }: Pick<ConcludeSweepInput, 'lookups' | 'sweep'>,
  at: string,
): Judged[] =>
  delivery.map((place) => ({
    object: `${place.account}/${place.region}`,
    found: foundOf(place, sweep.startedAt),
    judgement: {
      at,
      cause: { kind: 'Sweep' },
      // Where nothing happened nothing is proven, and what was wrong may be so still.
      complete: place.told + lostIn(place) > 0 && lookups.every(({ outcome }) => outcome === 'swept'),
      judge: 'sweep',
    },
  }));

const foundOf = (place: PlaceDelivery, since: string): Found[] => {
  const lost = lostIn(place);
  if (lost === 0) return [];
  const { account, region, told, missed, silent } = place;
  const where = `account ${account}, ${region}`;
  const what = `CloudTrail's history shows ${missed} that no event told; ${silent} differences were found of which none had told`;
  if (told === 0) {
    const sentence = `Not one event came from ${where} before the sweep of ${since}, and there were changes: ${what}.`;
    return [{ ...reasonOf('TrailSilent'), sentence }];
  }
  const sentence = `Of the changes in ${where} before the sweep of ${since}, ${told} were told by events and ${lost} were not: ${what}.`;
  return [{ ...reasonOf('EventsMissed'), sentence }];
};

const reasonOf = (reason: 'TrailSilent' | 'EventsMissed'): Pick<Found, 'reason' | 'severity' | 'remedy'> => {
  const { severity, remedy } = DRIFT_REASONS[reason];
  return { reason, severity, remedy };
};
