/** What the sweep looks at: every account and cluster that the configuration names. */
import * as z from 'zod';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import type { ListClustersOutput } from './sweep/contract.ts';
import { toSweep } from './sweep/to-sweep.ts';

export const handler = entry(
  z.unknown(),
  async (_scheduled, { now }): Promise<ListClustersOutput> => toSweep(config(), now()),
);
