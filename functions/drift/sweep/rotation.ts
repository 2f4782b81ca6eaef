/** Which associations are described by a sweep: each once in so many hours, spread evenly, without a row that says when. Pure. */
import { createHash } from 'node:crypto';

const HOUR = 3_600_000;

/**
 * Whether the association's moment of the rotation has come since the last sweep that described all that was due. Its id decides the moment, so
 * that a sweep that failed leaves nothing out: the next one looks further back. Without a last one everything is due.
 */
export const isDue = (
  associationId: string,
  since: string | undefined,
  now: string,
  describeHours: number,
): boolean => {
  if (since === undefined) return true;
  const round = describeHours * HOUR;
  const phase = (createHash('sha256').update(associationId).digest().readUInt32BE(0) / 2 ** 32) * round;
  const last = Math.floor((Date.parse(now) - phase) / round) * round + phase;
  return last > Date.parse(since);
};
