/** What the hub remembers of each object that drift is judged of: how it was last seen, who changed it, what was intended, what was accepted. One partition an object. */
import * as z from 'zod';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import { instant, readRow } from './row.ts';
import type { Stored, Table } from './table.ts';

/** The parts as the capability has them, a floor above. */
export type ObjectSchemas<State, Change, Intent, Baseline> = {
  readonly state: z.ZodType<State>;
  readonly change: z.ZodType<Change>;
  readonly intent: z.ZodType<Intent>;
  readonly baseline: z.ZodType<Baseline>;
};

/** Under what an object is kept and listed: its key, its kind, and the account that it is in. */
export type ObjectPlace = { readonly key: string; readonly kind: string; readonly account: string };

export type KeptObject<State, Change, Intent, Baseline> = {
  readonly state: State | undefined;
  /** Of the state: 0 where there is none. */
  readonly revision: number;
  readonly baseline: Baseline | undefined;
  /** In the order of time. */
  readonly changes: readonly Change[];
  readonly intents: readonly Intent[];
};

export type ObjectsPage<State> = { readonly states: readonly State[]; readonly next?: string };

/** The dirty marker's fields; what they mean, the capability says. Instants are epoch milliseconds. */
export const MarkerRow = z.object({
  generation: z.int(),
  running: z.object({ holder: z.string(), generation: z.int(), until: z.number() }).optional(),
});
export type MarkerRow = z.infer<typeof MarkerRow>;

const Marked = z.object({ marker: MarkerRow.optional(), version: z.int() });

const ATTEMPTS = 8;
/** A partition of an index takes 1,000 writes a second; a burst over 15,000 objects is spread. */
const SHARDS = 8;

const pk = (key: string): string => `OBJECT#${key}`;
const changeKey = (key: string, { at, eventId }: { readonly at: string; readonly eventId: string }) => ({
  pk: pk(key),
  sk: `CHANGE#${instant(at)}#${eventId}`,
});
const listPk = (kind: string, account: string): string => `OBJECTS#${kind}#${account}`;
const duePk = (shard: number): string => `OBJECT#due#${shard}`;

export const objects = <
  State,
  Change extends { readonly eventId: string; readonly at: string },
  Intent extends { readonly execution: string; readonly facet: string },
  Baseline extends object,
>(
  table: Table,
  schemas: ObjectSchemas<State, Change, Intent, Baseline>,
) => ({
  /** Everything that is known of an object, in one query. */
  read: async (key: string): Promise<KeptObject<State, Change, Intent, Baseline>> => {
    const rows = await table.all({ pk: pk(key) });
    const one = (sk: string): Stored | undefined => rows.find((row) => row.sk === sk);
    const many = (prefix: string): Stored[] => rows.filter(({ sk }) => String(sk).startsWith(prefix));
    const [state, baseline] = [one('STATE'), one('BASELINE')];
    return {
      state: state && readRow(schemas.state, state),
      revision: Number(state?.revision ?? 0),
      baseline: baseline && readRow(schemas.baseline, baseline),
      changes: many('CHANGE#').map((row) => readRow(schemas.change, row)),
      intents: many('INTENT#').map((row) => readRow(schemas.intent, row)),
    };
  },

  /** Keeps what is known now, if nobody has since `revision` (0: nobody ever): else false. `again`: when it is due to be looked at. */
  keep: (place: ObjectPlace, state: State & object, revision: number, again?: string): Promise<boolean> =>
    table.put(
      {
        pk: pk(place.key),
        sk: 'STATE',
        ...state,
        revision: revision + 1,
        gsiTimePk: listPk(place.kind, place.account),
        gsiTimeSk: place.key,
        ...(again !== undefined && { duePk: duePk(shardOf(place.key)), dueSk: `${instant(again)}#${place.key}` }),
      },
      revision === 0 ? 'absent' : { field: 'revision', equals: revision },
    ),

  /** A page of the objects of a kind in an account, by key. Read from an index: a second old at times. */
  list: async (
    kind: string,
    account: string,
    paging: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<ObjectsPage<State>> => {
    const range = { index: 'byTime', pk: listPk(kind, account) } as const;
    const { items, next } = await table.page(range, paging.limit ?? 100, paging.cursor);
    return { states: items.map((row) => readRow(schemas.state, row)), ...(next !== undefined && { next }) };
  },

  /** Those that are due to be looked at again, at most so many of each shard, the first to be due first. From an index. */
  due: async (now: string, limit: number): Promise<State[]> => {
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
    const pages = await inBatches(shards, SHARDS, (shard) =>
      table.page({ index: 'due', pk: duePk(shard), upTo: `${instant(now)}~` }, limit),
    );
    return pages.flatMap(({ items }) => items.map((row) => readRow(schemas.state, row)));
  },

  /** Adds a change that was told; false when it was told before. `expiresAt`: epoch seconds. */
  addChange: (key: string, change: Change, expiresAt: number): Promise<boolean> =>
    table.put({ ...changeKey(key, change), ...change, expiresAt }, 'absent'),

  /** Writes a change that was told anew, with what was found out about it since. `expiresAt`: epoch seconds. */
  keepChange: async (key: string, change: Change, expiresAt: number): Promise<void> => {
    await table.put({ ...changeKey(key, change), ...change, expiresAt });
  },

  /** Records an intent, or what became of it. `expiresAt`: epoch seconds. */
  keepIntent: async (key: string, intent: Intent, expiresAt: number): Promise<void> => {
    await table.put({ pk: pk(key), sk: `INTENT#${intent.execution}#${intent.facet}`, ...intent, expiresAt });
  },

  /** What its owner has accepted; the last one counts. */
  keepBaseline: async (key: string, baseline: Baseline): Promise<void> => {
    await table.put({ pk: pk(key), sk: 'BASELINE', ...baseline });
  },

  baseline: async (key: string): Promise<Baseline | undefined> => {
    const stored = await table.get({ pk: pk(key), sk: 'BASELINE' });
    return stored && readRow(schemas.baseline, stored);
  },

  /** The marker as `step` makes it, in one conditional write. Undefined: clean. @throws Conflict */
  remark: async <Told>(
    key: string,
    step: (marker: MarkerRow | undefined) => { readonly marker: MarkerRow | undefined; readonly told: Told },
  ): Promise<Told> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await table.get({ pk: pk(key), sk: 'MARK' });
      const row = stored && readRow(Marked, stored);
      const { marker, told } = step(row?.marker);
      if (marker === row?.marker) return told;
      const after = { pk: pk(key), sk: 'MARK', ...(marker && { marker }), version: (row?.version ?? 0) + 1 };
      if (await table.put(after, row === undefined ? 'absent' : { field: 'version', equals: row.version })) return told;
    }
    throw new Failure('Conflict', `the marker of ${key} was written by others ${ATTEMPTS} times in a row; try again`);
  },
});

/** FNV-1a: any even spread does. */
const shardOf = (key: string): number => {
  let hash = 0x811c9dc5;
  for (const unit of key) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % SHARDS;
};
