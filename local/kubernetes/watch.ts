/** Watches: a stream of changes, one JSON line each, from a version on. */
import type { ServerResponse } from 'node:http';
import type { Kind } from './kinds.ts';
import { apiVersionOf } from './kinds.ts';
import { type KubeObject, keyOf } from './objects.ts';
import { type Form, representOne } from './represent.ts';
import { isTrue } from './request.ts';
import { gone, toStatus } from './status.ts';
import type { Change, Store } from './store.ts';
import { tableOf } from './table.ts';

export type WatchRequest = {
  kind: Kind;
  /** Empty: all namespaces. */
  namespace: string;
  wanted: (object: KubeObject) => boolean;
  query: URLSearchParams;
  form: Form;
};

/** Some clients give a stream up after 30 s without a line; those that want bookmarks get them before that. */
const BOOKMARK_MILLIS = 20_000;
/** As long as the real server lets a watch live at least when the client doesn't say. */
const DEFAULT_SECONDS = 1_800;
/** A client that doesn't read is cut off; it resumes, or lists again. */
const MAX_BUFFERED_BYTES = 64_000_000;

/** Streams into the response until it is closed, the time is over, or the client falls behind. */
export const watch = (store: Store, now: () => Date, request: WatchRequest, response: ServerResponse): void => {
  const { kind, namespace, wanted, query } = request;
  const matches = (object: KubeObject): boolean =>
    (namespace === '' || object.metadata.namespace === namespace) && wanted(object);
  const line = lines(request, now);
  const send = (type: string, object: KubeObject): void => {
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else response.write(line(type, object));
  };
  const pass = (change: Change): void => {
    if (change.plural !== kind.plural) return;
    const is = change.type !== 'DELETED' && matches(change.object);
    const was =
      change.type === 'DELETED' ? matches(change.object) : change.previous !== undefined && matches(change.previous);
    if (is) send(was ? 'MODIFIED' : 'ADDED', change.object);
    else if (was) send('DELETED', change.object);
  };

  // Writing to a client that has just gone is no error of ours; `close` follows and ends the watch.
  response.on('error', () => undefined);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const from = query.get('resourceVersion') ?? '';
  const initial = isTrue(query.get('sendInitialEvents'));
  if (from === '' || from === '0' || initial) {
    const present: KubeObject[] = store.list(kind.plural, namespace === '' ? undefined : namespace);
    const order = present.filter(matches).sort((a, b) => (keyOf(a.metadata) < keyOf(b.metadata) ? -1 : 1));
    for (const object of order) send('ADDED', object);
    if (initial) response.write(bookmark(request, store.version(), true));
  } else {
    const missed = store.since(kind.plural, Number(from));
    if (missed === undefined) {
      const status = toStatus(gone(`too old resource version: ${from} (${store.version()})`));
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return;
    }
    for (const change of missed) pass(change);
  }

  const stop = store.subscribe(pass);
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
    ? setInterval(() => response.write(bookmark(request, store.version())), BOOKMARK_MILLIS)
    : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || DEFAULT_SECONDS;
  const finish = (): void => {
    stop();
    clearInterval(bookmarks);
    clearTimeout(timeout);
    response.end();
  };
  const timeout = setTimeout(finish, seconds * 1_000);
  response.on('close', finish);
};

/** An object as text is the same for all its watchers: made once. */
const texts = new WeakMap<KubeObject, string>();

const textOf = (object: KubeObject): string => {
  const known = texts.get(object) ?? JSON.stringify(object);
  texts.set(object, known);
  return known;
};

const lines = ({ kind, form }: WatchRequest, now: () => Date): ((type: string, object: KubeObject) => string) => {
  let definitions = true;
  return (type, object) => {
    if (form.as === 'object') return `{"type":"${type}","object":${textOf(object)}}\n`;
    const { resourceVersion } = object.metadata;
    const represented =
      form.as === 'table'
        ? tableOf(kind, [object], now(), { include: form.include, definitions, metadata: { resourceVersion } })
        : representOne(kind, object, form, now());
    // kubectl takes the column definitions from the first event and expects none after it.
    definitions = false;
    return `${JSON.stringify({ type, object: represented })}\n`;
  };
};

const bookmark = ({ kind, form }: WatchRequest, version: number, initialEnd = false): string => {
  const metadata = {
    resourceVersion: String(version),
    ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  const plain = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata };
  const table = {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: null,
    rows: [{ cells: [], object: plain }],
  };
  return `${JSON.stringify({ type: 'BOOKMARK', object: form.as === 'table' ? table : plain })}\n`;
};
