/** Lost events: an intruder changes things while no rule forwards anything, and the next sweep finds them, counts them, and knows who it was. */
import {
  DeletePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eks';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Config } from '../../../functions/config.ts';
import { OBJECT_SCHEMAS } from '../../../functions/drift/kept.ts';
import { objectKey } from '../../../functions/drift/object.ts';
import { clusterArn } from '../../../functions/identity.ts';
import { SweepSettings } from '../../../functions/sweep-settings.ts';
import { listOnce } from '../../../local/control-plane.ts';
import { podid } from './command-line.ts';
import { fleet, NAMESPACE, podRole, REGION, roleArn, SHOP, serviceAccount } from './fleets.ts';
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
          manifests: [serviceAccount('legacy', NAMESPACE, { 'eks.amazonaws.com/role-arn': roleArn('stranger') })],
        },
        {
          name: 'side',
          associations: [{ namespace: NAMESPACE, serviceAccount: 'web', roleArn: roleArn('orders') }],
        },
      ],
      roles: [podRole('orders'), podRole('stranger')],
    }),
    { configure: withoutSide },
  );
  await sweeps(1);
}, 240_000);
afterAll(async () => demo?.stop(), 60_000);

/** It is the tag that shows it to podid. */
const withoutSide = (config: Config): Config => ({
  ...config,
  spokes: config.spokes.map((spoke) => ({ ...spoke, clusters: spoke.clusters.filter(({ name }) => name !== 'side') })),
  sweep: SweepSettings.parse({
    ...{ describesPerSecond: 1000, lookupsPerSecond: 1000 },
    discover: { tag: { key: 'podid', value: 'observe' } },
  }),
});

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

it('knows who asks for a role by IRSA', async () => {
  expect((await sweeps(1)).irsa).toEqual({ users: 1, malformed: 0, clusters: 1, unread: [] });
  const users = await storeOf(demo).serviceAccounts.ofRole(roleArn('stranger'));
  expect(users.map(({ identity }) => identity)).toEqual([{ ...API, serviceAccount: 'legacy' }]);
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

it('finds a cluster by its tag, tells that nobody lists it, and lets it go without its tag', async () => {
  const SIDE = { ...CLUSTER, cluster: 'side' };
  const resourceArn = clusterArn(SIDE);
  const eks = new EKSClient(as(demo, 'shop'));
  const store = storeOf(demo);
  const known = async () => (await store.associations.ofCluster(SIDE)).map(({ identity }) => identity.serviceAccount);
  const findings = async () => (await store.findings.of(resourceArn)).map(({ reason, state }) => `${reason} ${state}`);
  const facets = async () => (await store.objects(OBJECT_SCHEMAS).read(resourceArn)).state?.facets;

  await eks.send(new TagResourceCommand({ resourceArn, tags: { podid: 'observe' } }));
  expect(await podid(demo, ['sweep', '--wait'])).toMatchObject({
    code: 0,
    out: expect.stringContaining("Found by their tag: 1 cluster that podid.config.yaml doesn't list."),
  });
  expect([await known(), await findings()]).toEqual([['web'], ['ClusterNotConfigured open']]);
  // Its agent was read, and nobody misses access entries there.
  await eventually('a look at the cluster', async () => (await facets()) !== undefined);
  expect(await findings()).toEqual(['ClusterNotConfigured open']);

  await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: ['podid'] }));
  const { out } = await podid(demo, ['sweep', '--wait']);
  expect(out).toContain(`Not among them any more: ${resourceArn} (the tag is gone).`);
  expect(await findings()).toEqual(['ClusterNotConfigured resolved']);
}, 120_000);

it('is not held up by a sweep that ended without giving its lease back, and waits for one that is under way', async () => {
  const { leases } = storeOf(demo);
  const started = async (): Promise<string> => {
    const { out } = await podid(demo, ['sweep', '-o', 'json']);
    return String(JSON.parse(out).executionArn).split(':').at(-1) ?? '';
  };
  const before = (await storeOf(demo).sweeps.last(50)).length;
  const ended = await started();
  await sweeps(before + 1);
  await eventually('the lease given back', async () => (await leases.holder('sweep', new Date())) === undefined);
  expect((await leases.acquire('sweep', ended, new Date(), 86_400)).outcome).toBe('granted');
  expect(await podid(demo, ['sweep', '--wait'])).toMatchObject({ code: 0 });

  await leases.acquire('sweep', 'nobody-knows', new Date(), 86_400);
  const { executionArn } = JSON.parse((await podid(demo, ['sweep', '-o', 'json'])).out);
  const states = new SFNClient(as(demo, 'hub'));
  const { output } = await eventually('its end', async () => {
    const execution = await states.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === 'SUCCEEDED' && execution;
  });
  expect(JSON.parse(output ?? '')).toEqual({ underWay: 'nobody-knows' });
}, 120_000);
