/** Decisions made again: the same by the same, otherwise by another configuration, and what is told of it. */
import { describe, expect, it } from '@jest/globals';
import {
  changedIn,
  Decision,
  digestOfConfig,
  eventsIn,
  type Line,
  lineOf,
  linesOf,
  redo,
  toldBy,
} from '../../../../functions/drift/replay/index.ts';
import { fixture } from '../../../events/fixtures.ts';
import { desired, NOW, ROLE } from '../remedy/objects.ts';
import { decided, EVE, inMode } from './made.ts';

const CLUSTER = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';
const today = (change: object = {}) => ({ config: inMode('remediate'), unaccepted: new Set<string>(), ...change });

describe('what is kept of a decision', () => {
  const { decision, world } = decided();

  it('says by what it was made, and fits its schema', () => {
    expect(Decision.parse(decision)).toEqual(decision);
    expect(decision).toMatchObject({
      at: NOW,
      ref: ROLE,
      eventIds: ['e-1'],
      configDigest: digestOfConfig(inMode('remediate')),
      counters: { identities: 1 },
      grantVersions: [{ grantId: 'g-1', version: 1 }],
      findings: [{ reason: 'BoundaryChanged', subject: 'boundary', severity: 'error' }],
      wrote: ['boundary'],
    });
    expect(decision.plan.actions).toMatchObject([{ do: 'revert', facet: 'boundary', to: 'ours' }]);
  });

  it('has the exceptions under which a finding stood, and those that were recorded with all they say', () => {
    const { decision: excepted, world: then } = decided(inMode('remediate', { exceptions: [EXCEPTION] }));
    expect(excepted.exceptions).toEqual(['x-1']);
    // It stands in the configuration, of which today's counts.
    expect(then.exceptions).toEqual([]);
  });

  it('has one text for two looks at the same things', () => {
    const later = new Date(Date.parse(NOW) + 300_000).toISOString();
    expect(decided(undefined, { now: later }).world.snapshot).toEqual(world.snapshot);
    expect(decided(undefined, { now: later }).text).toBe(decided().text);
  });

  it('names the executions in flight, not those that are done', () => {
    const intent = { facet: 'trust', value: null, at: NOW, requestIds: [] };
    const { executions } = decided(undefined, {
      intents: [
        { ...intent, execution: 'x-open' },
        { ...intent, execution: 'x-done', closedAt: NOW },
      ],
    }).decision;
    expect(executions).toEqual(['x-open']);
  });
});

const EXCEPTION = {
  id: 'x-1',
  owner: 'platform',
  why: 'until the migration is over',
  until: '2026-12-01T00:00:00Z',
  object: '*',
};

describe('a decision made again', () => {
  const { decision, world } = decided();

  it('by the same configuration is the same', () => {
    const { plan, differences } = redo(decision, world, today());
    expect(plan).toEqual(decision.plan);
    expect(differences).toEqual([]);
  });

  it.each<[what: string, change: object, differences: readonly string[]]>([
    ['in mode observe is held', { config: inMode('observe') }, ['boundary: now held (mode); it was revert.']],
    [
      'without an accepted baseline is held',
      { unaccepted: new Set([CLUSTER]) },
      ['boundary: now held (mode); it was revert.'],
    ],
    [
      'in a mode that leaves both aside is the same',
      { config: inMode('observe'), unaccepted: new Set([CLUSTER]), mode: 'remediate' },
      [],
    ],
    [
      'by an exception of today is held',
      { config: inMode('remediate', { exceptions: [EXCEPTION] }) },
      ['boundary: now held (exception); it was revert.'],
    ],
    [
      'by an exception that is over by then is the same',
      { config: inMode('remediate', { exceptions: [{ ...EXCEPTION, until: NOW }] }) },
      [],
    ],
    [
      'where the role is excluded today is held',
      {
        config: {
          ...inMode('remediate'),
          spokes: inMode('remediate').spokes.map((spoke) => ({ ...spoke, excludedRoles: ['orders'] })),
        },
      },
      ['boundary: now held (not-ours); it was revert.'],
    ],
    [
      'by guardrails that would refuse its grant says so',
      { refused: new Map([['g-1', 'no shop on Sundays']]) },
      [
        'The grant g-1, which wants something of it, would be refused: no shop on Sundays; it stays in force until somebody revokes it.',
      ],
    ],
    [
      'in mode ignore finds nothing',
      { mode: 'ignore' },
      ['BoundaryChanged of boundary was found, and is not any more.', 'boundary: now held (mode); it was revert.'],
    ],
  ])('%s', (_what, change, differences) => {
    expect(redo(decision, world, today(change)).differences).toEqual(differences);
  });

  it('by rules that judge otherwise says what', () => {
    const before = {
      ...decision,
      findings: [
        { reason: 'Other', subject: 'trust', severity: 'info' as const },
        { reason: 'BoundaryChanged', subject: 'boundary', severity: 'info' as const },
      ],
    };
    expect(redo(before, world, today()).differences).toEqual([
      'Other of trust was found, and is not any more.',
      'BoundaryChanged of boundary is now of severity error; it was info.',
    ]);
    expect(redo({ ...decision, findings: [] }, world, today()).differences).toEqual([
      'BoundaryChanged of boundary is found now, of severity error.',
    ]);
  });

  it('keeps to its own instant: windows and the settling are those of then', () => {
    const settling = decided(undefined, { changes: [{ ...EVE, at: NOW }] });
    expect(settling.decision.plan.holds).toMatchObject([{ because: 'settling' }]);
    expect(redo(settling.decision, settling.world, today()).differences).toEqual([]);
  });

  it('looks at a role that a grant has made though nobody opted it in', () => {
    const managed = [{ grantId: 'g-1', version: 1, role: { managed: true } }];
    const made = decided(undefined, {}, { grantVersions: managed });
    const none = {
      ...inMode('remediate'),
      spokes: inMode('remediate').spokes.map((spoke) => ({ ...spoke, managedRoles: [] })),
    };
    expect(redo(made.decision, made.world, today({ config: none })).differences).toEqual([]);
    expect(redo(decision, world, today({ config: none })).differences).toHaveLength(1);
  });

  it('where a deny may be put back puts it back, and nothing else', () => {
    const deny = { facet: 'deny:x', value: 'y', by: [{ kind: 'deny' as const, revocation: 'r-1' }] };
    const boundary = { facet: 'boundary', value: 'ours', by: [{ kind: 'grant' as const, id: 'g-1', version: 1 }] };
    const both = decided(undefined, { desired: desired({ wanted: [deny, boundary] }) });
    const none = {
      ...inMode('remediate'),
      spokes: inMode('remediate').spokes.map((spoke) => ({ ...spoke, managedRoles: [] })),
    };
    const { plan } = redo(both.decision, both.world, today({ config: none }));
    expect(plan.actions).toMatchObject([{ do: 'deny-again' }]);
    expect(plan.holds).toMatchObject([{ facet: 'boundary', because: 'mode' }]);
  });
});

describe('lines', () => {
  const event = fixture('role-trust-changed');
  const told = toldBy(event);
  if (!('change' in told)) throw new Error('the fixture tells of no change');
  const redoneWith = (change: object) => {
    const { decision, world } = decided();
    return { decision, redone: redo(decision, world, today(change)) };
  };

  it('of a change without a snapshot have its facts, and the reason why there is no more', () => {
    const line = lineOf(told.change, { none: 'no hub' });
    expect(line).toEqual({
      eventId: told.change.actor.eventId,
      change: expect.objectContaining({ kind: 'RoleTrustChanged', at: told.change.at }),
      because: 'no hub',
      actor: told.change.actor,
      findings: null,
      plan: null,
    });
    expect('actor' in Object('change' in line ? line.change : null)).toBe(false);
  });

  it('of a change with decisions have findings and plans of today', () => {
    const same = lineOf(told.change, { redone: [redoneWith({})] });
    expect(same).toMatchObject({
      because: 'What was decided would be decided again.',
      findings: [{ reason: 'BoundaryChanged' }],
      plan: [{ object: 'arn:aws:iam::222222222222:role/orders', do: 'revert', facet: 'boundary' }],
      decisions: [{ id: 'd-1', differences: [] }],
    });
    const other = lineOf(told.change, { redone: [redoneWith({ mode: 'observe' })] });
    expect(other).toMatchObject({
      because: '1 of 1 decisions would be different now.',
      plan: [{ do: 'hold', because: 'mode', facet: 'boundary' }],
    });
    expect(changedIn([same])).toBe(0);
    expect(changedIn([other, other])).toBe(1);
  });

  it('of a change on which an object was looked at twice have what the last look found, and both decisions', () => {
    const twice = lineOf(told.change, { redone: [redoneWith({ mode: 'observe' }), redoneWith({})] });
    expect(twice).toMatchObject({
      findings: [{ reason: 'BoundaryChanged' }],
      plan: [{ do: 'revert' }],
      decisions: [{ differences: [expect.anything()] }, { differences: [] }],
    });
  });

  it('of a decision have each of its events, as far as its snapshot tells', () => {
    const { decision, world } = decided(undefined, {}, { eventIds: ['e-1', 'e-0'] });
    const lines = linesOf({ decision, redone: redo(decision, world, today()) }, world.snapshot.changes);
    expect(lines).toMatchObject([
      { eventId: 'e-1', change: { kind: 'RoleBoundaryChanged' }, actor: { name: 'eve' } },
      { eventId: 'e-0', change: null, actor: null },
    ]);
    const swept = { ...decision, eventIds: [] };
    expect(linesOf({ decision: swept, redone: redo(swept, world, today()) }, [])).toMatchObject([
      { eventId: null, because: expect.stringMatching(/^No event led to it/) },
    ]);
  });

  it.each<[what: string, event: unknown, line: Partial<Line>]>([
    ['none of ours', fixture('user-created'), { change: null, findings: null, plan: null, actor: null }],
    [
      'malformed',
      fixture('malformed-role-name'),
      { error: expect.stringMatching(/requestParameters.roleName/) as never },
    ],
    ['a number', 7, { eventId: null, error: expect.anything() as never }],
    ['null', null, { eventId: null, error: expect.anything() as never }],
    ['too large', { source: 'x'.repeat(300_000) }, { eventId: null, error: expect.stringMatching(/256 KB/) as never }],
  ])('of what is %s', (_what, given, line) => {
    expect(toldBy(given)).toEqual({ line: expect.objectContaining(line) });
  });
});

describe('events in a text', () => {
  it.each<[what: string, text: string, read: unknown]>([
    ['one', '{"a":1}', [{ event: { a: 1 } }]],
    ['an array', '[1, {"a":1}]', [{ event: 1 }, { event: { a: 1 } }]],
    ['lines', '{"a":1}\r\n\n{"b":2}\n', [{ event: { a: 1 } }, { event: { b: 2 } }]],
    [
      'lines, one of which is none',
      '{"a":1}\n{"b":\n{"c":3}',
      [{ event: { a: 1 } }, { error: expect.stringMatching(/^line 2 is no JSON/) }, { event: { c: 3 } }],
    ],
    ['no JSON', 'hello', [{ error: expect.stringMatching(/^the text is no JSON/) }]],
    ['nothing', '', [{ error: expect.stringMatching(/^the text is no JSON/) }]],
  ])('%s', (_what, text, read) => {
    expect(eventsIn(text)).toEqual(read);
  });
});
