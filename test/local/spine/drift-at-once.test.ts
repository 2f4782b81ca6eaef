/** Two hundred service accounts share a role, and somebody changes it: to put that right would touch all of them at once, so podid stops and asks. */
import { AttachRolePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { OBJECT_SCHEMAS } from '../../../functions/drift/kept.ts';
import { clusterArn } from '../../../functions/identity.ts';
import { inBatches } from '../../../functions/runtime/batches.ts';
import { seenOf } from '../../../functions/store/association-row.ts';
import { FOR_PODS, HUB, NODE_ROLE, roleArn } from './fleets.ts';
import { as, eventually, type Running, settled, startFleet, storeOf } from './harness.ts';

const REGION = 'eu-west-1';
const PAYMENTS = '222222222222';
const CLUSTER = { account: PAYMENTS, region: REGION, cluster: 'shop' };
const SHARED = roleArn('shared', PAYMENTS);
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';

let fleet: Running;

beforeAll(async () => {
  const clusters = [{ name: 'shop', region: REGION, mode: 'remediate' }];
  fleet = await startFleet(
    {
      region: REGION,
      config: {
        hub: { account: HUB, region: REGION },
        spokes: [{ name: 'payments', account: PAYMENTS, managedRoles: ['shared'], clusters }],
      },
      accounts: [
        { name: 'hub', id: HUB },
        {
          name: 'payments',
          id: PAYMENTS,
          roles: [NODE_ROLE, { name: 'shared', trust: FOR_PODS }],
          clusters: [{ name: 'shop', region: REGION, nodeRole: NODE_ROLE.name, associations: [], manifests: [] }],
        },
      ],
    },
    { drift: true },
  );
  await settled(fleet);
  const store = storeOf(fleet);
  const now = new Date().toISOString();
  // As a sweep would have kept them.
  const crowd = Array.from({ length: 200 }, (_, index) => `crowd-${index}`);
  await inBatches(crowd, 10, (serviceAccount) => {
    const associationId = `a-${serviceAccount}`;
    const state = { associationId, associationArn: `arn:${associationId}`, roleArn: SHARED, disableSessionTags: false };
    return store.associations.keep({ ...CLUSTER, namespace: 'crowd', serviceAccount }, seenOf(state, now));
  });
  const accepted = { acceptedAt: now, by: 'ada', facets: {} };
  await store.objects(OBJECT_SCHEMAS).keepBaseline(clusterArn(CLUSTER), { ...accepted, closed: [] });
  await store.objects(OBJECT_SCHEMAS).keepBaseline(SHARED, { ...accepted, closed: ['attached'] });
}, 180_000);
afterAll(() => fleet.stop(), 60_000);

it('stops, names who did it, and says what it waits for', async () => {
  const iam = new IAMClient(as(fleet, 'payments'));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'shared', PolicyArn: ADMIN }));
  const store = storeOf(fleet);
  const held = await eventually(
    'AdministratorAccess, held by the breaker',
    async () =>
      (await store.findings.of(SHARED)).find(
        ({ reason, held: why = '' }) => reason === 'PolicyAttached' && /limit/.test(why),
      ),
    60,
  );
  expect(held).toMatchObject({ state: 'open', severity: 'critical', openedBy: { actor: { name: 'admin' } } });
  expect(held.held).toMatch(/26 identities .*the limit is 25/);
  expect((await store.brakes.breaker(CLUSTER)).tripped).toMatchObject({ identities: 26 });
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'shared' }));
  expect(AttachedPolicies).toMatchObject([{ PolicyArn: ADMIN }]);
  const tripped = await eventually(
    'the finding of the breaker',
    async () => (await store.findings.of(clusterArn(CLUSTER))).find(({ reason }) => reason === 'BreakerTripped'),
    60,
  );
  expect(tripped).toMatchObject({ state: 'open', severity: 'error' });
}, 150_000);
