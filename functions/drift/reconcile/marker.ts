/**
 * The dirty marker of an object. A burst of events on it folds into one reconcile, and none is lost: who is told while a reconcile runs raises the
 * generation, and the runner that finds another one than it took runs again. Each function is one conditional write on one row. Pure.
 */

/** Instants are epoch milliseconds. */
export type Marker = {
  /** Raised by each hint. */
  readonly generation: number;
  /** Who reconciles, and until when at most: a runner that died is replaced then. */
  readonly running?: { readonly holder: string; readonly generation: number; readonly until: number };
};

/** A hint came. `wake`: nobody is at it, so that somebody must be told. Absent rows are clean. */
export const mark = (marker: Marker | undefined, now: number): { readonly marker: Marker; readonly wake: boolean } => {
  const generation = (marker?.generation ?? 0) + 1;
  const running = alive(marker, now);
  return { marker: running === undefined ? { generation } : { generation, running }, wake: running === undefined };
};

/** Somebody begins. Undefined: the object is clean, or another one is at it. */
export const take = (marker: Marker | undefined, holder: string, now: number, seconds: number): Marker | undefined => {
  if (marker === undefined) return undefined;
  const running = alive(marker, now);
  if (running !== undefined && running.holder !== holder) return undefined;
  const { generation } = marker;
  return { generation, running: { holder, generation, until: now + seconds * 1000 } };
};

/**
 * The runner is through. It stays dirty, and must be woken again, when hints came since it began. The marker's absence means: clean. Who was replaced
 * meanwhile changes nothing.
 */
export const finish = (
  marker: Marker | undefined,
  holder: string,
): { readonly marker: Marker | undefined; readonly again: boolean } => {
  if (marker?.running?.holder !== holder) return { marker, again: false };
  return marker.generation === marker.running.generation
    ? { marker: undefined, again: false }
    : { marker: { generation: marker.generation }, again: true };
};

const alive = (marker: Marker | undefined, now: number): Marker['running'] =>
  marker?.running !== undefined && now < marker.running.until ? marker.running : undefined;
