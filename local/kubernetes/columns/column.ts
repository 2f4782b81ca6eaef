/** What columns are made of. */
import { humanDuration } from '../duration.ts';
import type { KindName } from '../kinds.ts';
import type { KubeObject, Typed } from '../objects.ts';

export type Cell = string | number | boolean;
export type Column<T> = {
  name: string;
  type?: 'string' | 'integer' | 'boolean';
  priority?: number;
  cell: (object: T, now: Date) => Cell;
};

/** The columns of some kinds. */
export type Columns = { readonly [K in KindName]?: readonly Column<Typed[K]>[] };

export const column = <T>(name: string, cell: (object: T, now: Date) => Cell): Column<T> => ({ name, cell });
export const count = <T>(name: string, cell: (object: T) => number | undefined): Column<T> => ({
  name,
  type: 'integer',
  cell: (object) => cell(object) ?? 0,
});
export const wide = <T>(name: string, cell: (object: T) => Cell): Column<T> => ({ name, priority: 1, cell });

export const ago = (time: string | null | undefined, now: Date): string =>
  time === undefined || time === null ? '<unknown>' : humanDuration(now.getTime() - Date.parse(time));

export const NAME: Column<KubeObject> = column('Name', ({ metadata }) => metadata.name);
export const AGE: Column<KubeObject> = column('Age', ({ metadata }, now) => ago(metadata.creationTimestamp, now));

export const list = (items: readonly string[]): string => items.join(',') || '<none>';
export const size = (object: object | undefined): number => Object.keys(object ?? {}).length;
