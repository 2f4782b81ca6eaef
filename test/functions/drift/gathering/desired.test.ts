/** How an object should be, from what the hub keeps; and that what was made by it is no drift. */
import { describe, expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import type { Desired, ObjectRef } from '../../../../functions/drift/contract.ts';
import { detect } from '../../../../functions/drift/detect/index.ts';
import { actualOf, canonicalPolicy, facetsOfRole } from '../../../../functions/drift/facets/index.ts';
import { withOwnWrite } from '../../../../functions/drift/gathering/baseline-wants.ts';
import { denyIntents } from '../../../../functions/drift/gathering/deny-wants.ts';
import { desiredFrom, type Facts } from '../../../../functions/drift/gathering/desired.ts';
import { knownId } from '../../../../functions/drift/gathering/known-id.ts';
import { setupOf } from '../../../../functions/drift/gathering/setup.ts';
import type { Grant } from '../../../../functions/grants/index.ts';
import type { DenyRow } from '../../../../functions/store/denies.ts';
import { digestOf } from '../../../../functions/trust/digest.ts';
import { active, cluster, config, ID, NOW, wishOf } from '../../grants/samples.ts';
import { API, ASSOCIATION, OWNERS_TRUST, ofRole, planFor, SHARED } from './plans.ts';

const OTHER = 'g-00000000000000aa';
const NOTHING: Facts = {
  now: NOW,
  config,
  standing: [],
  grants: [],
  denies: [],
  baseline: undefined,
  intents: [],
  id: undefined,
  setup: undefined,
};
const facts = (change: Partial<Facts> = {}): Facts => ({ ...NOTHING, ...change });
const inForce = (...grants: readonly Grant[]): Partial<Facts> => ({
  grants,
  standing: grants.map((grant) => ({
    grant,
    version: 1,
    plan: planFor(grant.id, 1, grant.versions[0]?.wish ?? wishOf()),
  })),
});
const wantedOf = ({ wanted }: Desired): Record<string, string | null> =>
  Object.fromEntries(wanted.map(({ facet, value }) => [facet, value]));
const baseline = (facets: Record<string, string>, closed: string[] = []) => ({
  baseline: { acceptedAt: NOW, by: 'ann', facets, closed },
});

const grant = active();
const plan = planFor(ID, 1, wishOf());
const [source] = plan.roles;
if (source === undefined) throw new Error('nothing is made');

describe('a grant in force', () => {
  test('wants of its role everything that the plan has, and closes it', () => {
    const desired = desiredFrom(ofRole(source.roleArn), facts({ ...inForce(grant), id: 'AROAX' }));
    expect(wantedOf(desired)).toEqual({
      exists: 'AROAX',
      trust: canonicalPolicy(source.trust.text ?? ''),
      [`inline:podid-targets-${ID}`]: canonicalPolicy(source.inline[`podid-targets-${ID}`] ?? ''),
      boundary: source.boundary,
      'tag:podid:grant': ID,
      'tag:podid:team': 'checkout',
    });
    expect(desired).toMatchObject({ closed: ['inline', 'attached'], conflicts: [] });
    expect(desired.wanted.every(({ by }) => by[0]?.kind === 'grant')).toBe(true);
  });

  test('is no drift as it was made, with the mark of its execution', () => {
    const { trust, inline, boundary = '', tags } = source;
    const seen = {
      roleArn: source.roleArn,
      present: true as const,
      trust: trust.text ?? '',
      managedPolicyArns: [],
      inline,
      boundary,
      tags: { ...tags, 'podid:made-by': `${ID}-v1-p1` },
    };
    const ref = ofRole(source.roleArn);
    const found = (more: object) =>
      detect(
        {
          ref,
          now: NOW,
          actual: actualOf(facetsOfRole({ seen: { ...seen, ...more }, roleId: 'AROAX' }), NOW),
          desired: desiredFrom(ref, facts(inForce(grant))),
          intents: [],
          changes: [],
        },
        new Set(),
      ).map(({ reason }) => reason);
    expect(found({})).toEqual([]);
    expect(found({ managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })).toEqual(['PolicyAttached']);
    expect(found({ boundary: undefined })).toEqual(['BoundaryRemoved']);
  });

  test('wants its association, under the id by which it is known', () => {
    const wanted = wantedOf(desiredFrom(ASSOCIATION, facts({ ...inForce(grant), id: 'a-1' })));
    expect(wanted).toMatchObject({ exists: 'a-1', role: source.roleArn, 'session-tags': 'on', policy: null });
    expect(wantedOf(desiredFrom(ASSOCIATION, facts(inForce(grant))))).toMatchObject({ exists: '*' });
  });

  test('contradicts another that wants something else of the same', () => {
    const other = active(wishOf({ sessionTags: false }), OTHER);
    const { conflicts, wanted } = desiredFrom(ASSOCIATION, facts(inForce(grant, other)));
    expect(conflicts.map(({ facet }) => facet)).toEqual(['role', 'session-tags', 'tag:podid:grant', 'target']);
    expect(wanted.map(({ facet }) => facet)).toEqual(['exists', 'policy', 'tag:podid:team']);
  });
});

describe('a role that is not podid’s', () => {
  const sharing = active(wishOf({ source: { role: SHARED } }));
  const shared = ofRole(SHARED);
  test('is trusted as the one grant on it says, and open', () => {
    const desired = desiredFrom(shared, facts(inForce(sharing)));
    expect(Object.keys(wantedOf(desired))).toEqual(['exists', `inline:podid-targets-${ID}`, 'trust']);
    expect(desired.closed).toEqual([]);
  });

  test.each<[string, Partial<Facts>]>([
    ['its owner, who has accepted a baseline', baseline({ exists: 'AROAX', trust: 'owner’s' })],
    ['another grant', { grants: [sharing, active(wishOf({ source: { role: SHARED } }), OTHER)] }],
    [
      'a grant that has gone',
      { grants: [sharing, { ...active(wishOf({ source: { role: SHARED } }), OTHER), state: 'revoked' }] },
    ],
  ])('may be trusted so where %s has a say', (_who, change) => {
    const desired = desiredFrom(shared, facts({ ...inForce(sharing), ...change }));
    const text = canonicalPolicy(planFor(ID, 1, wishOf({ source: { role: SHARED } })).roles[0]?.trust.text ?? '');
    expect(desired.also).toContainEqual({ facet: 'trust', value: text });
    expect(wantedOf(desired).trust).toBe(change.baseline?.facets.trust);
  });

  test('may also be trusted as podid itself has narrowed it', () => {
    expect(desiredFrom(shared, facts({ ...inForce(sharing), ownTrust: 'narrow' })).also).toEqual([
      { facet: 'trust', value: 'narrow' },
    ]);
    expect(desiredFrom(shared, facts(inForce(sharing))).also).toBeUndefined();
  });

  test('is as its baseline says where no grant has a say; tags and denies are no baseline’s', () => {
    const facets = { trust: 't', 'attached:a': 'attached', 'tag:x': 'y', 'deny:podid-deny-1': 'd', boundary: 'b' };
    const desired = desiredFrom(shared, facts(baseline(facets, ['inline', 'attached'])));
    expect(wantedOf(desired)).toEqual({ trust: 't', 'attached:a': 'attached', boundary: 'b' });
    expect(desired.closed).toEqual(['inline', 'attached']);
  });
});

describe('a baseline', () => {
  test('says of a role that podid made only what its managed policies said', () => {
    const wish = wishOf({
      source: { role: 'managed', permissions: { managedPolicyArns: ['arn:aws:iam::222222222222:policy/read'] } },
    });
    const change = {
      ...inForce(active(wish)),
      ...baseline({
        'inline:old': 'x',
        'version:arn:aws:iam::222222222222:policy/read': '1',
        'version:arn:aws:iam::222222222222:policy/old': '1',
      }),
    };
    const facets = Object.keys(wantedOf(desiredFrom(ofRole(source.roleArn), facts(change))));
    expect(facets).toContain('version:arn:aws:iam::222222222222:policy/read');
    expect(facets).not.toContain('version:arn:aws:iam::222222222222:policy/old');
    expect(facets).not.toContain('inline:old');
  });

  test('holds for an association until a grant has had its identity', () => {
    const accepted = baseline({ exists: 'a-1', role: 'r', 'session-tags': 'on', 'tag:x': 'y' });
    const all = { exists: 'a-1', role: 'r', 'session-tags': 'on', target: null, policy: null };
    expect(wantedOf(desiredFrom(ASSOCIATION, facts(accepted)))).toEqual(all);
    const revoked = { ...grant, state: 'revoked' as const };
    expect(wantedOf(desiredFrom(ASSOCIATION, facts({ ...accepted, grants: [revoked] })))).toEqual({});
  });

  test('moves with the last document that podid wrote itself, and with no other', () => {
    const before = { acceptedAt: NOW, by: 'ann', facets: { trust: 'wide', boundary: 'b' }, closed: [] };
    const text = JSON.stringify(OWNERS_TRUST);
    const ours = { digest: digestOf(text) };
    expect(withOwnWrite(before, text, ours)?.facets).toEqual({ trust: canonicalPolicy(text), boundary: 'b' });
    for (const [trust, written] of [
      [text, { digest: 'another' }],
      [text, undefined],
      [undefined, ours],
      ['no JSON', ours],
    ] as const) {
      expect(withOwnWrite(before, trust, written)).toBe(before);
    }
    expect(withOwnWrite({ ...before, facets: {} }, text, ours)?.facets).toEqual({});
  });
});

describe('session denies', () => {
  const identity = API;
  const roleArn = source.roleArn;
  const deny = (change: Partial<DenyRow> = {}): DenyRow => ({
    identity,
    roleArn,
    form: 'tags',
    policyName: denyName({ identity, roleArn, form: 'tags' }),
    revocation: 'r-1',
    status: 'in-force',
    at: NOW,
    ...change,
  });
  const facet = `deny:${deny().policyName}`;
  const text = renderDeny(deny());
  const desired = (row: DenyRow) => desiredFrom(ofRole(roleArn), facts({ denies: [row] }));

  test('must be there until their time, may be there after it, and may be gone when they are lifted', () => {
    const dueAt = '2026-11-21T12:00:01.000Z';
    expect(desired(deny({ dueAt })).wanted).toEqual([
      { facet, value: text, by: [{ kind: 'deny', revocation: 'r-1', until: dueAt }] },
    ]);
    expect(desired(deny()).wanted).toHaveLength(1);
    expect(desired(deny({ dueAt: NOW }))).toMatchObject({ wanted: [], also: [{ facet, value: text }] });
    expect(desired(deny({ status: 'lifted' }))).toMatchObject({ wanted: [], also: [{ facet, value: null }] });
  });

  test('are the writes of their revocations, as far back as events are asked about', () => {
    const intent = { execution: 'r-1', facet, at: NOW, closedAt: NOW, requestIds: [] };
    expect(denyIntents([deny()], NOW)).toEqual([{ ...intent, value: text }]);
    expect(denyIntents([deny({ status: 'lifted' })], NOW)).toEqual([{ ...intent, value: null }]);
    expect(denyIntents([deny()], '2026-11-21T12:00:00.001Z')).toEqual([]);
  });
});

describe('what is under way', () => {
  test('may be so, and is not wanted', () => {
    const open = { execution: 'x', facet: 'role', value: 'other', at: NOW, requestIds: [] };
    const desired = desiredFrom(ASSOCIATION, facts({ ...inForce(grant), intents: [open] }));
    expect(desired.also).toEqual([{ facet: 'role', value: 'other' }]);
    const closed = desiredFrom(ASSOCIATION, facts({ ...inForce(grant), intents: [{ ...open, closedAt: NOW }] }));
    expect(closed.also).toBeUndefined();
  });
});

describe('a cluster', () => {
  const ref: ObjectRef = { object: 'cluster', cluster: cluster() };
  test('has podid’s ways in, what they let it do, and the agent that its baseline has', () => {
    const setup = setupOf(config, cluster());
    const desired = desiredFrom(ref, facts({ setup, id: '2026', ...baseline({ agent: 'add-on', exists: '2026' }) }));
    expect(wantedOf(desired)).toEqual({ exists: '2026', agent: 'add-on', access: setup?.access, rbac: setup?.rbac });
    expect(setup?.rbac?.split('\n')).toContain('podid-observe list pods');
    expect(setup?.access?.split('\n')).toContain(
      'arn:aws:iam::222222222222:role/podid-restart-eu-west-1 podid-restart',
    );
  });
  test('that the configuration does not name has none of ours', () => {
    expect(setupOf(config, cluster('unknown'))).toBeUndefined();
    expect(wantedOf(desiredFrom(ref, facts()))).toEqual({});
  });
});

describe('the id of an object', () => {
  const state = (readAt: string) => ({
    ref: ASSOCIATION,
    facets: { exists: 'a-1' },
    readAt,
    fights: {},
  });
  const intent = { execution: 'x', facet: 'exists', value: '*', at: NOW, requestIds: [] };
  const accepted = { acceptedAt: NOW, by: 'ann', facets: { exists: 'a-0' }, closed: [] };
  test('is what was read last, or accepted before that', () => {
    expect(knownId(state(NOW), accepted, [])).toBe('a-1');
    expect(knownId(undefined, accepted, [])).toBe('a-0');
    expect(knownId(undefined, undefined, [])).toBeUndefined();
  });
  test('is nobody’s knowledge while something of ours makes it, and until it is read again', () => {
    expect(knownId(state(NOW), undefined, [intent])).toBeUndefined();
    expect(knownId(state(NOW), undefined, [{ ...intent, closedAt: NOW }])).toBeUndefined();
    expect(knownId(state('2026-11-21T12:00:00.001Z'), undefined, [{ ...intent, closedAt: NOW }])).toBe('a-1');
    expect(knownId(state(NOW), undefined, [{ ...intent, facet: 'role' }])).toBe('a-1');
  });
});
