/** Once an hour: due rows that a crash has lost are put back, and what executions have left behind is found and taken back. */
import * as z from 'zod';
import { Grant } from '../grants/index.ts';
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { type SweptGrants, sweepGrants } from './planning/sweep-grants.ts';

/** A spoke that does not answer takes 70 s, and a page of its roles is two questions. */
const ACCOUNT_MILLIS = 150_000;
/** What is not answered is looked at with the next sweep. */
const askSpoke = spokeAsker({ millis: 70_000, attempts: 1 });

export const handler = entry(z.unknown(), async (_scheduled, around): Promise<SweptGrants> => {
  const store = theStore();
  const { now, log, count, remainingMillis } = around;
  const settings = config();
  const swept = await sweepGrants({
    store,
    grants: store.grants(Grant),
    config: settings,
    settings: settings.grants,
    tell: tellWorld(around),
    start: startMachine,
    ask: (called, { account, region }, input) => askSpoke({ function: called, account, region, input }),
    now,
    hasTime: () => remainingMillis() > ACCOUNT_MILLIS,
  });
  if (swept.failed.length > 0) {
    log.error('the sweep of grants could not look at everything', { failed: swept.failed });
    count('GrantsNotSwept');
  }
  log.info('grants swept', { ...swept });
  return swept;
});
