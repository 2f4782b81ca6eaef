/** Tables: what `kubectl get` prints is made by the server, row by row. */
import { columnsOf } from './columns.ts';
import type { Kind } from './kinds.ts';
import { type KubeObject, typed } from './objects.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A `meta.k8s.io/v1` Table of objects. Column definitions can be left out, as they are after a watch's first event. */
export const tableOf = (
  kind: Kind,
  objects: readonly KubeObject[],
  now: Date,
  { include = 'Metadata', definitions = true, metadata = {} }: TableOptions = {},
): object => {
  const columns = columnsOf(kind.plural);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: definitions
      ? columns.map(({ name, type = 'string', priority = 0 }) => ({
          name,
          type,
          format: name === 'Name' ? 'name' : '',
          description: '',
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(typed(kind.plural, object), now)),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : partial(object) }),
    })),
  };
};

export type TableOptions = { include?: IncludeObject; definitions?: boolean; metadata?: object };

/** An object's metadata alone. */
export const partial = (object: KubeObject): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});
