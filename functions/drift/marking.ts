/** The dirty marker of an object in its row: the pure steps of `reconcile/marker.ts`, each as one conditional write. */
import type { MarkerRow } from '../store/objects.ts';
import type { Objects } from './hints.ts';
import { finish, type Marker, mark, take } from './reconcile/index.ts';

type Marks = Pick<Objects, 'remark'>;

/**
 * A hint: the object is dirty. Where nobody is at it, the named execution has it from this moment on, for so many seconds: else everybody who comes
 * before it begins would start one more. Undefined: somebody is at it, and looks again.
 */
export const markDirty = (
  { remark }: Marks,
  key: string,
  now: number,
  name: (generation: number) => string,
  seconds: number,
): Promise<string | undefined> =>
  remark(key, (row) => {
    const { marker, wake } = mark(markerOf(row), now);
    if (!wake) return { marker, told: undefined };
    const execution = name(marker.generation);
    return { marker: take(marker, execution, now, seconds) ?? marker, told: execution };
  });

/** Begins a look; false when the object is clean, or another execution is at it. */
export const begun = (
  { remark }: Marks,
  key: string,
  execution: string,
  now: number,
  seconds: number,
): Promise<boolean> =>
  remark<boolean>(key, (row) => {
    const marker = take(markerOf(row), execution, now, seconds);
    return marker === undefined ? { marker: row, told: false } : { marker, told: true };
  });

/** Ends a look; true when hints came since it began. */
export const ended = ({ remark }: Marks, key: string, execution: string): Promise<boolean> =>
  remark<boolean>(key, (row) => {
    const { marker, again } = finish(markerOf(row), execution);
    return row?.running?.holder === execution ? { marker, told: again } : { marker: row, told: false };
  });

/** The execution never was: the object stays dirty, and is anybody's. */
export const givenBack = ({ remark }: Marks, key: string, execution: string): Promise<void> =>
  remark(key, (row) => ({
    marker: row?.running?.holder === execution ? { generation: row.generation } : row,
    told: undefined,
  }));

const markerOf = (row: MarkerRow | undefined): Marker | undefined =>
  row && { generation: row.generation, ...(row.running !== undefined && { running: row.running }) };
