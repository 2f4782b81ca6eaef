/** A process with a pod's identity: with the real `aws`, where it is installed. */

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribeClusterCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { podid } from './command-line.ts';
import { follow, stopFollowing } from './following.ts';
import { as, kubernetes, type Running, startDemo } from './harness.ts';

const withAws = spawnSync('aws', ['--version']).status === 0 ? test : test.skip;

let demo: Running;
beforeAll(async () => {
  demo = await startDemo();
}, 120_000);
afterAll(async () => {
  stopFollowing();
  await demo.stop();
});

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

/** What the machine has besides ours: the command line starts itself again on our Node then. */
const older = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((dir) => path.join(dir, 'node'))
  .find((node) => /^v(20|22)\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? ''));

const SIGNALLED = 'trap "echo stopped; exit 3" TERM; echo ready; while :; do sleep 0.1; done';

const stopsBySignal = async (node: string): Promise<void> => {
  const pod = follow(demo, ['pod', 'run', 'checkout/deploy/api', '--', 'sh', '-c', SIGNALLED], { node });
  expect(await pod.line()).toBe('ready');
  pod.signal('SIGTERM');
  expect(await pod.line()).toBe('stopped');
  expect(await pod.ended).toEqual({ code: 3, signal: null, err: '' });
};

test('signals go through', () => stopsBySignal(process.execPath), 120_000);

(older === undefined ? test.skip : test)(
  'signals go through an older Node, too (skipped where there is none)',
  () => stopsBySignal(older ?? ''),
  120_000,
);

withAws(
  'aws (skipped where it is not installed): a deletion reaches who keeps credentials by the deny, and who keeps none by the endpoint',
  async () => {
    const { core } = await kubernetes(demo, 'payments');
    // Nothing restarts a pod without a workload: its token lives on until it is deleted here.
    const alone = { name: 'alone', namespace: 'checkout' };
    await core.createNamespacedPod({
      namespace: 'checkout',
      body: { metadata: alone, spec: { serviceAccountName: 'api', containers: [{ name: 'a', image: 'x' }] } },
    });
    const keeps = follow(demo, ['pod', 'run', 'checkout/deploy/api', '--', 'sh', '-c', KEEPS], { changes: own });
    const asks = follow(demo, ['pod', 'run', '--retention', '0', 'checkout/alone', '--', 'sh', '-c', ASKS], {
      changes: own,
    });
    expect(await keeps.line()).toMatch(/:assumed-role\/checkout-orders\/eks-payments-api-/);
    expect([await keeps.line(), await keeps.line()]).toEqual(['3', 'ready']);
    asks.type('before');
    expect(await asks.line()).toBe('200');
    expect(JSON.parse(await asks.line())).toHaveProperty('AccessKeyId');
    expect(await asks.line()).toMatch(/:assumed-role\/checkout-orders\/eks-payments-alone-/);

    await deleteAssociation('checkout', 'api');
    asks.type('without an association');
    expect(await asks.line()).toBe('404');
    const gone =
      /^\[[\w-]+\]: \(ResourceNotFoundException\): No Pod Identity association found for the service account checkout\/api\., fault: client$/;
    expect(await asks.line()).toMatch(gone);
    expect(await asks.line()).toMatch(/Received non 200 response 404 from container metadata: /);
    keeps.type('go');
    expect(await keeps.line()).toMatch(
      /^An error occurred \(AccessDeniedException\) when calling the Scan operation: User: \S+ is not authorized to perform: dynamodb:Scan on resource: \S+ with an explicit deny in an identity-based policy$/,
    );

    await core.deleteNamespacedPod({ ...alone, gracePeriodSeconds: 0 });
    asks.type('without a pod');
    expect(await asks.line()).toBe('400');
    expect(await asks.line()).toMatch(/^\[[\w-]+\]: \(InvalidTokenException\): .*, fault: client$/);
    expect(await asks.line()).toMatch(/Received non 200 response 400 from container metadata: /);
    asks.type('');

    expect(await keeps.ended).toEqual({ code: 0, signal: null, err: '' });
    const { code, err } = await asks.ended;
    expect(code).toBe(0);
    // Each question by hand, and each of aws: three times of each, since it tries again.
    expect(new Set(err.match(/the credentials endpoint answered \d+: \[|\(\w+Exception\)/g))).toEqual(
      new Set([
        'the credentials endpoint answered 404: [',
        '(ResourceNotFoundException)',
        'the credentials endpoint answered 400: [',
        '(InvalidTokenException)',
      ]),
    );
  },
  180_000,
);

withAws(
  'aws (skipped where it is not installed): a pod with an annotation left has its old role when the association goes',
  async () => {
    // The CLI keeps such credentials in the person's home by the role's ARN alone: another run's must not be found there.
    const legacy = `legacy-${randomUUID()}`;
    const irsa = await irsaRole('legacy', legacy);
    const { core } = await kubernetes(demo, 'payments');
    const metadata = { name: 'legacy', annotations: { 'eks.amazonaws.com/role-arn': irsa } };
    await core.createNamespacedServiceAccount({ namespace: 'default', body: { metadata } });
    const pod = (name: string) =>
      core.createNamespacedPod({
        namespace: 'default',
        body: { metadata: { name }, spec: { serviceAccountName: 'legacy', containers: [{ name: 'a', image: 'x' }] } },
      });
    const whoAmI = ['aws', 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'];
    const eks = new EKSClient(as(demo, 'payments'));
    const of = { clusterName: 'payments', namespace: 'default', serviceAccount: 'legacy' };
    await eks.send(
      new CreatePodIdentityAssociationCommand({ ...of, roleArn: 'arn:aws:iam::222222222222:role/log-shipper' }),
    );
    await pod('associated');
    expect(await inPod('default/associated', ...whoAmI)).toEqual({
      code: 0,
      out: expect.stringMatching(/^arn:aws:sts::222222222222:assumed-role\/log-shipper\/eks-payments-associated-/),
      err: '',
    });
    await deleteAssociation('default', 'legacy');
    await pod('annotated');
    expect(await inPod('default/annotated', ...whoAmI)).toEqual({
      code: 0,
      out: expect.stringContaining(`arn:aws:sts::222222222222:assumed-role/${legacy}/`),
      err: '',
    });
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

test('the metadata of the node wants a token, with a life that it allows', async () => {
  const { core } = await kubernetes(demo, 'payments');
  await core.createNamespacedPod({
    namespace: 'default',
    body: {
      metadata: { name: 'curious' },
      spec: {
        nodeName: 'ip-10-0-1-11.eu-west-1.compute.internal',
        containers: [{ name: 'a', image: 'x' }],
      },
    },
  });
  const { code, out, err } = await inPod('default/curious', process.execPath, '--input-type=module', '-e', CURIOUS);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toEqual({
    withoutToken: [401, 'Unauthorized'],
    withAnother: [401, 'Unauthorized'],
    tokenWithoutLife: [400, 'Bad Request'],
    tokenOfNoLife: [400, 'Bad Request'],
    tokenTooLong: [400, 'Bad Request'],
    tokenByGet: [405, ''],
    granted: [200, '21600'],
    withToken: [200, 'payments-node'],
    elsewhere: [404, 'Not Found'],
  });
});

/** Scans as long as it may, then says why it may not. */
const KEEPS = `
  aws sts get-caller-identity --query Arn --output text
  aws dynamodb scan --table-name orders --query Count
  echo ready; read go
  while why=$(aws dynamodb scan --table-name orders 2>&1 >/dev/null); do sleep 0.2; done
  echo "$why" | grep .
`;

/** For each line that is typed: what the endpoint answers, and what aws makes of it. */
const ASKS = `
  answer=$(dirname $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)/answer
  while read go && [ -n "$go" ]; do
    code=$(curl -s -o $answer -w '%{http_code}' -H "Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)" $AWS_CONTAINER_CREDENTIALS_FULL_URI)
    echo $code; printf '%s\\n' "$(head -1 $answer)"
    aws sts get-caller-identity --query Arn --output text 2>&1 | grep .
  done
`;

/** What a curious process finds out of the instance metadata: each answer's status and text. */
const CURIOUS = `
  const at = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  const ask = (path, headers = {}, method = 'GET') => fetch(at + path, { method, headers });
  const role = '/latest/meta-data/iam/security-credentials/';
  const tokenFor = (life, method = 'PUT') =>
    ask('/latest/api/token', life === undefined ? {} : { 'x-aws-ec2-metadata-token-ttl-seconds': life }, method);
  const answer = async (response) => [response.status, await response.text()];
  const granted = await tokenFor('21600');
  const token = { 'x-aws-ec2-metadata-token': await granted.text() };
  console.log(JSON.stringify({
    withoutToken: await answer(await ask(role)),
    withAnother: await answer(await ask(role, { 'x-aws-ec2-metadata-token': 'another' })),
    tokenWithoutLife: await answer(await tokenFor(undefined)),
    tokenOfNoLife: await answer(await tokenFor('0')),
    tokenTooLong: await answer(await tokenFor('21601')),
    tokenByGet: await answer(await tokenFor('60', 'GET')),
    granted: [granted.status, granted.headers.get('x-aws-ec2-metadata-token-ttl-seconds')],
    withToken: await answer(await ask(role, token)),
    elsewhere: await answer(await ask('/latest/nothing', token)),
  }));
`;

const deleteAssociation = async (namespace: string, serviceAccount: string): Promise<void> => {
  const eks = new EKSClient(as(demo, 'payments'));
  const of = { clusterName: 'payments', namespace, serviceAccount };
  const { associations = [] } = await eks.send(new ListPodIdentityAssociationsCommand(of));
  const associationId = associations[0]?.associationId;
  await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: 'payments', associationId }));
};

/** A role for the service account in `default`, as IRSA has it: a provider for the cluster's issuer, and a trust in its tokens. */
const irsaRole = async (serviceAccount: string, RoleName: string): Promise<string> => {
  const { cluster } = await new EKSClient(as(demo, 'payments')).send(new DescribeClusterCommand({ name: 'payments' }));
  const issuer = cluster?.identity?.oidc?.issuer ?? '';
  const iam = new IAMClient(as(demo, 'payments'));
  const { OpenIDConnectProviderArn: Federated } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['sts.amazonaws.com'] }),
  );
  const name = issuer.replace('https://', '');
  const StringEquals = {
    [`${name}:sub`]: `system:serviceaccount:default:${serviceAccount}`,
    [`${name}:aud`]: 'sts.amazonaws.com',
  };
  const Statement = [
    { Effect: 'Allow', Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals } },
  ];
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  return Role?.Arn ?? '';
};
