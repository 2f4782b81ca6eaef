/** What several routes do with a request: find the grant, hold the ETag against it, ask for a page. */
import type { Context } from 'hono';
import type { Person, Problem } from '../../grants/index.ts';
import { memberPath } from '../../policy/malformed.ts';
import { inBatches } from '../../runtime/batches.ts';
import { isFailure } from '../../runtime/errors.ts';
import type { CarriedOut } from '../transitions.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { Refused } from './problems.ts';
import { mayRead } from './rights.ts';
import { adminsOf, type Kept } from './views.ts';

/** The grant, when the caller may see it. @throws Refused no-such-thing, not-yours */
export const readable = async (doing: Doing, id: string, by: Person): Promise<Kept> => {
  const kept = await doing.store.grants.get(id);
  if (kept === undefined) throw new Refused('no-such-thing', `There is no grant ${id}.`);
  if (!mayRead(doing.law.owned, kept.grant, by, adminsOf(doing))) {
    throw new Refused('not-yours', `Grant ${id} is of another team.`, { grant: id });
  }
  return kept;
};

export const etagOf = (revision: number): string => `"${revision}"`;

/** Whether one of the header's entity tags is that of the revision. Weak ones never are: RFC 9110, 13.1.1. */
export const matches = (header: string, revision: number): boolean =>
  header
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etagOf(revision));

/** @throws Refused changed-since */
export const assertMatch = (header: string | undefined, { grant, revision }: Kept): void => {
  if (header !== undefined && !matches(header, revision)) throw changed(grant.id, revision);
};

const changed = (id: string, revision: number): Refused =>
  new Refused('changed-since', `Grant ${id} is at revision ${revision} by now: read it again.`, {
    grant: id,
    headers: { ETag: etagOf(revision) },
  });

/** What carrying out came to. @throws Refused conflict, changed-since, no-such-thing */
export const carried = (id: string, done: CarriedOut): Kept => {
  if ('refused' in done) throw new Refused('conflict', done.refused, { grant: id });
  if ('stale' in done) throw changed(id, done.stale);
  if ('absent' in done) throw new Refused('no-such-thing', `There is no grant ${id}.`);
  return done;
};

/** The key of the request: what makes two of them the same. */
export const keyOf = (c: Context<ApiEnv>): string => c.req.header('idempotency-key') ?? c.get('requestId');

/** A page of a list; a cursor that isn't of that list is the caller's mistake. @throws Refused parameter-invalid */
export const paged = async <Page>(
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
  read: (paging: { readonly limit: number; readonly cursor?: string }) => Promise<Page>,
): Promise<Page> => {
  try {
    return await read({ limit, ...(cursor !== undefined && { cursor }) });
  } catch (error) {
    if (cursor === undefined || !isFailure(error, 'InputMalformed', 'Refused')) throw error;
    throw new Refused('parameter-invalid', 'The cursor is not one of this list: begin without.', {
      problems: [{ path: 'query.cursor', problem: 'not the `next` of a page of this list' }],
      cause: error,
    });
  }
};

/** So many times a page is added to that a filter has left incomplete; past that it is handed out as it is. */
const MOST_ROUNDS = 20;

/**
 * A page of what passes a filter: read on until it is full, the list is at its end, or it has taken long enough. It ends
 * where its last row was read, so that the next one begins after it.
 * @throws Refused parameter-invalid for a cursor of another list
 */
export const filled = async <Row>(
  paging: { readonly cursor?: string | undefined; readonly limit: number },
  read: (paging: {
    readonly limit: number;
    readonly cursor?: string;
  }) => Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }>,
  passes: (row: Row) => boolean | Promise<boolean>,
): Promise<{ readonly rows: readonly Row[]; readonly next?: string }> => {
  const rows: Row[] = [];
  let cursor = paging.cursor;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const page = await paged({ cursor, limit: paging.limit - rows.length }, read);
    const passed = await inBatches(page.rows, AT_ONCE, async (row) => ((await passes(row)) ? [row] : []));
    rows.push(...passed.flat());
    cursor = page.next;
    if (cursor === undefined || rows.length === paging.limit) break;
  }
  return { rows, ...(cursor !== undefined && { next: cursor }) };
};

const AT_ONCE = 10;

/** Where zod found something, as a JSON path of the body, or as `query.limit`. */
export const placeOf = (target: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, key) => memberPath(at, typeof key === 'number' ? key : String(key)),
    target === 'json' ? '$' : target,
  );

/** @throws Refused wish-invalid */
export const assertSound = (problems: readonly Problem[]): void => {
  if (problems.length > 0) throw invalid('wish-invalid', problems);
};

export const invalid = (
  kind: 'wish-invalid' | 'body-invalid' | 'parameter-invalid' | 'plan-blocked',
  problems: readonly Problem[],
): Refused => {
  const [first] = problems;
  const more = problems.length > 1 ? ` And ${problems.length - 1} more.` : '';
  return new Refused(kind, `${first?.path}: ${first?.problem}${more}`, { problems });
};
