/** Lists: selectors, order, pages. */
import type { Kind } from './kinds.ts';
import { type KubeObject, keyOf } from './objects.ts';
import type { ListMetadata } from './represent.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { badRequest } from './status.ts';
import type { Store } from './store.ts';

/** Whether an object is what a list or a watch asks for. @throws ApiError 400 on a selector that can't be read */
export const selection = (kind: Kind, query: URLSearchParams, name = ''): ((object: KubeObject) => boolean) => {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', kind.kind);
  return (object) =>
    (name === '' || object.metadata.name === name) && labels(object.metadata.labels ?? {}) && fields(object);
};

/** One page in the order of names, as etcd keeps them. @throws ApiError 400 */
export const page = (
  store: Store,
  kind: Kind,
  namespace: string,
  query: URLSearchParams,
): { items: KubeObject[]; metadata: ListMetadata } => {
  const wanted = selection(kind, query);
  const after = readToken(query.get('continue'));
  const limit = Number(query.get('limit') ?? 0);
  if (Number.isNaN(limit)) throw badRequest(`strconv.ParseInt: parsing "${query.get('limit')}": invalid syntax`);
  const found: { key: string; object: KubeObject }[] = store
    .list(kind.plural, namespace === '' ? undefined : namespace)
    .map((object: KubeObject) => ({ key: keyOf(object.metadata), object }))
    .filter(({ key, object }) => (after === undefined || key > after) && wanted(object))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const resourceVersion = String(store.version());
  const last = limit > 0 && found.length > limit ? found[limit - 1] : undefined;
  if (last === undefined) return { items: found.map(({ object }) => object), metadata: { resourceVersion } };
  const isSelected = query.has('labelSelector') || query.has('fieldSelector');
  return {
    items: found.slice(0, limit).map(({ object }) => object),
    metadata: {
      resourceVersion,
      continue: Buffer.from(JSON.stringify({ after: last.key })).toString('base64url'),
      // With a selector the real server doesn't know how many are left either.
      ...(isSelected ? {} : { remainingItemCount: found.length - limit }),
    },
  };
};

const readToken = (token: string | null): string | undefined => {
  if (token === null || token === '') return undefined;
  try {
    const { after }: { after: unknown } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof after === 'string') return after;
  } catch {
    // Not one of ours: refused below.
  }
  throw badRequest('continue key is not valid: it was not made by this server');
};
