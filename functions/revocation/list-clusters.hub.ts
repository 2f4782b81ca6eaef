/** The clusters that the sweep looks at: all that the configuration names. */
import * as z from 'zod';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import type { ListClustersOutput } from './sweep.ts';

export const handler = entry(
  z.unknown(),
  async (): Promise<ListClustersOutput> => ({
    clusters: config().spokes.flatMap(({ account, clusters }) =>
      clusters.map(({ region, name }) => ({ account, region, cluster: name })),
    ),
  }),
);
