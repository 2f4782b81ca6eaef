/** Access entries, access policies, and the login of `aws eks get-token`. */

import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand, DeleteRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../../local/contract.ts';
import {
  accessPolicyManifests,
  addCluster,
  authenticator,
  verifyEksToken,
} from '../../../../local/services/eks/index.ts';
import { ACCOUNT, CLUSTER_ARN, type Listening, PODS_TRUST, REGION, startListening } from '../../wire/listening.ts';

let here: Listening;
let time = new Date('2026-11-21T10:00:00Z');
const principalArn = `arn:aws:iam::${ACCOUNT}:role/ops/restarter`;
const admin = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

beforeAll(async () => {
  here = await startListening({ now: () => time });
  await here.iam.send(
    new CreateRoleCommand({ RoleName: 'restarter', Path: '/ops/', AssumeRolePolicyDocument: PODS_TRUST }),
  );
});
afterAll(() => here.cloud.close());

/** What `aws eks get-token` prints. */
const getToken = async (
  credentials: Credentials,
  {
    cluster = 'payments',
    signed = 'x-k8s-aws-id',
    host = `sts.${REGION}.amazonaws.com`,
    action = 'GetCallerIdentity',
  } = {},
): Promise<string> => {
  const signer = new SignatureV4({ credentials, region: REGION, service: 'sts', sha256: Hash.bind(null, 'sha256') });
  const presigned = await signer.presign(
    new HttpRequest({
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: action, Version: '2011-06-15' },
      headers: { host, ...(signed === '' ? {} : { [signed]: cluster }) },
    }),
    { expiresIn: 60, signingDate: time },
  );
  const query = new URLSearchParams(presigned.query as Record<string, string>);
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query}`).toString('base64url')}`;
};

const session = () => here.cloud.issueSession(principalArn, 'fn@1', 'lambda.amazonaws.com').credentials;
const login = async (token: string) => authenticator(here.cloud, CLUSTER_ARN)(token);

test('an entry as it is created, read, updated, listed and deleted', async () => {
  const key = { clusterName: 'payments', principalArn };
  const { accessEntry } = await here.eks.send(
    new eks.CreateAccessEntryCommand({ ...key, kubernetesGroups: ['podid:restarters'], tags: { a: 'b' } }),
  );
  expect(accessEntry).toMatchObject({
    principalArn,
    type: 'STANDARD',
    username: `arn:aws:sts::${ACCOUNT}:assumed-role/restarter/{{SessionName}}`,
    kubernetesGroups: ['podid:restarters'],
    accessEntryArn: expect.stringMatching(
      /^arn:aws:eks:eu-west-1:111111111111:access-entry\/payments\/role\/111111111111\/ops\/restarter\/[0-9a-f-]{36}$/,
    ),
  });
  await expect(here.eks.send(new eks.CreateAccessEntryCommand(key))).rejects.toMatchObject({
    name: 'ResourceInUseException',
  });
  await here.eks.send(new eks.UpdateAccessEntryCommand({ ...key, kubernetesGroups: ['podid:others'] }));
  expect((await here.eks.send(new eks.DescribeAccessEntryCommand(key))).accessEntry).toMatchObject({
    kubernetesGroups: ['podid:others'],
  });
  expect((await here.eks.send(new eks.ListAccessEntriesCommand({ clusterName: 'payments' }))).accessEntries).toEqual([
    principalArn,
    `arn:aws:iam::${ACCOUNT}:user/admin`,
  ]);
  await here.eks.send(new eks.DeleteAccessEntryCommand(key));
  await expect(here.eks.send(new eks.DescribeAccessEntryCommand(key))).rejects.toBeInstanceOf(
    eks.ResourceNotFoundException,
  );
});

test.each<[string, Partial<eks.CreateAccessEntryCommandInput>, string, string]>([
  [
    'a principal that is not there',
    { principalArn: `arn:aws:iam::${ACCOUNT}:role/ghost` },
    'InvalidParameterException',
    'invalid principal',
  ],
  [
    'a group of the system',
    { kubernetesGroups: ['system:masters'] },
    'InvalidParameterException',
    'cannot start with system:',
  ],
  ['a reserved username', { username: 'eks:me' }, 'InvalidParameterException', 'cannot start with eks:'],
  ['a type that is none', { type: 'WINDOWS' }, 'InvalidParameterException', 'WINDOWS'],
  ['a node type with groups', { type: 'EC2_LINUX', kubernetesGroups: ['g'] }, 'InvalidRequestException', 'EC2_LINUX'],
])('CreateAccessEntry refuses %s', async (_what, input, name, text) => {
  await expect(
    here.eks.send(new eks.CreateAccessEntryCommand({ clusterName: 'payments', principalArn, ...input })),
  ).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
});

test('access entries need a cluster that reads them', async () => {
  addCluster(here.cloud, {
    account: ACCOUNT,
    region: REGION,
    name: 'old',
    endpoint: 'https://127.0.0.1:1',
    certificateAuthority: '',
    issuer: '',
    reviewToken: async () => ({ namespace: '', serviceAccount: '' }),
    authenticationMode: 'CONFIG_MAP',
  });
  await expect(here.eks.send(new eks.ListAccessEntriesCommand({ clusterName: 'old' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringContaining('[API, API_AND_CONFIG_MAP]'),
  });
});

test('a token is the role’s user in the groups of its entry and of its policies', async () => {
  const credentials = session();
  expect(await login(await getToken(credentials))).toBeUndefined();
  const key = { clusterName: 'payments', principalArn };
  await here.eks.send(new eks.CreateAccessEntryCommand({ ...key, kubernetesGroups: ['podid:restarters'] }));
  expect(await login(await getToken(credentials))).toMatchObject({
    username: `arn:aws:sts::${ACCOUNT}:assumed-role/restarter/fn-1`,
    groups: ['podid:restarters'],
    extra: { canonicalArn: [principalArn], sessionName: ['fn@1'] },
  });
  const view = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
  await here.eks.send(
    new eks.AssociateAccessPolicyCommand({ ...key, policyArn: view, accessScope: { type: 'cluster' } }),
  );
  expect(here.records.at(-1)?.detail).toMatchObject({
    requestParameters: { name: 'payments', principalArn: encodeURIComponent(principalArn), policyArn: view },
  });
  const groups = (await login(await getToken(credentials)))?.groups ?? [];
  expect(JSON.stringify(accessPolicyManifests())).toContain(groups[1]);
  const listed = await here.eks.send(new eks.ListAssociatedAccessPoliciesCommand(key));
  expect(listed.associatedAccessPolicies).toMatchObject([{ policyArn: view, accessScope: { type: 'cluster' } }]);
  await here.eks.send(new eks.DisassociateAccessPolicyCommand({ ...key, policyArn: view }));
  expect((await login(await getToken(credentials)))?.groups).toEqual(['podid:restarters']);
  await expect(
    here.eks.send(
      new eks.AssociateAccessPolicyCommand({
        ...key,
        policyArn: 'arn:aws:eks::aws:cluster-access-policy/Any',
        accessScope: { type: 'cluster' },
      }),
    ),
  ).rejects.toBeInstanceOf(eks.InvalidParameterException);
});

test('the account’s administrator made the cluster, and rules it', async () => {
  const token = await getToken(here.config().credentials);
  expect(await login(token)).toMatchObject({
    username: `arn:aws:iam::${ACCOUNT}:user/admin`,
    groups: ['system:masters'],
  });
  const { associatedAccessPolicies } = await here.eks.send(
    new eks.ListAssociatedAccessPoliciesCommand({
      clusterName: 'payments',
      principalArn: `arn:aws:iam::${ACCOUNT}:user/admin`,
    }),
  );
  expect(associatedAccessPolicies).toMatchObject([{ policyArn: admin }]);
});

test('tokens that mean nobody', async () => {
  const { credentials } = here.cloud.administrator(ACCOUNT);
  const verify = (token: string, cluster = 'payments') => verifyEksToken(here.cloud, token, cluster);
  expect(await verify(await getToken(credentials))).toMatchObject({ kind: 'user' });
  expect(await verify(await getToken(credentials), 'other')).toBeUndefined();
  expect(await verify(await getToken(credentials, { signed: 'x-other' }))).toBeUndefined();
  expect(await verify(await getToken(credentials, { signed: '' }))).toBeUndefined();
  expect(await verify(await getToken(credentials, { action: 'AssumeRole' }))).toBeUndefined();
  expect(await verify(await getToken({ ...credentials, secretAccessKey: 'wrong' }))).toBeUndefined();
  expect(await verify(await getToken({ ...credentials, accessKeyId: 'AKIANOBODY' }))).toBeUndefined();
  for (const text of ['', 'k8s-aws-v1.', 'k8s-aws-v1.%%%', `k8s-aws-v1.${'a'.repeat(5000)}`, 'eyJ.a.b']) {
    expect(await verify(text)).toBeUndefined();
  }
});

test('a token serves 15 minutes', async () => {
  const token = await getToken(here.config().credentials);
  const start = time;
  time = new Date(start.getTime() + 15 * 60_000);
  expect(await login(token)).toBeDefined();
  time = new Date(start.getTime() + 15 * 60_000 + 1000);
  expect(await login(token)).toBeUndefined();
  time = start;
});

test('an entry pins the role’s id: a recreated role is nobody', async () => {
  expect(await login(await getToken(session()))).toBeDefined();
  await here.iam.send(new DeleteRoleCommand({ RoleName: 'restarter' }));
  await here.iam.send(
    new CreateRoleCommand({ RoleName: 'restarter', Path: '/ops/', AssumeRolePolicyDocument: PODS_TRUST }),
  );
  expect(await login(await getToken(session()))).toBeUndefined();
});

test('DescribeCluster has what update-kubeconfig reads', async () => {
  const { cluster } = await here.eks.send(new eks.DescribeClusterCommand({ name: 'payments' }));
  expect(cluster).toMatchObject({
    arn: CLUSTER_ARN,
    status: 'ACTIVE',
    endpoint: 'https://127.0.0.1:6443',
    identity: { oidc: { issuer: expect.stringContaining('oidc.eks') } },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  });
  expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE');
});
