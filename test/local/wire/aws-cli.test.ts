/** The real `aws` and boto3 against the listening cloud. Skipped, and said so, where they are not installed. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addInstance } from '../../../local/services/ec2/index.ts';
import { authenticator } from '../../../local/services/eks/index.ts';
import { ACCOUNT, CLUSTER_ARN, type Listening, PODS_TRUST, podToken, REGION, startListening } from './listening.ts';

const run = promisify(execFile);
const installed = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const withAws = installed('aws', '--version') ? test : test.skip;
const withBoto = installed('python3', '-c', 'import boto3') ? test : test.skip;

let here: Listening;
let dir: string;

beforeAll(async () => {
  here = await startListening();
  dir = mkdtempSync(path.join(tmpdir(), 'podid-aws-'));
});
afterAll(async () => {
  await here.cloud.close();
  rmSync(dir, { recursive: true });
});

const environment = () => {
  const { accessKeyId, secretAccessKey } = here.cloud.administrator(ACCOUNT).credentials;
  return {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    AWS_ENDPOINT_URL: here.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  };
};

const aws = async (...args: string[]): Promise<unknown> => {
  const { stdout } = await run('aws', [...args, '--output', 'json'], { env: environment() });
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
};

withAws('aws (skipped where it is not installed): the session that the README promises', async () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/app`;
  await aws(
    'iam',
    'create-role',
    '--role-name',
    'app',
    '--assume-role-policy-document',
    PODS_TRUST,
    '--tags',
    'Key=team,Value=a b',
  );
  expect(await aws('iam', 'get-role', '--role-name', 'app')).toMatchObject({
    Role: { AssumeRolePolicyDocument: JSON.parse(PODS_TRUST), Tags: [{ Key: 'team', Value: 'a b' }] },
  });
  const created = await aws(
    'eks',
    'create-pod-identity-association',
    '--cluster-name',
    'payments',
    '--namespace',
    'ns',
    '--service-account',
    'api',
    '--role-arn',
    roleArn,
  );
  expect(created).toMatchObject({ association: { roleArn, namespace: 'ns', createdAt: expect.anything() } });
  expect(await aws('eks', 'list-pod-identity-associations', '--cluster-name', 'payments')).toMatchObject({
    associations: [{ serviceAccount: 'api' }],
  });
  expect(
    await aws(
      'eks-auth',
      'assume-role-for-pod-identity',
      '--cluster-name',
      'payments',
      '--token',
      podToken('ns', 'api'),
    ),
  ).toMatchObject({
    assumedRoleUser: { arn: expect.stringContaining(':assumed-role/app/eks-payments-api-1-') },
    credentials: { accessKeyId: expect.stringMatching(/^ASIA/) },
  });
  await expect(aws('iam', 'get-role', '--role-name', 'nope')).rejects.toThrow(/\(NoSuchEntity\).*nope cannot be found/);
});

withAws('aws eks get-token and update-kubeconfig (skipped where it is not installed)', async () => {
  const { status } = (await aws('eks', 'get-token', '--cluster-name', 'payments')) as { status: { token: string } };
  expect(await authenticator(here.cloud, CLUSTER_ARN)(status.token)).toMatchObject({ groups: ['system:masters'] });
  const kubeconfig = path.join(dir, 'kubeconfig');
  await run('aws', ['eks', 'update-kubeconfig', '--name', 'payments', '--kubeconfig', kubeconfig], {
    env: environment(),
  });
  expect(readFileSync(kubeconfig, 'utf8')).toContain('server: https://127.0.0.1:6443');
});

withAws('aws ec2 describe-instances (skipped where it is not installed)', async () => {
  addInstance(here.cloud, {
    account: ACCOUNT,
    region: REGION,
    instanceId: 'i-0000000000000001',
    hopLimit: 2,
    privateDnsName: 'a',
  });
  const filter = 'Name=private-dns-name,Values=a,b';
  expect(await aws('ec2', 'describe-instances', '--filters', filter)).toMatchObject({
    Reservations: [{ Instances: [{ MetadataOptions: { HttpPutResponseHopLimit: 2 } }] }],
  });
});

withBoto('boto3 (skipped where it is not installed): query, REST and presigned', async () => {
  const program = `
import boto3, json, urllib.request
iam, eks, sts = (boto3.client(s) for s in ('iam', 'eks', 'sts'))
iam.create_role(RoleName='boto', AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"${ACCOUNT}"},"Action":"sts:AssumeRole"}]}')
url = sts.generate_presigned_url('get_caller_identity', Params={}, ExpiresIn=60, HttpMethod='GET')
body = urllib.request.urlopen(url).read().decode()
try:
    eks.describe_cluster(name='nothing')
except eks.exceptions.ResourceNotFoundException as e:
    missing = e.response['Error']['Message']
session = sts.assume_role(RoleArn='arn:aws:iam::${ACCOUNT}:role/boto', RoleSessionName='s1')
print(json.dumps({'cluster': eks.describe_cluster(name='payments')['cluster']['name'], 'missing': missing,
  'presigned': 'user/admin' in body, 'expires': type(session['Credentials']['Expiration']).__name__}))
`;
  const { stdout } = await run('python3', ['-c', program], { env: environment() });
  expect(JSON.parse(stdout)).toEqual({
    cluster: 'payments',
    missing: 'No cluster found for name: nothing.',
    presigned: true,
    expires: 'datetime',
  });
});
