/** Answers every change that can be drift: the objects that it is about are looked at, where anybody looks after them. */
import { CHANGE_KINDS } from '../changes/index.ts';
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { seenIn } from './known-of-change.ts';
import { tellOfChange } from './looking/tell.ts';

export const handler = eventEntry(CHANGE_KINDS, async (change, { now, log }) => {
  const store = theStore();
  const objects = store.objects(OBJECT_SCHEMAS);
  const hub = { store, objects, grants: store.grants(Grant), config: config(), now, start: startMachine };
  const told = await tellOfChange(hub, await seenIn(hub, change));
  log.info('told', { kind: change.kind, ...told });
  return told;
});
