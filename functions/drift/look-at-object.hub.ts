/** One look at one object: reads it through its spoke, judges it, and puts right what may be put right. The machine only calls it again when it is time. */
import { Grant } from '../grants/index.ts';
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { Look } from './looking/contract.ts';
import { lookAt } from './looking/look.ts';

/** A spoke that does not answer takes 70 s. What is asked once more is safe to: its functions look before they write. */
const askSpoke = spokeAsker({ millis: 70_000, attempts: 2 });

export const handler = entry(Look, async (look, around): Promise<Look> => {
  const store = theStore();
  const { now, count, log } = around;
  const after = await lookAt(
    {
      ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
      ...{ now, count, ask: (call) => askSpoke(call), start: startMachine, tell: tellWorld(around) },
    },
    look,
  );
  log.info('looked', { ...after });
  return after;
});
