/** How a cluster should be: as podid was deployed into it, and with the agent that it had. */
import { ANY_ID, type Desired } from '../../contract.ts';
import { alsoOf } from './also.ts';
import type { Known } from './known.ts';
import { mergeWishes, type Wisher } from './merge.ts';

export const desiredCluster = ({ setup, baseline, intents, id = ANY_ID }: Known): Desired => {
  const first: readonly Wisher[] =
    setup === undefined ? [] : [{ by: { kind: 'setup' }, wants: new Map([['exists', id], ...Object.entries(setup)]) }];
  const second: readonly Wisher[] =
    baseline === undefined
      ? []
      : [
          {
            by: { kind: 'baseline', acceptedAt: baseline.acceptedAt },
            wants: new Map(Object.entries(baseline.facets)),
          },
        ];
  const merged = mergeWishes(first, second);
  return { ...merged, closed: [], ...alsoOf(merged.wanted, [], intents) };
};
