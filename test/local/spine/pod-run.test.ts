/** A process with a pod's identity, and what people see of the cloud meanwhile: with the real `aws`, where it is installed. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import {
  DeletePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportsOf, podid } from './command-line.ts';
import { as, kubernetes, type Running, startDemo } from './harness.ts';

const withAws = spawnSync('aws', ['--version']).status === 0 ? test : test.skip;
const PODID = path.resolve(import.meta.dirname, '../../../cli/podid.js');

let demo: Running;
beforeAll(async () => {
  demo = await startDemo();
}, 120_000);
afterAll(() => demo.stop());

/** What a command of the pod says, with the person's own credentials at hand. */
const own = { AWS_PROFILE: 'payments', HOME: process.env.HOME };
const inPod = (pod: string, ...command: readonly string[]) =>
  podid(demo, ['pod', 'run', '-q', pod, '--', ...command], own);

test("the exit code is the command's, and its absence is told", async () => {
  expect(await inPod('checkout/worker-0', 'sh', '-c', 'exit 7')).toEqual({ code: 7, out: '', err: '' });
  expect(await inPod('checkout/worker-0', 'sh', '-c', 'kill -9 $$')).toMatchObject({ code: 137 });
  expect(await inPod('checkout/worker-0', 'no-such-command')).toEqual({
    code: 127,
    out: '',
    err: 'podid: There is no command no-such-command.\n',
  });
  expect(await inPod('checkout/nobody', 'true')).toMatchObject({
    code: 1,
    err: 'podid: There is no pod or workload nobody with pods in the namespace checkout of cluster payments.\n',
  });
}, 120_000);

test('signals go through', async () => {
  const env = { PATH: process.env.PATH, ...exportsOf(demo.env) };
  const script = 'trap "echo stopped; exit 3" TERM; echo ready; while :; do sleep 0.1; done';
  const child = spawn(process.execPath, [PODID, 'pod', 'run', 'checkout/deploy/api', '--', 'sh', '-c', script], {
    env,
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  child.kill('SIGTERM');
  expect((await lines.next()).value).toBe('stopped');
  expect(await exited).toBe(3);
}, 120_000);

withAws(
  'aws (skipped where it is not installed): the pod reads its table until its association goes',
  async () => {
    const script = `
    aws sts get-caller-identity --query Arn --output text
    aws dynamodb scan --table-name orders --query Count
    echo ready; read go
    until aws dynamodb scan --table-name orders --query Count 2>/dev/null >&2; [ $? -ne 0 ]; do sleep 0.2; done
    aws dynamodb scan --table-name orders 2>&1 | grep -o "explicit deny"
    curl -s -H "Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)" $AWS_CONTAINER_CREDENTIALS_FULL_URI
  `;
    const args = [PODID, 'pod', 'run', '--retention', '0', 'checkout/deploy/api', '--', 'sh', '-c', script];
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...exportsOf(demo.env), ...own } });
    const errors = text(child.stderr);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const line = async () => (await lines.next()).value;
    expect(await line()).toMatch(/:assumed-role\/checkout-orders\/eks-payments-api-/);
    expect([await line(), await line()]).toEqual(['3', 'ready']);

    const eks = new EKSClient(as(demo, 'payments'));
    const at = { clusterName: 'payments', namespace: 'checkout', serviceAccount: 'api' };
    const { associations = [] } = await eks.send(new ListPodIdentityAssociationsCommand(at));
    const associationId = associations[0]?.associationId;
    await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: 'payments', associationId }));
    child.stdin.write('go\n');
    // Without retention the endpoint asks EKS Auth each time: the association is gone, or by then the pod of the token.
    expect(await line()).toMatch(
      /explicit deny|^\[.*\]: \((ResourceNotFound|InvalidToken)Exception\): .*, fault: client$/,
    );
    child.stdin.end();
    await exited;
    expect(await errors).toMatch(
      /the credentials endpoint answered (404|400): \[.*\((ResourceNotFound|InvalidToken)Exception\)/,
    );
  },
  180_000,
);

withAws(
  'aws (skipped where it is not installed): a pod without an identity has the role of a node that lets it',
  async () => {
    const { core } = await kubernetes(demo, 'payments');
    const pod = (name: string, nodeName: string) =>
      core.createNamespacedPod({
        namespace: 'default',
        body: { metadata: { name }, spec: { nodeName, containers: [{ name: 'a', image: 'x' }] } },
      });
    await pod('loose', 'ip-10-0-1-11.eu-west-1.compute.internal');
    await pod('tight', 'ip-10-0-3-13.eu-west-1.compute.internal');
    const whoAmI = ['aws', '--region', 'eu-west-1', 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'];
    expect(await inPod('default/loose', ...whoAmI)).toEqual({
      code: 0,
      out: 'arn:aws:sts::222222222222:assumed-role/payments-node/i-0a1b2c3d4e5f60001\n',
      err: '',
    });
    const tight = await inPod('default/tight', ...whoAmI);
    expect([tight.code === 0, tight.out]).toEqual([false, '']);
    expect(tight.err).toMatch(/Unable to locate credentials/);
  },
  180_000,
);

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
