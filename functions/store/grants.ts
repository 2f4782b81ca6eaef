/** The grants: each read whole and written whole, by whoever read it last; listed by everything that people look for. */
import type * as z from 'zod';
import { identityKey, namespaceKey, type WorkloadIdentity } from '../identity.ts';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import {
  begunAt,
  GrantHead,
  grantPk,
  headItem,
  headKey,
  isWaiting,
  type KeptGrant,
  LISTS,
  pointer,
  pointersFor,
  stateIndexPk,
  WAITING,
} from './grant-row.ts';
import { fitting, readRow } from './row.ts';
import type { Condition, Range, Stored, Table } from './table.ts';
import { keepText, type TextRef, textsIn } from './texts.ts';

/** A grant, and the revision at which it was read: 1, 2, 3, … */
export type Kept<Grant> = { readonly grant: Grant; readonly revision: number };
export type GrantsPage<Grant> = { readonly grants: readonly Kept<Grant>[]; readonly next?: string };
export type Paging = { readonly limit?: number; readonly cursor?: string };

const AT_ONCE = 10;
const PAGE = 50;

/** @example const grants = openStore(client).grants(Grant); */
export const grants = <Grant extends KeptGrant>(table: Table, schema: z.ZodType<Grant>) => {
  const get = async (id: string): Promise<Kept<Grant> | undefined> => {
    // What a head refers to was written before it; but rows of one query need not be of one instant: then the second query has them.
    const read = async () => assembled(schema, id, await table.all({ pk: grantPk(id) }));
    const first = await read();
    const found = first === 'partly' ? await read() : first;
    if (found === 'partly')
      throw new Failure('RowMalformed', `rows of the grant ${id} are missing, though its head names them`);
    return found;
  };

  const write = async (grant: Grant, before: GrantHead | undefined): Promise<boolean> => {
    const { versions, history, ...rest } = grant;
    const known = { versions: before?.versions ?? [], history: before?.history ?? [] };
    const fresh = versions.slice(known.versions.length);
    // Everything else goes before the head: rows to which no head refers, and pointers to no grant, are harmless.
    const keep = (things: readonly unknown[]): Promise<TextRef[]> =>
      inBatches(things, AT_ONCE, (thing) => keepText(table, grantPk(grant.id), JSON.stringify(thing)));
    const head: GrantHead = {
      grant: rest,
      versions: [...known.versions, ...(await keep(fresh))],
      history: [...known.history, ...(await keep(history.slice(known.history.length)))],
      begunAt: begunAt(grant),
      revision: (before?.revision ?? 0) + 1,
    };
    await inBatches(pointersFor(grant, fresh), AT_ONCE, (row) => table.put(row));
    const only: Condition = before === undefined ? 'absent' : { field: 'revision', equals: before.revision };
    return table.put(headItem(grant, head), only);
  };

  /** The grants to which a page of rows leads, but for those that a row leads to by mistake. */
  const page = async (
    range: Range,
    { limit = PAGE, cursor }: Paging,
    idOf: (row: Stored) => string,
    is: (grant: Grant, row: Stored) => boolean,
  ): Promise<GrantsPage<Grant>> => {
    const { items, next } = await table.page(range, limit, cursor);
    const found = await inBatches(items, AT_ONCE, async (row) => {
      const kept = await get(idOf(row));
      return kept !== undefined && is(kept.grant, row) ? [kept] : [];
    });
    return { grants: found.flat(), ...(next === undefined ? {} : { next }) };
  };
  /**
   * Of grants that were ever in the list: who wants those that are so now looks at them. Pointers of a beginning that did not come to its
   * end bear another time than the grant that was begun later.
   */
  const pointed = (list: string, paging: Paging): Promise<GrantsPage<Grant>> =>
    page(
      { pk: list, newestFirst: true },
      paging,
      (row) => String(row.id),
      (grant, row) => row.sk === pointer(list, grant).sk,
    );
  /** From an index, which may be a second old; the grants are not, and those that are otherwise by now are left out. */
  const indexed = (range: Range, paging: Paging, is: (grant: Grant) => boolean): Promise<GrantsPage<Grant>> =>
    page(range, paging, (row) => String(row.pk).slice(grantPk('').length), is);

  return {
    /** Keeps a new grant, at revision 1; false when there is one of this id: who asks again reads that one. */
    begin: async (grant: Grant): Promise<boolean> => {
      if ((await table.get(headKey(grant.id))) !== undefined) return false;
      return write(grant, undefined);
    },

    /** The grant as it is now, or undefined when there is none. */
    get,

    /**
     * Writes what has become of a grant that was read at `revision`, at the revision after; false when somebody was quicker: then read it
     * again, and think again. Versions and history are only added to: what was there of them is not written again.
     */
    put: async (grant: Grant, revision: number): Promise<boolean> => {
      const stored = await table.get(headKey(grant.id));
      const before = stored && readRow(GrantHead, stored);
      return before?.revision === revision && write(grant, before);
    },

    /** Lets roles lead to the grant that its wish doesn't name: those that it makes. */
    pointFrom: async (grant: Grant, roleArns: readonly string[]): Promise<void> => {
      await inBatches(roleArns, AT_ONCE, (roleArn) => table.put(pointer(LISTS.role(roleArn), grant)));
    },

    /** Pages of all of them, the newest first, as in every list but `waiting`; 50 a page unless told otherwise, and fewer at times. */
    list: (paging: Paging = {}) => pointed(LISTS.all, paging),
    /** Those that ever were of a team, in any version. */
    ofTeam: (team: string, paging: Paging = {}) => pointed(LISTS.team(team), paging),
    /** Those of which a person has requested a version. */
    requestedBy: (subject: string, paging: Paging = {}) => pointed(LISTS.person(subject), paging),
    /** Those that ever were for an identity; which one holds it now, its claim says. */
    ofIdentity: (identity: WorkloadIdentity, paging: Paging = {}) =>
      pointed(LISTS.identity(identityKey(identity)), paging),
    /** Those that ever were for a service account of a namespace, of whatever team. */
    inNamespace: (namespace: Omit<WorkloadIdentity, 'serviceAccount'>, paging: Paging = {}) =>
      pointed(LISTS.namespace(namespaceKey(namespace)), paging),
    /** Those that ever named a role in a version, or made it. */
    ofRole: (roleArn: string, paging: Paging = {}) => pointed(LISTS.role(roleArn), paging),
    /** Those that are in a state. */
    inState: (state: Grant['state'], paging: Paging = {}) =>
      indexed(
        { index: 'byTime', pk: stateIndexPk(state), newestFirst: true },
        paging,
        (grant) => grant.state === state,
      ),
    /** The inbox: those of which a version waits for approval, the first to lapse first. */
    waiting: (paging: Paging = {}) => indexed({ index: 'due', pk: WAITING }, paging, isWaiting),
  };
};

/** The grant that the rows of its partition make, through its schema; `partly` when not all of them are there. */
const assembled = <Grant>(
  schema: z.ZodType<Grant>,
  id: string,
  rows: readonly Stored[],
): Kept<Grant> | 'partly' | undefined => {
  const stored = rows.find((row) => row.sk === headKey(id).sk);
  if (stored === undefined) return undefined;
  const head = readRow(GrantHead, stored);
  const textOf = textsIn(rows);
  const versions = head.versions.map(textOf).filter((text) => text !== undefined);
  const history = head.history.map(textOf).filter((text) => text !== undefined);
  if (versions.length < head.versions.length || history.length < head.history.length) return 'partly';
  const whole = { ...head.grant, versions: versions.map(parsed), history: history.map(parsed) };
  return { grant: fitting(schema, `the grant ${id}`, whole), revision: head.revision };
};

const parsed = (text: string): unknown => JSON.parse(text);
