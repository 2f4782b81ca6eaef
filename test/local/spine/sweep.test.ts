/** Lost events: an intruder changes things while no rule forwards anything, and the next sweep finds them, counts them, and knows who it was. */
import {
  DeletePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { OBJECT_SCHEMAS } from '../../../functions/drift/kept.ts';
import { objectKey } from '../../../functions/drift/object.ts';
import { listOnce } from '../../../local/control-plane.ts';
import { podid } from './command-line.ts';
import { fleet, NAMESPACE, podRole, REGION, roleArn, SHOP } from './fleets.ts';
import { as, eventually, type Running, startFleet, storeOf } from './harness.ts';

const CLUSTER = { account: SHOP, region: REGION, cluster: 'shop' };
const API = { ...CLUSTER, namespace: NAMESPACE, serviceAccount: 'api' };
let demo: Running;

beforeAll(async () => {
  demo = await startFleet(
    fleet({
      clusters: [
        {
          name: 'shop',
          associations: ['api', 'worker'].map((name) => ({
            namespace: NAMESPACE,
            serviceAccount: name,
            roleArn: roleArn('orders'),
          })),
        },
      ],
      roles: [podRole('orders'), podRole('stranger')],
    }),
  );
  await sweeps(1);
}, 120_000);
afterAll(async () => demo?.stop(), 60_000);

/** The last one, when there are so many. */
const sweeps = (many: number) =>
  eventually(`sweep ${many}`, async () => {
    const last = await storeOf(demo).sweeps.last(10);
    return last.length >= many && last[0];
  });
const changesOf = async (ref: Parameters<typeof objectKey>[0]) =>
  (await storeOf(demo).objects(OBJECT_SCHEMAS).read(objectKey(ref))).changes;

it('is complete, and knows what there is', async () => {
  const summary = await sweeps(1);
  expect(summary).toMatchObject({ complete: true, failed: [], clusters: { swept: 1, listed: 2 } });
  expect(summary.roles.lookedAfter).toBeGreaterThanOrEqual(1);
});

it('finds what no event told, by whom it was, and says that the trail is silent', async () => {
  const events = new EventBridgeClient(as(demo, 'shop'));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name } of Rules) await events.send(new DisableRuleCommand({ Name }));
  const roles = new EventBridgeClient(as(demo, 'shop', 'us-east-1'));
  for (const { Name } of (await roles.send(new ListRulesCommand({}))).Rules ?? [])
    await roles.send(new DisableRuleCommand({ Name }));

  await new IAMClient(as(demo, 'shop')).send(
    new PutRolePolicyCommand({
      RoleName: 'orders',
      PolicyName: 'intruder',
      PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
  );
  const eks = new EKSClient(as(demo, 'shop'));
  const { associations = [] } = await eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName: 'shop', serviceAccount: 'api', namespace: NAMESPACE }),
  );
  const associationId = associations[0]?.associationId;
  await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: 'shop', associationId }));

  await listOnce(demo.cloud, demo.config);
  const summary = await sweeps(2);
  expect(summary).toMatchObject({ complete: true, failed: [] });
  const missed = summary.delivery.reduce((so, place) => so + place.missed, 0);
  expect(missed).toBe(2);
  const [role] = (await changesOf({ object: 'role', roleArn: roleArn('orders') })).slice(-1);
  expect(role).toMatchObject({
    via: 'lookup',
    kind: 'RolePolicyChanged',
    actor: { arn: expect.stringContaining(`:${SHOP}:`) },
  });
  const [association] = (await changesOf({ object: 'association', identity: API })).slice(-1);
  expect(association).toMatchObject({ via: 'lookup', kind: 'AssociationDeleted' });
  expect((await storeOf(demo).associations.lastKnown(CLUSTER, associationId ?? ''))?.gone).toBeDefined();

  const { findings } = await storeOf(demo).findings.listOpen({ limit: 100 });
  const about = findings.filter(({ reason }) => reason === 'TrailSilent' || reason === 'EventsMissed');
  expect(about.map(({ object }) => object).sort()).toEqual([`${SHOP}/eu-west-1`, `${SHOP}/us-east-1`]);

  expect((await podid(demo, ['sweep', '--last'])).out).toMatch(/^Sweep s-\w+, begun .*: complete\.\nRoles: /);
  expect((await podid(demo, ['sweep', '--quality'])).out).toMatch(new RegExp(`${SHOP} +us-east-1 +\\d+ +1 `));
}, 120_000);
