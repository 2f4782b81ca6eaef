/** Revocations as data for programs. Pure. */
import type { RevocationRow } from '../functions/store/revocation-row.ts';

/** What a list says of each: the story has the rest. */
export const summaryOf = ({ revocation, status, outcome, startedAt, endedAt }: RevocationRow) => ({
  id: revocation.id,
  status,
  ...(outcome === undefined ? {} : { outcome }),
  cause: revocation.cause,
  identity: revocation.identity,
  ...(revocation.former === undefined ? {} : { roleArn: revocation.former.roleArn }),
  since: revocation.since,
  startedAt,
  ...(endedAt === undefined ? {} : { endedAt }),
  actor: revocation.actor,
  mode: revocation.mode,
  attempt: revocation.attempt,
});
