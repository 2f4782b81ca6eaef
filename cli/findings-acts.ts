/** What people say to a finding: that they take care of it, or that it may be so until a day. */
import { Command, InvalidArgumentError } from 'commander';
import { OBJECT_SCHEMAS, ObjectState, placeOf } from '../functions/drift/kept.ts';
import { fightsOf } from '../functions/drift/kept-fights.ts';
import { acknowledgeFight } from '../functions/drift/reconcile/index.ts';
import type { Exception } from '../functions/drift-settings.ts';
import type { Store } from '../functions/store/index.ts';
import type { Row } from './findings-lines.ts';
import { hubStore, whoAmI } from './hub.ts';
import { print } from './output.ts';
import { millisFrom } from './since.ts';
import { Told } from './told.ts';

export const ackCommand = () =>
  new Command('ack')
    .description('say that you know of a finding; of a fight also that podid may put the thing right again')
    .argument('<id>', 'its id, from the list')
    .requiredOption('--why <reason>', 'for those who come after you')
    .action(async (id: string, { why }: { why: string }) => {
      const store = hubStore();
      const row = await openFinding(store, id);
      const at = new Date().toISOString();
      if (row.reason === 'FoughtOver') await endFight(store, row, at);
      const acknowledged = await store.findings.acknowledge(id, { by: await whoAmI(), at, why });
      if (acknowledged === undefined) throw new Told(`${id} was resolved meanwhile.`);
      if (row.reason === 'FoughtOver')
        return print(`Acknowledged. ${row.subject} of ${row.object} is looked at again.`);
      print(
        row.reason === 'BreakerTripped'
          ? `Acknowledged. The breaker stays tripped: podid brakes acknowledge ${row.object}`
          : 'Acknowledged, until it is resolved.',
      );
    });

export const suppressCommand = () =>
  new Command('suppress')
    .description('let it be so until a day: an exception, in your name; nothing is mended that it is about')
    .argument('<id>', 'its id, from the list')
    .requiredOption('--until <when>', 'a day (2026-12-01), a time, or a span: 30d', untilOf)
    .requiredOption('--why <reason>', 'for those who find it')
    .action(async (id: string, { until, why }: { until: string; why: string }) => {
      const store = hubStore();
      const row = await openFinding(store, id);
      const by = await whoAmI();
      const exception = await recordException(store, row, { by, at: new Date().toISOString(), until, why });
      if ((await store.findings.suppress(id, until)) === undefined) throw new Told(`${id} was resolved meanwhile.`);
      print(
        `Suppressed until ${until} by the exception ${exception}.${row.judge === 'drift' ? '' : ' It holds back nothing but what drift would mend.'}`,
      );
    });

/** @throws Told when there is none, or it is resolved */
export const openFinding = async (store: Store, id: string): Promise<Row> => {
  const row = await store.findings.get(id);
  if (row === undefined) throw new Told(`There is no finding ${id}. \`podid findings\` lists them.`);
  if (row.state !== 'open') throw new Told(`${id} is resolved since ${row.resolvedAt}.`);
  return row;
};

const ATTEMPTS = 5;

/** Takes the latch from the fight, and makes the object due: with the next look it is put right. */
const endFight = async (store: Store, { object, subject = '' }: Row, now: string): Promise<void> => {
  const objects = store.objects(OBJECT_SCHEMAS);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { state, revision } = await objects.read(object);
    if (state === undefined) return;
    const fights = acknowledgeFight(fightsOf(state.fights), subject);
    const after = ObjectState.parse({ ...state, fights, again: now });
    if (await objects.keep(placeOf(state.ref), after, revision, now)) return;
  }
  throw new Told(`${object} is being looked at by podid again and again; try again in a moment.`);
};

/** In place of those that were recorded for it before: the last word counts, and who asks later finds all of them. */
const recordException = async (
  store: Store,
  row: Row,
  { by, at, until, why }: { readonly by: string; readonly at: string; readonly until: string; readonly why: string },
): Promise<string> => {
  const before = (await store.exceptions.list()).filter(({ id }) => id === row.id || id.startsWith(`${row.id}-`));
  const exception: Exception = {
    id: before.length === 0 ? row.id : `${row.id}-${before.length + 1}`,
    owner: by.slice(0, 200),
    why,
    until,
    object: row.object,
    reason: row.reason,
    facet: row.judge === 'drift' ? (row.subject ?? '*') : '*',
  };
  if (!(await store.exceptions.put({ ...exception, by, at })))
    throw new Told(`Somebody else suppressed ${row.id} at this moment: podid findings show ${row.id}`);
  for (const { id } of before) await store.exceptions.end(id, by, at);
  return exception.id;
};

const untilOf = (text: string): string => {
  const isTime = /^\d{4}-\d{2}-\d{2}/.test(text);
  const at = isTime ? Date.parse(text) : Date.now() + millisFrom(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('A day (2026-12-01), a time, or a span: 30d.');
  if (at <= Date.now()) throw new InvalidArgumentError('That is over already.');
  return new Date(at).toISOString();
};
