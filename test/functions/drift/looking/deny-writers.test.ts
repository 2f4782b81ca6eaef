/** Which denies a revocation of ours is just writing, and which somebody else has touched. */
import { expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import type { SeenChange } from '../../../../functions/drift/contract.ts';
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
  const explained = intentsOfRevocations([revocation], roleArn, facets, []);
  const found = beingWritten([revocation], explained, (facet) => facet === FACET && isOurs());
  expect(found).toEqual(expected);
});

/** Two revocations of one identity, half a minute apart: each writes the deny anew, and both events come when the second one stands there. */
test('what one has written before another wrote it anew is explained, and nothing that is no deny of ours', () => {
  const older = renderDeny({ ...cut, issuedBefore: '2026-11-21T11:00:00.000Z' });
  const change = (value: string | null, eventId: string): SeenChange => ({
    ...{ eventId, value, at: '2026-11-21T12:00:01.000Z', kind: 'RolePolicyChanged', facets: [FACET], via: 'event' },
    actor: { type: 'AssumedRole', eventId },
  });
  const allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
  const changes = [change(older, 'e-1'), change(allow, 'e-2'), { ...change(older, 'e-3'), facets: ['boundary'] }];
  const values = (some: readonly SeenChange[]) =>
    intentsOfRevocations([row()], roleArn, facets, some).flatMap(({ facet, value }) =>
      facet === FACET ? [value] : [],
    );
  expect(values(changes)).toEqual([facets[FACET], older]);
  expect(values([change(null, 'e-1')])).toEqual([facets[FACET], null]);
  expect(values([])).toEqual([facets[FACET]]);
});
