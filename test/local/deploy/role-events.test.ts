/** From a call on a role in a spoke's account to the hub's bus: over the stacks as they are synthesized, across accounts and regions. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changeOf } from '../../../functions/changes/index.ts';
import { BUS, ROLES_DEAD_LETTERS, rolesStackName } from '../../../functions/names.ts';
import { createCloud, type LocalCloud } from '../../../local/cloud.ts';
import { deployControlPlane } from '../../../local/control-plane.ts';
import { backgroundOf } from '../../../local/services/background.ts';
import { addTargets, busesOf, defineRule } from '../../../local/services/events/index.ts';
import { services } from '../../../local/services/index.ts';
import { defineQueue, queuesOf, setQueuePolicy } from '../../../local/services/sqs/index.ts';
import { HUB, PAYMENTS, synthesize } from '../../infra/fixture.ts';
import { PODS_TRUST, trustOf } from '../wire/listening.ts';

const REGION = 'eu-west-1';
const STRANGERS = trustOf(`arn:aws:iam::${HUB}:root`);

let cloud: LocalCloud;
let heard: () => unknown[];

beforeAll(async () => {
  cloud = createCloud();
  for (const service of services) cloud.addService(service);
  for (const account of [HUB, PAYMENTS]) cloud.addAccount(account);
  await cloud.listen();
  const stacks = synthesize({
    hub: { account: HUB, region: REGION },
    spokes: [{ name: 'payments', account: PAYMENTS, clusters: [{ name: 'payments', region: REGION }] }],
  });
  // The spoke's own stack needs a cluster, and has no part in this.
  await deployControlPlane(
    cloud,
    stacks.filter(({ name }) => name === 'podid-hub' || name === rolesStackName(PAYMENTS)),
  );
  heard = listenOn(HUB, REGION, BUS);
  await call('CreateRole', { RoleName: 'orders', AssumeRolePolicyDocument: PODS_TRUST });
  await backgroundOf(cloud).settled();
}, 120_000);
afterAll(() => cloud?.close());

/** A call of the payments account's administrator. */
const call = (operation: string, input: object) =>
  cloud.call('iam', operation, input, { caller: cloud.administrator(PAYMENTS).caller, region: REGION });

/** Everything of IAM that reaches a bus: a rule of the test's own puts it into a queue. */
const listenOn = (account: string, region: string, name: string): (() => unknown[]) => {
  const bus = busesOf(cloud, account, region).get(name);
  if (bus === undefined) throw new Error(`there is no bus ${name}`);
  const queue = defineQueue(cloud, account, region, { name: 'heard' });
  const Principal = { Service: 'events.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: queue.arn }];
  setQueuePolicy(queue, JSON.stringify({ Version: '2012-10-17', Statement }));
  const rule = defineRule(cloud, bus, { name: 'listen', pattern: JSON.stringify({ source: ['aws.iam'] }) });
  addTargets(rule, [{ Id: '1', Arn: queue.arn }]);
  return () => [...queue.messages.values()].map(({ body }) => JSON.parse(body));
};

test("a trust policy written in a spoke's account is heard on the hub's bus", async () => {
  await call('UpdateAssumeRolePolicy', { RoleName: 'orders', PolicyDocument: STRANGERS });
  await backgroundOf(cloud).settled();
  const event = heard().at(-1);
  expect(event).toMatchObject({ account: PAYMENTS, region: 'us-east-1' });
  expect(changeOf(event)).toMatchObject({
    kind: 'RoleTrustChanged',
    role: { account: PAYMENTS, name: 'orders' },
    trust: STRANGERS,
    actor: { type: 'IAMUser', name: 'admin', account: PAYMENTS },
  });
});

test('what changes no role is not', async () => {
  const before = heard().length;
  await call('GetRole', { RoleName: 'orders' });
  await call('CreateUser', { UserName: 'somebody' });
  await call('TagRole', { RoleName: 'orders', Tags: [{ Key: 'team', Value: 'checkout' }] });
  await backgroundOf(cloud).settled();
  expect(
    heard()
      .slice(before)
      .map((event) => changeOf(event).kind),
  ).toEqual(['RoleTagsChanged']);
});

test("what the hub's bus does not take waits in the account, with the reason", async () => {
  const bus = busesOf(cloud, HUB, REGION).get(BUS);
  const policy = bus?.policy;
  if (bus === undefined || policy === undefined) throw new Error('the bus has no policy');
  const before = heard().length;
  delete bus.policy;
  await call('UntagRole', { RoleName: 'orders', TagKeys: ['team'] });
  await backgroundOf(cloud).settled();
  bus.policy = policy;
  expect(heard()).toHaveLength(before);
  const [message] = [...(queuesOf(cloud, PAYMENTS, 'us-east-1').get(ROLES_DEAD_LETTERS)?.messages.values() ?? [])];
  expect(changeOf(JSON.parse(message?.body ?? ''))).toMatchObject({ kind: 'RoleTagsChanged' });
  expect(message?.attributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } });
});
