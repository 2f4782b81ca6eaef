/** Which denies a revocation of ours is just writing, and which somebody else has touched. */
import { expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import { beingWritten, intentsOfRevocations } from '../../../../functions/drift/looking/deny-writers.ts';
import type { RevocationRow } from '../../../../functions/store/revocation-row.ts';
import { API, ROLE } from '../remedy/objects.ts';

const roleArn = ROLE.object === 'role' ? ROLE.roleArn : '';
const cut = { identity: API, roleArn, form: 'tags' } as const;
const FACET = `deny:${denyName(cut)}`;
const row = (endedAt?: string): RevocationRow =>
  ({
    revocation: { id: 'r-0123456789ab-1', identity: API },
    startedAt: '2026-11-21T12:00:00.000Z',
    ...(endedAt !== undefined && { endedAt }),
  }) as RevocationRow;
const facets = { [FACET]: renderDeny(cut) };

test.each([
  ['under way, and ours was the last word', row(), () => true, [{ facet: FACET, value: facets[FACET] }]],
  ['under way, and somebody else has touched it', row(), () => false, []],
  ['at its end', row('2026-11-21T12:00:09.000Z'), () => true, []],
])('a revocation %s', (_what, revocation, isOurs, expected) => {
  const explained = intentsOfRevocations([revocation], roleArn, facets);
  const found = beingWritten([revocation], explained, (facet) => facet === FACET && isOurs());
  expect(found).toEqual(expected);
});
