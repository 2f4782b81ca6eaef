/** What is done about which finding, and everything that holds it back. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DriftFinding, Snapshot } from '../../../../functions/drift/contract.ts';
import { type Circumstances, heeded, planFor } from '../../../../functions/drift/remedy/index.ts';
import { API, ASSOCIATION, CLUSTER, circumstances, desired, finding, snapshot } from './objects.ts';

const deeds = (findings: DriftFinding[], change: Parameters<typeof snapshot>[0] = {}) =>
  planFor(snapshot(change), findings, circumstances()).actions.map(
    ({ do: deed, facet, to }) => `${deed} ${facet} ${to}`,
  );

const DEEDS: [what: string, findings: DriftFinding[], plan: string[], change?: Parameters<typeof snapshot>[0]][] = [
  ['a changed boundary goes back', [finding()], ['revert boundary ours']],
  [
    'a policy that nobody asked for goes',
    [finding({ facet: 'attached:admin', is: 'x', shouldBe: null })],
    ['revert attached:admin null'],
  ],
  ['a wider trust is narrowed', [finding({ reason: 'TrustWidened', facet: 'trust' })], ['tighten trust ours']],
  ['a narrower trust goes back', [finding({ reason: 'TrustNarrowed', facet: 'trust' })], ['revert trust ours']],
  ['a session deny comes back', [finding({ facet: 'deny:x', is: null })], ['deny-again deny:x ours']],
  [
    'a role that is gone is made again',
    [finding({ facet: 'exists', is: null })],
    ['re-provision exists ours'],
    { facets: {} },
  ],
  ['a role made by others stays', [finding({ facet: 'exists', shouldBe: null })], []],
  [
    'an association outside of grants is revoked',
    [finding({ ref: ASSOCIATION, facet: 'exists', shouldBe: null })],
    ['revoke exists null'],
    { ref: ASSOCIATION },
  ],
  [
    'one that went with its add-on too',
    [finding({ reason: 'AssociationGoneWithAddOn', ref: ASSOCIATION, facet: 'exists', is: null, shouldBe: null })],
    ['revoke exists null'],
    { ref: ASSOCIATION, facets: {} },
  ],
  ['what only wants to be known asks for nothing', [finding({ is: 'same', shouldBe: 'same' })], []],
  [
    'what is wrong with a thing that goes, goes with it',
    [finding({ ref: ASSOCIATION, facet: 'role' }), finding({ ref: ASSOCIATION, facet: 'exists', shouldBe: null })],
    ['revoke exists null'],
    { ref: ASSOCIATION },
  ],
  [
    'access is cut before it is given',
    [
      finding({ facet: 'exists' }),
      finding({ facet: 'boundary' }),
      finding({ reason: 'TrustWidened', facet: 'trust' }),
      finding({ facet: 'deny:x', is: null }),
    ],
    ['deny-again deny:x ours', 'tighten trust ours', 'revert boundary ours', 're-provision exists ours'],
  ],
];

test.each(DEEDS)('%s', (_what, findings, plan, change = {}) => {
  expect(deeds(findings, change)).toEqual(plan);
});

const minutesAgo = (minutes: number) => new Date(Date.parse(snapshot().now) - minutes * 60_000).toISOString();
const intent = (facet: string, minutes: number, closedAt?: string) => ({
  execution: 'e-1',
  facet,
  value: 'v',
  at: minutesAgo(minutes),
  requestIds: [],
  ...(closedAt === undefined ? {} : { closedAt }),
});
const contested = desired({
  conflicts: [
    {
      facet: 'boundary',
      values: ['g-1', 'g-2'].map((id) => ({ facet: 'boundary', value: id, by: [{ kind: 'grant', id, version: 1 }] })),
    },
  ],
});
const exception = { id: 'x', owner: 'ops', why: 'moving', until: '2026-12-01T00:00:00Z', object: '*:role/orders' };
const closed = { windows: [{ days: ['sat'], from: '10:00', to: '12:00', zone: 'UTC' }] };

const HELD: [
  what: string,
  because: string | undefined,
  change: {
    finding?: Partial<DriftFinding>;
    snapshot?: Parameters<typeof snapshot>[0];
    around?: Parameters<typeof circumstances>[0];
  },
][] = [
  ['nothing in the way', undefined, {}],
  [
    'an add-on owns it',
    'owned',
    { finding: { ref: ASSOCIATION, facet: 'role' }, snapshot: { ref: ASSOCIATION, facets: { owner: 'addon/x' } } },
  ],
  ["a cluster's own things", 'not-ours', { finding: { ref: CLUSTER, facet: 'agent' }, snapshot: { ref: CLUSTER } }],
  ['an excluded role', 'not-ours', { around: { notOurs: 'It is excluded.' } }],
  [
    'grants that contradict each other',
    'conflict',
    { snapshot: { desired: contested }, finding: { is: 'g-1', shouldBe: 'g-1' } },
  ],
  ['a cluster that is observed', 'mode', { around: { concerned: [{ ...API, cluster: 'quiet' }] } }],
  ['one of two who share the role is observed', 'mode', { around: { concerned: [API, { ...API, cluster: 'quiet' }] } }],
  ['nobody known to use it', 'mode', { around: { concerned: [] } }],
  ['a rule for the namespace', 'mode', { around: { drift: { modes: [{ namespace: 'ord*', mode: 'notify' }] } } }],
  ['a rule for another reason', undefined, { around: { drift: { modes: [{ reason: 'Trust*', mode: 'ignore' }] } } }],
  ['an exception', 'exception', { around: { drift: { exceptions: [exception] } } }],
  [
    'an exception that is over',
    undefined,
    { around: { drift: { exceptions: [{ ...exception, until: snapshot().now }] } } },
  ],
  [
    'an exception for something else',
    undefined,
    { around: { drift: { exceptions: [{ ...exception, facet: 'trust' }] } } },
  ],
  [
    'an exception for another role',
    undefined,
    { around: { drift: { exceptions: [{ ...exception, object: '*:role/order' }] } } },
  ],
  ['the kill switch', 'kill-switch', { around: { killSwitch: true } }],
  ['a fight', 'fight', { around: { fights: new Map([['boundary', 'They fight.']]) } }],
  ['a fight about something else', undefined, { around: { fights: new Map([['trust', 'They fight.']]) } }],
  ['a tripped breaker', 'breaker', { around: { tripped: 'Too many.' } }],
  ['what was not read', 'incomplete', { snapshot: { unread: ['boundary'], complete: false } }],
  [
    'absent from half a read',
    'incomplete',
    { finding: { is: null }, snapshot: { unread: ['trust'], complete: false } },
  ],
  ['present in half a read', undefined, { snapshot: { unread: ['trust'], complete: false } }],
  ['an execution at it', 'in-flight', { snapshot: { intents: [intent('boundary', 5)] } }],
  ['an execution that makes all of it', 'in-flight', { snapshot: { intents: [intent('exists', 5)] } }],
  ['an execution at something else', undefined, { snapshot: { intents: [intent('trust', 5)] } }],
  ['an execution that is through', undefined, { snapshot: { intents: [intent('boundary', 5, minutesAgo(4))] } }],
  ['an execution that died', undefined, { snapshot: { intents: [intent('boundary', 31)] } }],
  ['a change a moment ago', 'settling', { around: { settlesAt: Date.parse(snapshot().now) + 1 } }],
  ['a change that has settled', undefined, { around: { settlesAt: Date.parse(snapshot().now) } }],
  ['no window open', 'window', { around: { drift: closed } }],
  ['no window open, and it is critical', undefined, { finding: { severity: 'critical' }, around: { drift: closed } }],
  [
    'critical, and told to wait',
    'window',
    { finding: { severity: 'critical' }, around: { drift: { ...closed, criticalWaits: true } } },
  ],
];

test.each(HELD)('%s: held because %s', (_what, because, change) => {
  const plan = planFor(snapshot(change.snapshot), [finding(change.finding)], circumstances(change.around));
  expect(plan.holds.map((hold) => hold.because)).toEqual(because === undefined ? [] : [because]);
  expect(plan.actions.length).toBe(because === undefined ? 1 : 0);
  for (const { sentence } of plan.holds) expect(sentence).toMatch(/^[A-Za-z].*\.$/);
});

test('one finding held holds all of its facet, and nothing of another', () => {
  const drift = { exceptions: [{ ...exception, reason: 'TagSessionLost' }] };
  const found = [
    finding({ facet: 'trust', reason: 'TrustWidened' }),
    finding({ facet: 'trust', reason: 'TagSessionLost' }),
    finding(),
  ];
  const plan = planFor(snapshot(), found, circumstances({ drift }));
  expect(plan.actions.map(({ facet }) => facet)).toEqual(['boundary']);
  expect(plan.holds.map(({ facet }) => facet)).toEqual(['trust']);
});

test('the rest of a thing that is gone waits for its being made again', () => {
  const drift = { exceptions: [{ ...exception, facet: 'exists' }] };
  const found = [finding({ facet: 'exists', is: null }), finding({ facet: 'boundary', is: null })];
  expect(planFor(snapshot({ facets: {} }), found, circumstances({ drift })).actions).toEqual([]);
});

test('what a person wants to keep is left alone, and nothing else; the finding says by which version, whatever the mode', () => {
  const adopted = new Map([['attached:x', 'Adopted as version 2 of g-1, which awaits approval.']]);
  const found = [finding({ facet: 'attached:x', is: 'attached', shouldBe: null }), finding()];
  const held = { because: 'adopted', facet: 'attached:x', sentence: adopted.get('attached:x') };
  const plan = planFor(snapshot(), found, circumstances({ adopted }));
  expect(plan.actions.map(({ facet }) => facet)).toEqual(['boundary']);
  expect(plan.holds).toEqual([held]);
  const quiet = circumstances({ adopted, concerned: [{ ...API, cluster: 'quiet' }], killSwitch: true });
  expect(planFor(snapshot(), found, quiet).holds).toContainEqual(held);
});

test('what is ignored is told to nobody', () => {
  const around = circumstances({ drift: { modes: [{ reason: 'Boundary*', mode: 'ignore' }] } });
  expect(heeded([finding(), finding({ reason: 'TrustWidened' })], around).map(({ reason }) => reason)).toEqual([
    'TrustWidened',
  ]);
});

test('a plan is the same whatever the order of findings, facets and wishes, and its digests tell what it was made from', () => {
  const facets = { exists: 'AROA', trust: 't', boundary: 'b' };
  const wanted = ['trust', 'boundary'].map((facet) => ({
    facet,
    value: 'ours',
    by: [{ kind: 'grant' as const, id: 'g', version: 1 }],
  }));
  const found = [finding(), finding({ facet: 'trust' }), finding({ facet: 'deny:x', is: null })];
  const made = (
    order: { facets: Snapshot['actual']['facets']; wanted: typeof wanted; found: typeof found },
    around: Circumstances = circumstances(),
  ) => planFor(snapshot({ facets: order.facets, desired: desired({ wanted: order.wanted }) }), order.found, around);
  const expected = made({ facets, wanted, found });
  fc.assert(
    fc.property(
      fc.shuffledSubarray(Object.entries(facets), { minLength: 3 }),
      fc.shuffledSubarray(wanted, { minLength: 2 }),
      fc.shuffledSubarray(found, { minLength: 3 }),
      (entries, some, all) => {
        expect(made({ facets: Object.fromEntries(entries), wanted: some, found: all })).toEqual(expected);
      },
    ),
    { numRuns: 50 },
  );
  expect(made({ facets: { ...facets, trust: 'u' }, wanted, found }).actualDigest).not.toBe(expected.actualDigest);
  expect(made({ facets, wanted: wanted.slice(1), found }).desiredDigest).not.toBe(expected.desiredDigest);
});
