/** What is remembered after a look, when the next one is due, whom findings are blamed on, and whose denies were written. */
import { describe, expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import type { Facets, Hold, SeenChange } from '../../../../functions/drift/contract.ts';
import { intentsOfRevocations, revocationsNamed } from '../../../../functions/drift/looking/deny-writers.ts';
import { causeOf, foundOf } from '../../../../functions/drift/looking/found.ts';
import { afterWrites, againAt, stateOf } from '../../../../functions/drift/looking/state.ts';
import type { RevocationRow } from '../../../../functions/store/revocation-row.ts';
import { ACCOUNT, API, ASSOCIATION, finding, NOW } from '../remedy/objects.ts';

const T = Date.parse(NOW);
const CHANGING = { digest: 'd', changedAt: T, ahead: 0 };
const hold = (because: Hold['because'], seconds?: number, facet = 'exists'): Hold => ({
  ...{ because, facet, sentence: '' },
  ...(seconds !== undefined && { again: new Date(T + seconds * 1000).toISOString() }),
});

describe('the next look', () => {
  const CASES: [what: string, holds: Hold[], times: (number | undefined)[], seconds: number | undefined][] = [
    ['is never, where nothing waits', [hold('mode')], [undefined], undefined],
    ['is the soonest of what waits', [hold('settling', 60), hold('window', 3600)], [T + 90_000], 60],
    ['is in five minutes where a person is asked', [hold('breaker')], [undefined], 300],
    ['and for the other brakes', [hold('kill-switch'), hold('fight', undefined, 'trust')], [T + 400_000], 300],
    ['does not wait for a lease to run out', [hold('lease', 3900)], [], 300],
    ['is not before a second has passed', [hold('changed-since', 0)], [], 1],
  ];
  test.each(CASES)('%s', (_what, holds, times, seconds) => {
    expect(againAt(holds, times, T)).toBe(seconds === undefined ? undefined : T + seconds * 1000);
  });
});

describe('what is remembered', () => {
  const before = { ref: ASSOCIATION, fights: {}, facets: { exists: 'a-1', owner: 'x' }, readAt: 'then' };
  const after = (facets: Facets, holds: Hold[], complete = true) =>
    stateOf(ASSOCIATION, before, {
      known: { changing: CHANGING, fights: {} },
      actual: { readAt: NOW, complete, unread: [], facets },
      plan: { ref: ASSOCIATION, actualDigest: '', desiredDigest: '', actions: [], holds },
      again: T,
    });
  const CASES: [what: string, facets: Facets, holds: Hold[], complete: boolean, kept: 'before' | 'now'][] = [
    ['what is there now', { exists: 'a-2' }, [], true, 'now'],
    ['what was, where not all could be read', { exists: 'a-2' }, [], false, 'before'],
    ['what was, until what its end asks for is done', {}, [hold('settling', 60)], true, 'before'],
    ['what is, where its end is for somebody else', {}, [hold('mode')], true, 'now'],
    ['what is, where something else waits', {}, [hold('settling', 60, 'role')], true, 'now'],
  ];
  test.each(CASES)('%s', (_what, facets, holds, complete, kept) => {
    expect(after(facets, holds, complete)).toMatchObject(
      kept === 'now' ? { facets, readAt: NOW, again: NOW } : { facets: before.facets, readAt: 'then' },
    );
  });

  test('our writes settle, and are what a fight is counted from', () => {
    const known = { changing: { ...CHANGING, changedAt: 0 }, fights: {} };
    const actions = [{ do: 'revert', facet: 'role', to: 'r', mends: [] }] as const;
    expect(
      afterWrites(
        known,
        actions.map((each) => ({ ...each, mends: [] })),
        ['role'],
        T,
      ),
    ).toEqual({
      changing: CHANGING,
      fights: { role: { rounds: [], wrote: { at: T, to: 'r' } } },
    });
    expect(afterWrites(known, [], [], T)).toBe(known);
  });
});

describe('who is blamed', () => {
  const change = (eventId: string, at: number, name = 'mallory'): SeenChange => ({
    ...{ eventId, at: new Date(at).toISOString(), kind: 'RoleTrustChanged', facets: ['trust'], via: 'event' },
    actor: { type: 'IAMUser', name, eventId },
  });
  const changes = [change('e-1', T), change('e-2', T + 1000, 'us')];
  const news = [finding({ attribution: { who: 'other', eventId: 'e-1', sentence: 'Mallory did it.' } })];
  const isOurs = ({ actor }: SeenChange): boolean => actor.name === 'us';
  const wrote = (at: number) => ({ trust: { rounds: [], wrote: { at, to: null } } });

  test('of something new, who made the change behind it', () => {
    expect(causeOf(news, changes, wrote(T + 500), isOurs)).toMatchObject({ actor: { name: 'mallory' } });
  });
  test('of an end, we ourselves, where our write came last or its event', () => {
    expect(causeOf([], changes, wrote(T + 500), isOurs)).toEqual({ kind: 'DriftMended' });
    expect(causeOf([], changes.slice(0, 1), wrote(T + 500), isOurs)).toEqual({ kind: 'DriftMended' });
  });
  test('or whoever changed it after us', () => {
    const later = [...changes, change('e-3', T + 2000, 'ada')];
    expect(causeOf([], later, wrote(T + 500), isOurs)).toMatchObject({ actor: { name: 'ada' } });
  });
  test('nobody, where nobody told', () => {
    expect(causeOf([], [], {}, isOurs)).toEqual({ kind: 'Looked' });
  });
  test('the sentence says who; why it is left as it is stands beside it', () => {
    const [found] = foundOf(news, [{ ...hold('mode', undefined, 'boundary'), sentence: 'Mode notify.' }]);
    expect(found).toMatchObject({ sentence: expect.stringMatching(/ Mallory did it\.$/), held: 'Mode notify.' });
  });
});

describe('the writers of session denies', () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/orders`;
  const name = denyName({ identity: API, roleArn, form: 'tags' });
  const id = 'r-0123456789ab-1';
  const told = (userAgent: string, facet = `deny:${name}`): SeenChange => ({
    ...{ eventId: 'e', at: NOW, kind: 'RolePolicyChanged', facets: [facet], via: 'event' },
    actor: { type: 'AssumedRole', eventId: 'e', userAgent },
  });
  const row: RevocationRow = {
    revocation: {
      ...{ id, cause: 'association-deleted', identity: API, since: NOW, mode: 'remediate', attempt: 1 },
      actor: { type: 'IAMUser', eventId: 'e' },
    },
    ...{ status: 'running', startedAt: NOW },
  };

  test('are named by their calls', () => {
    expect(revocationsNamed([told(`[aws-sdk podid/${id}]`), told(`x podid/${id} y`)])).toEqual([id]);
    expect(revocationsNamed([told('podid/anything'), told(`podid/${id}`, 'trust'), told('')])).toEqual([]);
  });
  test('wrote those of their own identity, as long as a deny of ours stands there, or nothing', () => {
    const text = renderDeny({ identity: API, roleArn, form: 'tags' });
    const values = (facets: Facets) =>
      intentsOfRevocations([row], roleArn, facets, []).filter(({ facet }) => facet === `deny:${name}`);
    expect(values({ [`deny:${name}`]: text })).toMatchObject([{ execution: id, value: text }]);
    expect(values({})).toMatchObject([{ value: null }]);
    expect(values({ [`deny:${name}`]: '{"Statement":[]}' })).toEqual([]);
  });
});
