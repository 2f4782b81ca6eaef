/** What was told to the world, a line each. Pure. */
import type { EventView } from '../functions/provisioning/api/schemas.ts';
import { printable } from './api-problem.ts';
import { localTime } from './grants-times.ts';

/** `2026-11-21 15:04:05 +01:00  Grant Active  g-3f0a…, version 1  checkout/api  Dana: reads the orders` */
export const eventLine = ({ kind, detail }: EventView): string => {
  const when = `${localTime(detail.at)}  ${kind.padEnd(WIDEST)}`;
  if ('finding' in detail) {
    const { severity, reason, object, sentence } = detail.finding;
    return printable(`${when}  ${severity} ${reason} of ${object}: ${sentence}`);
  }
  const { grant, by, why, did } = detail;
  const who = by === undefined ? 'podid' : (by.name ?? by.subject);
  return printable(
    `${when}  ${grant.id}, version ${grant.version}  ${grant.namespace}/${grant.serviceAccount}  ${did} by ${who}${why === '' ? '' : `: ${why}`}`,
  );
};

const WIDEST = 'Grant Awaiting Approval'.length;
