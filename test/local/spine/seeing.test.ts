/** What people see of the cloud: the fleet, its trail, its executions and its logs, once and as they come. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { podid } from './command-line.ts';
import { follow, stopFollowing } from './following.ts';
import { as, type Running, settled, startDemo } from './harness.ts';

let demo: Running;
beforeAll(async () => {
  demo = await startDemo();
  await settled(demo);
}, 120_000);
afterAll(async () => {
  stopFollowing();
  await demo.stop();
});

test('the fleet, the trail, the executions and the logs can be seen', async () => {
  const fleet = JSON.parse((await podid(demo, ['fleet', '-o', 'json'])).out);
  const exporter = fleet.clusters[0].identities[0];
  expect([exporter.serviceAccount, exporter.sessionTags, exporter.running]).toEqual([
    'exporter',
    true,
    [{ workload: { kind: 'Deployment', name: 'exporter' }, pods: 1, by: { 'pod-identity': 1 } }],
  ]);
  expect(fleet.accounts.map(({ name }: { name: string }) => name)).toEqual(['hub', 'payments', 'analytics', 'ledger']);

  const trail = (await podid(demo, ['trail', '--account', 'payments', '--since', '1h'])).out.split('\n');
  expect(trail.join('\n')).toMatch(
    / {2}payments {2}eu-west-1 {2}admin .*eks:CreatePodIdentityAssociation {2}checkout\/api /,
  );
  expect(trail.filter((line) => line !== '')).toEqual(
    trail
      .filter((line) => line !== '')
      .toSorted((a, b) => (a.slice(0, 20) < b.slice(0, 20) ? -1 : a.slice(0, 20) > b.slice(0, 20) ? 1 : 0)),
  );

  const { executions } = JSON.parse((await podid(demo, ['executions', '-m', 'sweep', '-o', 'json'])).out);
  expect(executions).toMatchObject([{ machine: 'podid-sweep' }]);
  const shown = await podid(demo, ['executions', 'show', executions[0].name, '--follow']);
  expect(shown.out).toMatch(/\(Task, [\d.]+s\)\n[\s\S]*SUCCEEDED after /);

  expect((await podid(demo, ['logs', 'keep-associations', '--since', '1h'])).out).toMatch(/ CALL .* ms/);
  expect(await podid(demo, ['logs', 'nothing'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('/aws/lambda/podid-nothing'),
  });
}, 180_000);

test('--follow goes on: the trail with a call, the logs with what a function did then, the executions with what began and ended', async () => {
  const trail = follow(demo, ['trail', '--follow', '--account', 'payments', '--writes', '--since', '1h']);
  const logs = follow(demo, ['logs', 'on-association-created', '-f', '--since', '1h']);
  const executions = follow(demo, ['executions', 'list', '-f', '--limit', '200']);
  await trail.until((line) => line.includes('eks:CreatePodIdentityAssociation  checkout/api '));
  await logs.until((line) => line.includes(' CALL '));
  await executions.until((line) => line.includes('podid-sweep  SUCCEEDED'));

  const eks = new EKSClient(as(demo, 'payments'));
  const began = Date.now();
  const { association } = await eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName: 'payments',
      namespace: 'default',
      serviceAccount: 'followed',
      roleArn: 'arn:aws:iam::222222222222:role/log-shipper',
    }),
  );
  await trail.until((line) => line.includes('eks:CreatePodIdentityAssociation  default/followed '));
  // Functions say when they did something to the millisecond; those before it were of the start.
  await logs.until((line) => line.includes(' CALL ') && timeIn(line) >= began);

  const { associationId } = association ?? {};
  await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: 'payments', associationId }));
  await trail.until((line) => line.includes('eks:DeletePodIdentityAssociation  default/followed '));
  const running = await executions.until((line) => / {2}podid-revoke {2}RUNNING {2}- {2}/.test(line));
  const name = running.split('  ').at(-1) ?? '';
  const over = await executions.until((line) => line.endsWith(`  ${name}`));
  expect(over).toMatch(/ {2}podid-revoke {2}SUCCEEDED {2}[\d.]+s {2}/);

  for (const one of [trail, logs, executions]) {
    one.signal('SIGINT');
    expect(await one.ended).toMatchObject({ signal: 'SIGINT', err: '' });
  }
}, 180_000);

const timeIn = (line: string): number => Date.parse(/\d{4}-\S+Z/.exec(line)?.[0] ?? '');
