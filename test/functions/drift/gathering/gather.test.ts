/** Everything that is known of an object, from the hub's table. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { canonicalPolicy } from '../../../../functions/drift/facets/index.ts';
import { type DriftHub, gather, isLookedAfter, ourRolesOf } from '../../../../functions/drift/gathering/index.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import { Grant, identitiesOf, ResolvedGrant } from '../../../../functions/grants/index.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { digestOf } from '../../../../functions/trust/digest.ts';
import {
  active,
  allowed,
  ann,
  cluster,
  config,
  ID,
  NOW,
  nextId,
  requested,
  through,
  wishOf,
} from '../../grants/samples.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { state } from '../../store/samples.ts';
import { API, ASSOCIATION, OWNERS_TRUST, ofRole, planFor, SHARED } from './plans.ts';

const LATER = '2026-11-21T12:05:00.000Z';
const CLUSTER: ObjectRef = { object: 'cluster', cluster: cluster() };
const OTHER = 'g-00000000000000a2';

describe('gathering', () => {
  let dynamo: Dynamo;
  let store: Store;
  let hub: DriftHub;
  beforeEach(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
    hub = {
      store,
      grants: store.grants(Grant),
      objects: store.objects(OBJECT_SCHEMAS),
      config: Config.parse(config),
      now: () => new Date(LATER),
    };
  });
  afterEach(() => dynamo.close());

  const keep = async (grant: Grant, ...versions: readonly number[]): Promise<ResolvedGrant> => {
    await hub.grants.begin(grant);
    let last: ResolvedGrant | undefined;
    for (const version of versions) {
      const wish = grant.versions[version - 1]?.wish ?? wishOf();
      last = await store.plans(ResolvedGrant).keep({ attempt: 1, do: 'provision' }, planFor(grant.id, version, wish));
      await hub.grants.pointFrom(
        grant,
        last.roles.map(({ roleArn }) => roleArn),
      );
    }
    if (last === undefined) throw new Error('no plan');
    return last;
  };
  const accept = (ref: ObjectRef, facets: Record<string, string> = {}): Promise<void> =>
    hub.objects.keepBaseline(placeOf(ref).key, { acceptedAt: NOW, by: 'ann', facets, closed: [] });

  test('of a stranger nothing', async () => {
    const found = await gather(hub, ofRole('arn:aws:iam::222222222222:role/stranger'));
    expect(found).toMatchObject({
      desired: { wanted: [], closed: [] },
      intents: [],
      concerned: [],
      grants: [],
      denies: [],
      killSwitch: false,
      management: false,
    });
    expect(found.notOurs).toContain('managedRoles');
    expect(found.ours).toBe(ourRolesOf(hub.config));
    expect(isLookedAfter(found)).toBe(false);
    expect(isLookedAfter(await gather(hub, ASSOCIATION))).toBe(true);
  });

  test('of a grant in force: what its plan wants, by which execution, and whose access hangs on it', async () => {
    const plan = await keep(active(wishOf(), ID), 1);
    const [role] = plan.roles;
    const ref = ofRole(role?.roleArn ?? '');
    const found = await gather(hub, ref);
    expect(found.grants).toEqual([{ grantId: ID, version: 1, asker: `${ID}-v1-p1`, role, settled: true }]);
    expect(found.desired.closed).toEqual(['inline', 'attached']);
    expect(found.desired.wanted).toContainEqual({
      facet: 'trust',
      value: canonicalPolicy(role?.trust.text ?? ''),
      by: [{ kind: 'grant', id: ID, version: 1 }],
    });
    expect(found.concerned).toEqual([API]);
    expect(found).not.toHaveProperty('notOurs');
    expect(isLookedAfter(found)).toBe(true);
    expect((await gather(hub, ASSOCIATION)).grants).toMatchObject([{ grantId: ID, settled: true }]);
  });

  test('of one that is changed: what it is and what it becomes, as intents of its execution', async () => {
    const grant = through(
      active(wishOf(), ID),
      [
        { kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish: wishOf({ sessionTags: false }) },
        allowed(2),
      ],
      NOW,
    );
    await keep(grant, 1, 2);
    const found = await gather(hub, ASSOCIATION);
    expect(found.grants).toMatchObject([{ version: 1, settled: false, association: { disableSessionTags: false } }]);
    expect(found.desired.also).toContainEqual({ facet: 'session-tags', value: 'off' });
    expect(found.intents).toContainEqual({
      execution: `${ID}-v2-p1`,
      facet: 'session-tags',
      value: 'off',
      at: NOW,
      requestIds: [],
    });
  });

  test('of one that is made for the first time: nothing is wanted yet', async () => {
    const grant = through(requested(wishOf(), ID), [allowed()]);
    await keep(grant, 1);
    const found = await gather(hub, ASSOCIATION);
    expect(found.desired.wanted).toEqual([]);
    expect(found.desired.also).toContainEqual({ facet: 'exists', value: '*' });
    expect(found.grants).toMatchObject([{ grantId: ID, version: 1, settled: false }]);
  });

  test('of one that has ended: no part any more, and an execution for as long as events of its time are there', async () => {
    const events = [
      { kind: 'revoke-asked' as const, id: nextId(), by: ann, why: 'over' },
      { kind: 'revoked' as const, id: nextId(), notes: [] },
    ];
    const plan = await keep(through(active(wishOf(), ID), events), 1);
    const ref = ofRole(plan.roles[0]?.roleArn ?? '');
    expect(await gather(hub, ref)).toMatchObject({ grants: [], desired: { wanted: [] }, intents: [] });
    const change = {
      eventId: 'e-1',
      at: NOW,
      kind: 'RoleDeleted',
      facets: ['exists'],
      actor: { type: 'AssumedRole', eventId: 'e-1' },
      via: 'event' as const,
    };
    await hub.objects.addChange(placeOf(ref).key, change, 4_000_000_000);
    const { intents, desired } = await gather(hub, ref);
    expect(intents).toContainEqual(
      expect.objectContaining({ execution: `${ID}-v1-r1`, facet: 'exists', value: null, closedAt: NOW }),
    );
    expect(desired.also).toBeUndefined();
  });

  test('of a role that several share: whom its trust must admit now, not when a plan was made', async () => {
    const wish = (serviceAccount: string) => wishOf({ source: { role: SHARED }, targets: [], serviceAccount });
    await keep(active(wish('first'), ID), 1);
    await keep(active(wish('second'), OTHER), 1);
    const { grants, desired } = await gather(hub, ofRole(SHARED));
    const parties = grants.map(({ role }) =>
      role?.trust.parties.flatMap(({ tagged }) => tagged.map(({ serviceAccount }) => serviceAccount)).sort(),
    );
    expect(parties).toEqual([
      ['first', 'second'],
      ['first', 'second'],
    ]);
    expect(desired.wanted.map(({ facet }) => facet)).toEqual(['exists']);
  });

  test('writes nothing by itself where a cluster’s baseline is not accepted', async () => {
    const other = { ...cluster('staging') };
    const wish = wishOf({ clusters: [cluster(), other] });
    const plan = await keep(active(wish, ID), 1);
    const ref = ofRole(plan.roles[0]?.roleArn ?? '');
    const mode = async () => {
      const { rules, concerned } = await gather(hub, ref);
      return rules.modeOf(concerned, 'TrustWidened');
    };
    expect((await gather(hub, ref)).identities).toEqual(identitiesOf(wish));
    expect(await mode()).toBe('notify');
    await accept(CLUSTER);
    expect(await mode()).toBe('notify');
    await accept({ object: 'cluster', cluster: other });
    expect(await mode()).toBe('remediate');
  });

  test('finds no fault with what nobody was granted, before anybody has said what shall be', async () => {
    const ref: ObjectRef = {
      object: 'association',
      identity: { ...cluster(), namespace: 'billing', serviceAccount: 'x' },
    };
    const anything = { facet: 'exists', value: '*' };
    expect((await gather(hub, ref)).desired.also).toContainEqual(anything);
    await accept(CLUSTER);
    expect((await gather(hub, ref)).desired.also ?? []).not.toContainEqual(anything);
  });

  test('what holds everybody back: kill switch, breakers, and by whose leave something may differ', async () => {
    const exception = {
      id: 'x-1',
      owner: 'ann',
      why: 'a test',
      until: '2026-11-22T00:00:00.000Z',
      object: '*',
      reason: 'TagAdded',
      facet: '*',
      by: 'bob',
      at: NOW,
    };
    await store.exceptions.put(exception);
    await store.brakes.setKillSwitch({ on: true, by: 'ann', at: NOW, why: 'a test' });
    const elsewhere = { ...API, cluster: 'watched' };
    const settings = { ...hub.config.breaker, identities: 0 };
    await store.brakes.countAgainstBreaker(elsewhere, NOW, settings, async () => 100);
    const found = await gather(hub, { object: 'association', identity: elsewhere });
    expect(found.killSwitch).toBe(true);
    expect(found.tripped).toMatch(/^The breaker of cluster watched tripped at .*: 1 identities lost access/);
    const finding = { ref: ASSOCIATION, reason: 'TagAdded', facet: 'tag:x' };
    const excepted = found.rules.exceptionFor(
      { ...finding, severity: 'info', subject: 'x', sentence: '', is: null, shouldBe: null },
      Date.parse(LATER),
    );
    expect(excepted?.id).toBe(exception.id);
    await store.brakes.setKillSwitch({ on: false, by: 'ann', at: NOW, why: 'a test' });
    expect((await gather(hub, ASSOCIATION)).killSwitch).toBe(false);
    expect(await gather(hub, ASSOCIATION)).not.toHaveProperty('tripped');
  });

  test('the neighbours and the denied of a role; where it is a stranger’s, only denies are put back', async () => {
    const roleArn = 'arn:aws:iam::222222222222:role/stranger';
    const neighbour = { ...API, serviceAccount: 'neighbour' };
    const associationId = 'a-neighbour';
    await store.associations.keep(neighbour, { state: state({ associationId, roleArn }), revision: NOW });
    const deny = {
      identity: API,
      roleArn,
      form: 'tags' as const,
      policyName: 'podid-deny-00000000000000000000',
      revocation: 'r-1',
      status: 'in-force' as const,
      at: NOW,
    };
    await store.denies.keep(deny);
    await accept(CLUSTER);
    const found = await gather(hub, ofRole(roleArn));
    expect(found.identities).toEqual([neighbour, API]);
    expect(found.denies).toEqual([deny]);
    expect(found.desired.wanted.map(({ facet }) => facet)).toEqual([`deny:${deny.policyName}`]);
    expect(found).not.toHaveProperty('notOurs');
    expect(found.rules.modeOf(found.concerned, 'SessionDenyRemoved')).toBe('remediate');
    expect(found.rules.modeOf(found.concerned, 'TrustWidened')).toBe('notify');
  });

  test('a baseline that our own last write of the trust has moved', async () => {
    const trust = JSON.stringify(OWNERS_TRUST);
    await accept(ofRole(SHARED), { exists: 'AROAX', trust: 'wide' });
    await store.leases.acquire(SHARED, 't-1', new Date(NOW), 60);
    await store.leases.release(SHARED, 't-1', { digest: digestOf(trust), at: NOW });
    const wantedTrust = ({ desired }: Awaited<ReturnType<typeof gather>>) =>
      desired.wanted.find(({ facet }) => facet === 'trust')?.value;
    const found = await gather(hub, ofRole(SHARED), { trust });
    expect(found.moved?.facets.trust).toBe(canonicalPolicy(trust));
    expect(wantedTrust(found)).toBe(canonicalPolicy(trust));
    const without = await gather(hub, ofRole(SHARED));
    expect(without).not.toHaveProperty('moved');
    expect(wantedTrust(without)).toBe('wide');
  });

  test('what podid has narrowed of a role that a grant shares is no drift', async () => {
    const trust = JSON.stringify(OWNERS_TRUST);
    await keep(active(wishOf({ source: { role: SHARED } }), ID), 1);
    await store.leases.acquire(SHARED, 't-1', new Date(NOW), 60);
    await store.leases.release(SHARED, 't-1', { digest: digestOf(trust), at: NOW });
    const { desired } = await gather(hub, ofRole(SHARED), { trust });
    expect(desired.also).toContainEqual({ facet: 'trust', value: canonicalPolicy(trust) });
    expect((await gather(hub, ofRole(SHARED), { trust: '{}' })).desired.also).toBeUndefined();
  });

  test('of a cluster: its set-up', async () => {
    const found = await gather(hub, CLUSTER);
    expect(found.desired.wanted.map(({ facet }) => facet)).toEqual(expect.arrayContaining(['exists', 'access']));
    expect(found).toMatchObject({ concerned: [cluster()], identities: [], management: true });
  });
});
