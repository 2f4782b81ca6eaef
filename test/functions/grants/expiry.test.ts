/** What is due of a grant, and when; and that what is due is accepted when it comes. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dueRows } from '../../../functions/grants/expiry.ts';
import { advance } from '../../../functions/grants/life.ts';
import { grantIdOf, roleNameFor, sessionName } from '../../../functions/grants/names.ts';
import { active, allowed, ann, nextId, requested, settings, through, wishOf } from './samples.ts';

const due = (grant: Parameters<typeof dueRows>[0]) =>
  dueRows(grant, settings).map(({ due: what, at }) => `${what} ${at}`);

test('a request lapses', () => {
  expect(due(requested())).toEqual(['lapse 2026-11-24T12:00:00.000Z']);
  expect(due(through(requested(), [allowed()]))).toEqual([]);
});

test('an active grant is warned of, and expires', () => {
  expect(due(active())).toEqual([
    'warn 2026-12-18T12:00:00.000Z',
    'warn 2026-12-20T12:00:00.000Z',
    'expire 2026-12-21T12:00:00.000Z',
  ]);
  expect(due(active(wishOf({ lifetime: undefined })))).toEqual([]);
});

test('of a short one the owner is warned, too', () => {
  expect(due(active(wishOf({ lifetime: { for: 'PT8H' } })))).toEqual([
    'warn 2026-11-21T18:00:00.000Z',
    'expire 2026-11-21T20:00:00.000Z',
  ]);
});

test('while a change waits, the end of what is in force is due, too', () => {
  const grant = through(active(), [{ kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish: wishOf() }]);
  expect(dueRows(grant, settings).map(({ due: what, version }) => [what, version])).toEqual([
    ['lapse', 2],
    ['warn', 1],
    ['warn', 1],
    ['expire', 1],
  ]);
});

test('nothing is due of what is over', () => {
  const revoking = through(active(), [{ kind: 'revoke-asked', id: nextId(), by: ann, why: '' }]);
  expect(due(revoking)).toEqual([]);
  expect(due(through(revoking, [{ kind: 'revoked', id: nextId(), notes: [] }]))).toEqual([]);
});

test('each row is accepted at its time', () => {
  const lifetimes = fc.integer({ min: 1, max: 400 * 24 }).map((hours) => ({ for: `PT${hours}H` }));
  fc.assert(
    fc.property(lifetimes, (lifetime) => {
      const wish = wishOf({ lifetime });
      for (const grant of [requested(wish), active(wish)]) {
        const rows = dueRows(grant, settings);
        expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted());
        for (const { due: what, at, version, expireAt = '' } of rows) {
          const id = nextId();
          const event =
            what === 'lapse'
              ? ({ kind: 'lapsed', id, version } as const)
              : ({ kind: what === 'warn' ? 'expiry-warned' : 'expired', id, expireAt } as const);
          expect(advance(grant, event, at, settings)).toMatchObject({ again: false });
        }
      }
    }),
  );
});

test('names fit, are the same each time, and tell grants and roles apart', () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  const id = fc.string().map((key) => grantIdOf({ subject: 'ann', key }));
  fc.assert(
    fc.property(id, id, name, name, (one, other, namespace, serviceAccount) => {
      const of = (grantId: string, as: 'source' | 'target') => roleNameFor({ grantId, as, namespace, serviceAccount });
      expect(of(one, 'source')).toMatch(/^[\w+=,.@-]{1,64}$/);
      expect(of(one, 'source')).toBe(of(one, 'source'));
      expect(of(one, 'source')).not.toBe(of(one, 'target'));
      expect(of(one, 'source') === of(other, 'source')).toBe(one === other);
      expect(sessionName(one, 999_999, 9999)).toMatch(/^[\w+=,.@-]{2,64}$/);
    }),
  );
  // Roles called podid-… are those of podid's own functions, out of bounds for everything.
  expect(roleNameFor({ grantId: 'g-1', as: 'source', namespace: 'podid', serviceAccount: 'x' })).toMatch(/^podid_x-/);
  expect(roleNameFor({ grantId: 'g-1', as: 'source', namespace: 'podid-x', serviceAccount: 'y' })).toMatch(
    /^podid_x-y-/,
  );
});
