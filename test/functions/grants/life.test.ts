/** The life of a grant: every event in every phase, and what holds whatever happens in whatever order. */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { type EventKind, GrantEvent as EventSchema, type GrantEvent } from '../../../functions/grants/events.ts';
import { Grant, isFinal, newestOf, Phase, phaseOf } from '../../../functions/grants/grant.ts';
import { advance } from '../../../functions/grants/life.ts';
import {
  active,
  allowed,
  ann,
  bob,
  cleo,
  NOW,
  nextId,
  provisioned,
  requested,
  settings,
  through,
  wishOf,
} from './samples.ts';

const LATER = '2027-06-01T00:00:00.000Z';

const needed = (version = 1): GrantEvent => ({
  kind: 'decided',
  id: nextId(),
  version,
  verdict: 'needs-approval',
  needs: [{ id: 'account-owner', sentence: 'The owner of account 444444444444 has to approve.' }],
  because: [],
});
const denied = (version = 1): GrantEvent => ({
  kind: 'decided',
  id: nextId(),
  version,
  verdict: 'denied',
  needs: [],
  because: ['Never for sale.'],
});
const approved = (version = 1, by = bob): GrantEvent => ({ kind: 'approved', id: nextId(), version, by, why: '' });
const changed = (basedOn = 1, change: object = { reason: 'writes, too' }): GrantEvent => ({
  kind: 'change-requested',
  id: nextId(),
  basedOn,
  by: ann,
  wish: wishOf(change),
});
const extended = (basedOn = 1): GrantEvent => ({
  kind: 'extension-requested',
  id: nextId(),
  basedOn,
  by: ann,
  lifetime: { for: 'P60D' },
  why: '',
});
const revokeAsked = (): GrantEvent => ({ kind: 'revoke-asked', id: nextId(), by: bob, why: 'not needed any more' });
const failed = (version = 1): GrantEvent => ({
  kind: 'failed',
  id: nextId(),
  version,
  because: 'account 444444444444 refuses',
  undone: ['source role'],
  left: [],
});
const revoked = (): GrantEvent => ({ kind: 'revoked', id: nextId(), notes: [] });
const expired = (grant: Grant): GrantEvent => ({ kind: 'expired', id: nextId(), expireAt: grant.expireAt ?? LATER });

/** A grant in each phase. */
const IN: Readonly<Record<Phase, () => Grant>> = {
  requested: () => requested(),
  'awaiting-approval': () => through(requested(), [needed()]),
  provisioning: () => through(requested(), [allowed()]),
  active: () => active(),
  'changing/requested': () => through(active(), [changed()]),
  'changing/awaiting-approval': () => through(active(), [changed(), needed(2)]),
  'changing/provisioning': () => through(active(), [changed(), allowed(2)]),
  revoking: () => through(active(), [revokeAsked()]),
  rejected: () => through(requested(), [denied()]),
  withdrawn: () => through(requested(), [{ kind: 'withdrawn', id: nextId(), by: ann, why: '' }]),
  lapsed: () => through(requested(), [{ kind: 'lapsed', id: nextId(), version: 1 }], LATER),
  expired: () => {
    const grant = active();
    return through(grant, [expired(grant), revoked()], LATER);
  },
  failed: () => through(requested(), [allowed(), failed()]),
  revoked: () => through(active(), [revokeAsked(), revoked()]),
};

/** What may happen, for the newest version, long after. */
const EVENTS: Readonly<Record<string, (grant: Grant) => GrantEvent>> = {
  allowed: (grant) => allowed(newestOf(grant).version),
  needed: (grant) => needed(newestOf(grant).version),
  denied: (grant) => denied(newestOf(grant).version),
  approved: (grant) => approved(newestOf(grant).version),
  rejected: (grant) => ({ kind: 'rejected', id: nextId(), version: newestOf(grant).version, by: bob, why: 'no' }),
  withdrawn: () => ({ kind: 'withdrawn', id: nextId(), by: ann, why: '' }),
  lapsed: (grant) => ({ kind: 'lapsed', id: nextId(), version: newestOf(grant).version }),
  provisioned: (grant) => provisioned(newestOf(grant).version),
  failed: (grant) => failed(newestOf(grant).version),
  changed: (grant) => changed(newestOf(grant).version),
  extended: (grant) => extended(newestOf(grant).version),
  warned: (grant) => ({ kind: 'expiry-warned', id: nextId(), expireAt: grant.expireAt ?? LATER }),
  expired,
  revokeAsked,
  revoked,
  revocationFailed: () => ({ kind: 'revocation-failed', id: nextId(), because: 'cluster is away', left: ['2 pods'] }),
};

const CHANGING = { provisioned: undefined, warned: 'same', expired: 'revoking', revokeAsked: 'revoking' } as const;
const UNDER_WAY = {
  allowed: 'provisioning',
  needed: 'awaiting-approval',
  denied: 'rejected',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  lapsed: 'lapsed',
  changed: 'requested',
} as const;
const UNDER_CHANGE = {
  ...CHANGING,
  allowed: 'changing/provisioning',
  needed: 'changing/awaiting-approval',
  denied: 'active',
  rejected: 'active',
  withdrawn: 'active',
  lapsed: 'active',
  changed: 'changing/requested',
} as const;

/** Phase by event: the phase after. What is not here is refused. */
const MATRIX: Readonly<Record<Phase, Readonly<Record<string, Phase | 'same' | undefined>>>> = {
  requested: UNDER_WAY,
  'awaiting-approval': { ...UNDER_WAY, approved: 'same' },
  provisioning: { provisioned: 'active', failed: 'failed', revokeAsked: 'revoking' },
  active: {
    changed: 'changing/requested',
    extended: 'changing/requested',
    warned: 'same',
    expired: 'revoking',
    revokeAsked: 'revoking',
  },
  'changing/requested': UNDER_CHANGE,
  'changing/awaiting-approval': { ...UNDER_CHANGE, approved: 'same' },
  'changing/provisioning': { ...CHANGING, provisioned: 'active', failed: 'active' },
  revoking: { revoked: 'revoked', revocationFailed: 'same' },
  revoked: {},
  rejected: {},
  withdrawn: {},
  lapsed: {},
  expired: {},
  failed: {},
};

const CELLS = Phase.options.flatMap((phase) => Object.keys(EVENTS).map((event) => [phase, event] as const));

test.each(CELLS)('%s: %s', (phase, name) => {
  const grant = IN[phase]();
  expect(phaseOf(grant)).toBe(phase);
  const event = EventSchema.parse(EVENTS[name]?.(grant));
  const result = advance(grant, event, LATER, settings);
  const expected = MATRIX[phase][name];
  if (expected === undefined) {
    expect(result).toEqual({ refused: expect.stringMatching(/^[A-Z].+\.$/) });
    return;
  }
  if ('refused' in result) throw new Error(result.refused);
  const to = expected === 'same' ? phase : expected;
  expect(phaseOf(result.grant)).toBe(to);
  expect(result.did).toMatchObject({ from: phase, to, event: { id: event.id, kind: event.kind } });
  expect(result.grant.history).toEqual([...grant.history, result.did]);
  Grant.parse(result.grant);
});

test('the matrix has a cell of each kind of event', () => {
  const kinds = new Set(Object.values(EVENTS).map((event) => event(active()).kind));
  const all: readonly EventKind[] = EventSchema.options.map(({ shape }) => shape.kind.value);
  expect([...kinds].toSorted()).toEqual(all.toSorted());
});

describe('approval', () => {
  it('of the same person counts once', () => {
    const once = through(IN['awaiting-approval'](), [approved()]);
    const twice = advance(once, approved(1, { ...bob, client: 'phone', teams: ['data'] }), NOW, settings);
    expect(twice).toMatchObject({ again: true, grant: once, did: once.history.at(-1) });
    expect(through(once, [approved(1, cleo)]).approvals.map(({ by }) => by.subject)).toEqual(['idp|bob', 'idp|cleo']);
  });

  it("is never one's own, whatever the client, the name or the teams", () => {
    const self = approved(1, { ...ann, name: 'Anna', teams: ['platform'], client: 'another' });
    expect(advance(IN['awaiting-approval'](), self, NOW, settings)).toEqual({
      refused: expect.stringContaining('Nobody approves their own request'),
    });
  });

  it('hangs on the version', () => {
    const grant = through(IN['awaiting-approval'](), [approved(), changed(), needed(2)]);
    expect(grant.pending).toMatchObject({ version: 2, stage: 'awaiting-approval' });
    expect(grant.approvals.filter(({ version }) => version === grant.pending?.version)).toEqual([]);
    expect(advance(grant, approved(1, cleo), NOW, settings)).toEqual({
      refused: expect.stringContaining('look at version 2'),
    });
    // The same person again, for what is asked now.
    expect(through(grant, [approved(2)]).approvals.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('alone changes nothing: the guardrails say when it is enough', () => {
    expect(through(IN['awaiting-approval'](), [approved(), approved(1, cleo)]).state).toBe('awaiting-approval');
  });
});

test('a verdict on an old version is late', () => {
  const grant = through(requested(), [changed()]);
  expect(advance(grant, allowed(1), NOW, settings)).toEqual({ refused: expect.stringContaining('version 2') });
});

describe('a change', () => {
  it('that fails puts the previous version back, and says so', () => {
    const grant = through(IN['changing/provisioning'](), [failed(2)]);
    expect(grant).toMatchObject({ state: 'active', inForce: 1 });
    expect(grant.history.at(-1)?.notes).toEqual(['Undone: source role', 'Version 1 is in force again.']);
  });

  it('keeps the old version in force, and its end, until it is made', () => {
    const before = active();
    const grant = through(before, [changed(1, { lifetime: { for: 'P90D' } }), allowed(2)]);
    expect([grant.inForce, grant.expireAt]).toEqual([1, before.expireAt]);
    expect(through(grant, [provisioned(2)], '2026-11-22T12:00:00Z')).toMatchObject({
      inForce: 2,
      expireAt: '2027-02-20T12:00:00.000Z',
    });
  });

  it('to no end has none', () => {
    const endless = through(active(), [changed(1, { lifetime: undefined }), allowed(2), provisioned(2)]);
    expect(endless.expireAt).toBeUndefined();
  });

  it('must have seen the newest version', () => {
    expect(advance(IN.active(), changed(7), NOW, settings)).toEqual({ refused: expect.stringContaining('version 1') });
  });

  it('that adopts what a finding complains about says so, to whoever decides about it', () => {
    const mark = { finding: 'f-0123456789ab', object: 'arn:x', facet: 'session-tags' };
    const adopting = { kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish: wishOf() } as const;
    const grant = through(active(), [{ ...adopting, adopts: [mark] }]);
    expect(newestOf(grant).adopts).toEqual([mark]);
    expect(grant.history.at(-1)?.notes).toEqual(['Adopts f-0123456789ab: session-tags of arn:x, as it is.']);
    expect(newestOf(through(active(), [changed()]))).not.toHaveProperty('adopts');
  });

  it('is of the same service account', () => {
    const other = changed(1, { serviceAccount: 'worker' });
    expect(advance(IN.active(), other, NOW, settings)).toEqual({ refused: expect.stringContaining('checkout/api') });
  });
});

describe('an extension', () => {
  it('is in force as soon as it is allowed, with nothing to provision', () => {
    const grant = through(active(), [extended(), allowed(2)]);
    expect(grant).toMatchObject({ state: 'active', inForce: 2, expireAt: '2027-01-20T12:00:00.000Z' });
    expect(grant.history.at(-1)?.did).toBe('extended');
  });

  it('extends what is in force, not a change that was rejected', () => {
    const rejected = through(active(), [changed(1, { takeOver: true }), denied(2)]);
    const grant = through(rejected, [extended(2), allowed(3)]);
    expect(grant.versions.at(-1)?.wish).toEqual({ ...wishOf(), lifetime: { for: 'P60D' } });
  });

  it('waits for approval where the guardrails want it', () => {
    const grant = through(active(), [extended(), needed(2), approved(2)]);
    expect([phaseOf(grant), grant.inForce]).toEqual(['changing/awaiting-approval', 1]);
  });

  it('makes the end from before void', () => {
    const before = active();
    const grant = through(before, [extended(), allowed(2)]);
    expect(advance(grant, expired(before), LATER, settings)).toEqual({
      refused: expect.stringContaining('it lasts until 2027-01-20'),
    });
  });
});

describe('due times', () => {
  const expireAt = active().expireAt ?? '';
  const at = (seconds: number): string => new Date(Date.parse(expireAt) + seconds * 1000).toISOString();

  it.each([
    [-3600, false],
    [-61, false],
    [-60, true],
    [0, true],
    [3600, true],
  ])('%d seconds from the end: expired %p', (seconds, isExpired) => {
    const result = advance(active(), { kind: 'expired', id: nextId(), expireAt }, at(seconds), settings);
    expect('grant' in result).toBe(isExpired);
  });

  it('a request lapses after its hours, or with what it asks for', () => {
    expect(requested().pending?.lapseAt).toBe('2026-11-24T12:00:00.000Z');
    expect(requested(wishOf({ lifetime: { until: '2026-11-22T00:00:00Z' } })).pending?.lapseAt).toBe(
      '2026-11-22T00:00:00.000Z',
    );
    const early: GrantEvent = { kind: 'lapsed', id: nextId(), version: 1 };
    expect(advance(requested(), early, NOW, settings)).toEqual({ refused: expect.stringContaining('may wait until') });
  });

  it('what is revoked because it ended is expired', () => {
    expect(through(IN.expired(), []).state).toBe('expired');
    expect(IN.revoked().state).toBe('revoked');
    expect(IN.expired().inForce).toBeUndefined();
  });
});

test('revoked in the middle of being made: what is half made stays known, and its result comes too late', () => {
  const grant = through(IN.provisioning(), [revokeAsked()]);
  expect(grant).toMatchObject({ state: 'revoking', pending: { version: 1 } });
  expect(advance(grant, provisioned(), NOW, settings)).toEqual({ refused: expect.stringContaining('is to be undone') });
  expect(through(grant, [failed(), revoked()])).toMatchObject({ state: 'revoked' });
});

test('the same event again does nothing and answers the same; its id for something else is refused', () => {
  const grant = requested();
  const event = needed();
  const first = advance(grant, event, NOW, settings);
  if ('refused' in first) throw new Error(first.refused);
  const again = advance(first.grant, event, LATER, settings);
  expect(again).toEqual({ ...first, again: true });
  const other = { ...revokeAsked(), id: event.id };
  expect(advance(first.grant, other, NOW, settings)).toEqual({ refused: expect.stringContaining('something else') });
});

test('a refusal says since when, and who', () => {
  const result = advance(IN.withdrawn(), approved(), NOW, settings);
  expect(result).toEqual({
    refused: `There is nothing to approve: grant g-0123456789abcdef has been withdrawn since ${NOW} (Ann).`,
  });
});

describe('whatever happens', () => {
  const people = fc.constantFrom(ann, bob, cleo);
  const version = fc.integer({ min: 1, max: 4 });
  // Weighted, so that walks get far: what ends a grant is rarer.
  const names = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('allowed', 'provisioned', 'needed', 'changed') },
    { weight: 1, arbitrary: fc.constantFrom('expired', 'revoked') },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(EVENTS)) },
  );
  const happening = fc.record({
    name: names,
    id: fc.integer({ min: 0, max: 300 }),
    by: people,
    version: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: version }),
    // Clocks that differ, and months that pass.
    now: fc.integer({ min: -300, max: 90 * 86_400 }),
  });
  type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;
  const run = (happenings: readonly Happening[]) => {
    let grant = requested();
    const trail = [grant];
    for (const { name, id, by, version: other, now } of happenings) {
      const made = EVENTS[name]?.(grant);
      if (made === undefined) throw new Error(name);
      const event = EventSchema.parse({
        ...made,
        id: `shared-${id}`,
        ...('by' in made && { by }),
        ...('version' in made && other !== null && { version: other }),
      });
      const result = advance(grant, event, new Date(Date.parse(NOW) + now * 1000).toISOString(), settings);
      if ('grant' in result) grant = result.grant;
      trail.push(grant);
    }
    return trail;
  };

  it('no path leaves a final state, the history only grows, and at most one version is in force', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 50 }), (happenings) => {
        const trail = run(happenings);
        for (const [index, grant] of trail.entries()) {
          reached.add(phaseOf(grant));
          const before = trail[index - 1];
          if (before !== undefined) {
            if (isFinal(before.state)) expect(grant).toBe(before);
            expect(grant.history.slice(0, before.history.length)).toEqual(before.history);
            expect(grant.versions.slice(0, before.versions.length)).toEqual(before.versions);
          }
          const times = grant.history.map(({ at }) => at);
          expect(times).toEqual(times.toSorted());
          expect(new Set(grant.history.map(({ event }) => event.id)).size).toBe(grant.history.length);
          expect(grant.versions.map((each) => each.version)).toEqual(grant.versions.map((_, place) => place + 1));
          if (grant.state !== 'revoking') {
            expect(grant.inForce !== undefined).toBe(grant.state === 'active' || grant.state === 'changing');
          }
          if (grant.pending !== undefined) expect(grant.pending.version).toBe(newestOf(grant).version);
          // What is in force was made, or was allowed as an extension.
          const inForce = grant.history.findLast(({ did }) => did === 'activated' || did === 'extended');
          if (grant.inForce !== undefined) expect(inForce?.version).toBe(grant.inForce);
        }
      }),
      { numRuns: 300 },
    );
    expect([...reached].toSorted()).toEqual([...Phase.options].toSorted());
  });

  it('nobody has approved what they asked for, and nobody twice', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 50 }), (happenings) => {
        const grant = run(happenings).at(-1);
        const given = grant?.approvals.map(({ by, version: of }) => `${by.subject} ${of}`) ?? [];
        expect(new Set(given).size).toBe(given.length);
        for (const { by, version: of } of grant?.approvals ?? []) {
          expect(grant?.versions[of - 1]?.requestedBy.subject).not.toBe(by.subject);
        }
      }),
      { numRuns: 300 },
    );
  });
});
