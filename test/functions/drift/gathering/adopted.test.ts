/** What people are asked to keep: only what is marked, only while nobody has decided, and only exactly that. */
import { describe, expect, it } from '@jest/globals';
import type { Facets, ObjectRef } from '../../../../functions/drift/contract.ts';
import { canonicalPolicy } from '../../../../functions/drift/facets/index.ts';
import { adoptedFacets } from '../../../../functions/drift/gathering/adopted.ts';
import { objectKey } from '../../../../functions/drift/object.ts';
import { type Grant, type GrantEvent, type GrantWish, rolesOf } from '../../../../functions/grants/index.ts';
import {
  active,
  allowed,
  ann,
  bob,
  cluster,
  config,
  ID,
  nextId,
  provisioned,
  READ_ORDERS,
  through,
  wishOf,
} from '../../grants/samples.ts';
import { API, ASSOCIATION, ofRole } from './plans.ts';

const FINDING = 'f-0123456789ab';
const waiting = (version: number): GrantEvent => ({
  ...{ kind: 'decided', id: nextId(), version, verdict: 'needs-approval', because: [] },
  needs: [{ id: 'owner', sentence: 'An owner has to approve.' }],
});
/** In force as it was, with a version that waits. */
const adopting = (
  wish: GrantWish,
  facets: readonly string[],
  ref = ASSOCIATION,
  ...more: readonly GrantEvent[]
): Grant =>
  through(active(), [
    {
      ...{ kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish },
      ...(facets.length > 0 && {
        adopts: facets.map((facet) => ({ finding: FINDING, object: objectKey(ref), facet })),
      }),
    },
    waiting(2),
    ...more,
  ]);
const held = (grant: Grant, facets: Facets, ref = ASSOCIATION) =>
  Object.fromEntries(adoptedFacets(ref, facets, [grant], config));

const OFF = { exists: 'a-1', 'session-tags': 'off' };
const untagged = wishOf({ sessionTags: false });
const AWAITS = { 'session-tags': `Adopted as version 2 of ${ID}, which awaits approval.` };

describe('a version that adopts', () => {
  it('holds what it is about, until it is decided', () => {
    expect(held(adopting(untagged, ['session-tags']), OFF)).toEqual(AWAITS);
    const carried = adopting(untagged, ['session-tags'], ASSOCIATION, allowed(2));
    expect(held(carried, OFF)).toEqual({ 'session-tags': expect.stringContaining('is being carried out') });
  });

  it.each<[what: string, event: GrantEvent]>([
    ['rejected', { kind: 'rejected', id: nextId(), version: 2, by: bob, why: 'no' }],
    ['withdrawn', { kind: 'withdrawn', id: nextId(), by: ann, why: '' }],
    ['changed by an ordinary request', { kind: 'change-requested', id: nextId(), basedOn: 2, by: ann, wish: untagged }],
  ])('holds nothing once it was %s', (_what, event) => {
    expect(held(adopting(untagged, ['session-tags'], ASSOCIATION, event), OFF)).toEqual({});
  });

  it('holds nothing once it is in force: then it is what the grant wants', () => {
    const events = [allowed(2), provisioned(2)];
    expect(held(adopting(untagged, ['session-tags'], ASSOCIATION, ...events), OFF)).toEqual({});
  });

  it('holds nothing without the mark: anybody\u2019s request would shield an intruder\u2019s change', () => {
    expect(held(adopting(untagged, []), OFF)).toEqual({});
  });

  it('holds no more than the mark says, of no other object, and nothing that a wish can\u2019t say', () => {
    expect(held(adopting(untagged, ['role']), OFF)).toEqual({});
    expect(held(adopting(untagged, ['exists']), { ...OFF, exists: '*' })).toEqual({});
    const two = wishOf({ clusters: [cluster(), cluster('staging')], sessionTags: false });
    const other: ObjectRef = { object: 'association', identity: { ...API, cluster: 'staging' } };
    const grant = adopting(two, ['session-tags']);
    expect([held(grant, OFF), held(grant, OFF, other)]).toEqual([AWAITS, {}]);
  });

  it('holds nothing that is otherwise than it wants, or was changed since', () => {
    expect(held(adopting(wishOf(), ['session-tags']), OFF)).toEqual({});
    const retargeted = adopting(wishOf({ source: { role: 'arn:aws:iam::222222222222:role/shared/a' } }), ['role']);
    const role = (name: string) => ({ exists: 'a-1', role: `arn:aws:iam::222222222222:role/shared/${name}` });
    expect(Object.keys(held(retargeted, role('a')))).toEqual(['role']);
    expect(held(retargeted, role('b'))).toEqual({});
  });
});

describe('of a role', () => {
  const SEND = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
  const target = (permissions: object) =>
    wishOf({ targets: [{ account: '444444444444', chained: true, permissions }] });
  const ref = ofRole(rolesOf({ grantId: ID, wish: wishOf(), config }).find(({ as }) => as === 'target')?.roleArn ?? '');
  const POLICY = 'attached:arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess';
  const text = (...Statement: readonly object[]) =>
    canonicalPolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
  const wider = target({ inline: { Version: '2012-10-17', Statement: [...READ_ORDERS.Statement, SEND] } });

  it('a policy that is attached, and one that is not any more', () => {
    const attached = adopting(target({ inline: READ_ORDERS, managedPolicyArns: [POLICY.slice(9)] }), [POLICY], ref);
    expect(Object.keys(held(attached, { exists: 'A', [POLICY]: 'attached' }, ref))).toEqual([POLICY]);
    expect(held(attached, { exists: 'A' }, ref)).toEqual({});
    expect(Object.keys(held(adopting(wishOf(), [POLICY], ref), { exists: 'A' }, ref))).toEqual([POLICY]);
  });

  it('a policy of another name, as long as the grant\u2019s own would say all of it', () => {
    const grant = adopting(wider, ['inline:queue'], ref);
    expect(Object.keys(held(grant, { exists: 'A', 'inline:queue': text(SEND) }, ref))).toEqual(['inline:queue']);
    expect(held(grant, { exists: 'A', 'inline:queue': text({ ...SEND, Action: '*' }) }, ref)).toEqual({});
  });
});
