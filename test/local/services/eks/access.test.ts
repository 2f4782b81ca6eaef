/** Access entries, access policies, and the login of `aws eks get-token`. */

import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand, DeleteRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
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
import {
  ACCOUNT,
  allow,
  CLUSTER_ARN,
  type Listening,
  OTHER,
  PODS_TRUST,
  REGION,
  startListening,
} from '../../wire/listening.ts';

let here: Listening;
let time = new Date('2026-11-21T10:00:00Z');
const principalArn = `arn:aws:iam::${ACCOUNT}:role/ops/restarter`;
const admin = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

const TOO_MANY = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']));

beforeAll(async () => {
  here = await startListening({ now: () => time });
  await new IAMClient(here.config(here.cloud.administrator(OTHER).credentials)).send(
    new CreateRoleCommand({ RoleName: 'elsewhere', AssumeRolePolicyDocument: PODS_TRUST }),
  );
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
  ['a name that ends in a session', { username: 'john{{SessionName}}' }, 'InvalidParameterException', 'a colon before'],
  [
    'a service-linked role',
    { principalArn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/eks.amazonaws.com/x` },
    'InvalidParameterException',
    'invalid principal',
  ],
  [
    'a user as a node',
    { principalArn: `arn:aws:iam::${ACCOUNT}:user/admin`, type: 'HYBRID_LINUX' },
    'InvalidParameterException',
    'must be a role of the cluster',
  ],
  [
    'another account’s role as a node',
    { principalArn: `arn:aws:iam::${OTHER}:role/elsewhere`, type: 'EC2_LINUX' },
    'InvalidParameterException',
    'must be a role of the cluster',
  ],
  ['too many tags', { tags: TOO_MANY }, 'InvalidParameterException', 'the maximum is 50'],
  ['a cluster that is not there', { clusterName: 'no' }, 'ResourceNotFoundException', 'No cluster found for name: no.'],
  ['a node type with groups', { type: 'EC2_LINUX', kubernetesGroups: ['g'] }, 'InvalidRequestException', 'EC2_LINUX'],
])('CreateAccessEntry refuses %s', async (_what, input, name, text) => {
  await expect(
    here.eks.send(new eks.CreateAccessEntryCommand({ clusterName: 'payments', principalArn, ...input })),
  ).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
});

test.each([
  ['EC2_LINUX', 'system:node:{{EC2PrivateDNSName}}'],
  ['HYBRID_LINUX', 'system:node:{{SessionName}}'],
])('an entry of type %s is a node, and takes neither update nor policy', async (type, username) => {
  const key = { clusterName: 'payments', principalArn };
  const { accessEntry } = await here.eks.send(new eks.CreateAccessEntryCommand({ ...key, type }));
  expect(accessEntry).toMatchObject({ type, username, kubernetesGroups: ['system:nodes'] });
  for (const attempt of [
    () => here.eks.send(new eks.UpdateAccessEntryCommand({ ...key, username: 'x:y' })),
    () =>
      here.eks.send(
        new eks.AssociateAccessPolicyCommand({ ...key, policyArn: admin, accessScope: { type: 'cluster' } }),
      ),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ name: 'InvalidRequestException' });
  }
  await here.eks.send(new eks.DeleteAccessEntryCommand(key));
});

test('an entry for another account’s role; a role for self-managed nodes must be passed', async () => {
  const elsewhere = { clusterName: 'payments', principalArn: `arn:aws:iam::${OTHER}:role/elsewhere` };
  await here.eks.send(new eks.CreateAccessEntryCommand(elsewhere));
  await here.eks.send(new eks.DeleteAccessEntryCommand(elsewhere));
  await here.iam.send(new CreateRoleCommand({ RoleName: 'granter', AssumeRolePolicyDocument: PODS_TRUST }));
  await here.iam.send(
    new PutRolePolicyCommand({ RoleName: 'granter', PolicyName: 'p', PolicyDocument: allow('eks:*') }),
  );
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/granter`, 's', 'lambda.amazonaws.com');
  const client = new eks.EKSClient(here.config(credentials));
  const key = { clusterName: 'payments', principalArn };
  await expect(client.send(new eks.CreateAccessEntryCommand({ ...key, type: 'EC2_LINUX' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`iam:PassRole on resource: ${principalArn}`),
  });
  const created = await client.send(new eks.CreateAccessEntryCommand({ ...key, clientRequestToken: 'once' }));
  const again = await client.send(new eks.CreateAccessEntryCommand({ ...key, clientRequestToken: 'once' }));
  expect(again.accessEntry).toEqual(created.accessEntry);
  await client.send(new eks.DeleteAccessEntryCommand(key));
});

test.each<[string, Partial<eks.AssociateAccessPolicyCommandInput>, string, string]>([
  [
    'what is no access policy',
    { policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
    'InvalidParameterException',
    'ReadOnly',
  ],
  ['a policy that AWS does not have', { policyArn: `${admin}s` }, 'InvalidParameterException', 'ListAccessPolicies'],
  [
    'a policy without effect here',
    { policyArn: admin.replace('EKSClusterAdmin', 'EKSAutoNode') },
    'NotImplemented',
    'AmazonEKSAutoNodePolicy',
  ],
  ['a scope of no kind', { accessScope: { type: 'galaxy' as 'cluster' } }, 'InvalidParameterException', 'galaxy'],
  ['no namespaces', { accessScope: { type: 'namespace' } }, 'InvalidParameterException', 'must have namespaces'],
  [
    'namespaces of the whole cluster',
    { accessScope: { type: 'cluster', namespaces: ['a'] } },
    'InvalidParameterException',
    'must not have namespaces',
  ],
  [
    'namespaces of a cluster where nothing runs',
    { accessScope: { type: 'namespace', namespaces: ['a'] } },
    'NotImplemented',
    'namespaces a',
  ],
  [
    'a principal without an entry',
    { principalArn: `${principalArn}2` },
    'ResourceNotFoundException',
    "You can view your available access entries with 'list-access-entries'.",
  ],
])('AssociateAccessPolicy refuses %s', async (_what, input, name, text) => {
  const key = { clusterName: 'payments', principalArn };
  await here.eks.send(new eks.CreateAccessEntryCommand(key));
  await expect(
    here.eks.send(
      new eks.AssociateAccessPolicyCommand({ ...key, policyArn: admin, accessScope: { type: 'cluster' }, ...input }),
    ),
  ).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
  expect((await here.eks.send(new eks.ListAssociatedAccessPoliciesCommand(key))).associatedAccessPolicies).toEqual([]);
  await here.eks.send(new eks.DeleteAccessEntryCommand(key));
});

test('entries, their policies and all policies come in pages', async () => {
  const key = { clusterName: 'payments', principalArn };
  await here.eks.send(new eks.CreateAccessEntryCommand(key));
  const policies = ['View', 'Edit', 'Admin'].map((name) => admin.replace('EKSClusterAdmin', `EKS${name}`));
  for (const policyArn of policies) {
    await here.eks.send(new eks.AssociateAccessPolicyCommand({ ...key, policyArn, accessScope: { type: 'cluster' } }));
  }
  const config = { client: here.eks, pageSize: 2 };
  const associated: Array<string | undefined> = [];
  for await (const page of eks.paginateListAssociatedAccessPolicies(config, key)) {
    associated.push(...(page.associatedAccessPolicies ?? []).map(({ policyArn }) => policyArn));
  }
  expect(associated).toEqual([...policies].sort());
  const entries = async (input: Partial<eks.ListAccessEntriesCommandInput>) => {
    const pages: string[][] = [];
    const all = { clusterName: 'payments', ...input };
    for await (const page of eks.paginateListAccessEntries({ ...config, pageSize: 1 }, all)) {
      pages.push(page.accessEntries ?? []);
    }
    return pages;
  };
  expect(await entries({})).toEqual([[principalArn], [`arn:aws:iam::${ACCOUNT}:user/admin`]]);
  expect(await entries({ associatedPolicyArn: policies[0] })).toEqual([[principalArn]]);
  const names: Array<string | undefined> = [];
  for await (const { accessPolicies = [] } of eks.paginateListAccessPolicies(config, {})) {
    for (const { name, arn } of accessPolicies) {
      expect(arn).toBe(`arn:aws:eks::aws:cluster-access-policy/${name}`);
      names.push(name);
    }
  }
  expect(names).toHaveLength(19);
  expect(names).toEqual([...names].sort());
  for (const attempt of [
    () => here.eks.send(new eks.ListAccessPoliciesCommand({ nextToken: 'x' })),
    () => here.eks.send(new eks.ListAccessEntriesCommand({ clusterName: 'payments', maxResults: 101 })),
    () => here.eks.send(new eks.ListAssociatedAccessPoliciesCommand({ ...key, nextToken: 'x' })),
  ]) {
    await expect(attempt()).rejects.toBeInstanceOf(eks.InvalidParameterException);
  }
  const policyArn = policies[0];
  await here.eks.send(new eks.DisassociateAccessPolicyCommand({ ...key, policyArn }));
  await expect(here.eks.send(new eks.DisassociateAccessPolicyCommand({ ...key, policyArn }))).rejects.toBeInstanceOf(
    eks.ResourceNotFoundException,
  );
  await here.eks.send(new eks.DeleteAccessEntryCommand(key));
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
    version: '1.34',
    platformVersion: 'eks.13',
    upgradePolicy: { supportType: 'EXTENDED' },
    logging: { clusterLogging: [{ enabled: false }] },
  });
  expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE');
});
