/** How objects are answered: as they are, as a table, or as their metadata alone, by the request's Accept header. */
import { apiVersionOf, type Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { type IncludeObject, partial, tableOf } from './table.ts';

export type Form = { as: 'object' | 'table' | 'metadata'; include: IncludeObject };

/** The first form of the Accept header that this server has. Protobuf is never answered: clients accept JSON beside it. */
export const formOf = (accept: string, query: URLSearchParams): Form => {
  const wanted = query.get('includeObject');
  const include = wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
  for (const type of accept.split(',')) {
    if (!type.includes('application/json')) continue;
    const as = /;\s*as=(\w+)/.exec(type)?.[1];
    if (as === undefined) return { as: 'object', include };
    if (as === 'Table') return { as: 'table', include };
    if (as.startsWith('PartialObjectMetadata')) return { as: 'metadata', include };
  }
  return { as: 'object', include };
};

export const representOne = (kind: Kind, object: KubeObject, form: Form, now: Date): object => {
  if (form.as === 'table') {
    const { resourceVersion } = object.metadata;
    return tableOf(kind, [object], now, { include: form.include, metadata: { resourceVersion } });
  }
  return form.as === 'metadata' ? partial(object) : object;
};

/** `continue` and `remainingItemCount` when there is more. */
export type ListMetadata = { resourceVersion: string; continue?: string; remainingItemCount?: number };

export const representList = (
  kind: Kind,
  objects: readonly KubeObject[],
  form: Form,
  metadata: ListMetadata,
  now: Date,
): object => {
  if (form.as === 'table') return tableOf(kind, objects, now, { include: form.include, metadata });
  if (form.as === 'metadata') {
    const items = objects.map(partial);
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
  }
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items: objects };
};
