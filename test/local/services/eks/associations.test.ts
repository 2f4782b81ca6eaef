/** Pod Identity associations through the SDK client: every field, every rule, and the records they leave. */

import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addCluster, associationOf, newAssociation } from '../../../../local/services/eks/index.ts';
import {
  ACCOUNT,
  allow,
  CLUSTER_ARN,
  type Listening,
  OTHER,
  PODS_TRUST,
  REGION,
  startListening,
  trustOf,
} from '../../wire/listening.ts';

let here: Listening;
const roleArn = `arn:aws:iam::${ACCOUNT}:role/app`;
const targetRoleArn = `arn:aws:iam::${OTHER}:role/target`;
const policy = allow('s3:GetObject');

beforeAll(async () => {
  here = await startListening();
  for (const [RoleName, AssumeRolePolicyDocument] of [
    ['app', PODS_TRUST],
    ['app2', PODS_TRUST],
    ['ec2', trustOf(`arn:aws:iam::${ACCOUNT}:root`)],
  ]) {
    await here.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
});
afterAll(() => here.cloud.close());

let count = 0;
const create = async (more: Partial<eks.CreatePodIdentityAssociationCommandInput> = {}) => {
  count += 1;
  const base = { clusterName: 'payments', namespace: 'ns', serviceAccount: `sa-${count}`, roleArn };
  const { association } = await here.eks.send(new eks.CreatePodIdentityAssociationCommand({ ...base, ...more }));
  return { associationId: '', serviceAccount: '', ...association };
};

test('an association as it is created, described, updated and deleted', async () => {
  const made = await create({ serviceAccount: 'whole', targetRoleArn, tags: { team: 'a' } });
  expect(made).toMatchObject({
    clusterName: 'payments',
    namespace: 'ns',
    serviceAccount: 'whole',
    roleArn,
    targetRoleArn,
    associationId: expect.stringMatching(/^a-[a-z0-9]{17}$/),
    associationArn: `arn:aws:eks:${REGION}:${ACCOUNT}:podidentityassociation/payments/${made.associationId}`,
    externalId: `${REGION}/${ACCOUNT}/payments/ns/whole`,
    disableSessionTags: false,
    tags: { team: 'a' },
    createdAt: expect.any(Date),
    modifiedAt: expect.any(Date),
  });
  const key = { clusterName: 'payments', associationId: made.associationId };
  const update = (input: Partial<eks.UpdatePodIdentityAssociationCommandInput>) =>
    here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, ...input }));
  expect((await update({ targetRoleArn: '' })).association).not.toHaveProperty('targetRoleArn');
  expect((await update({})).association).toMatchObject({ roleArn });
  const changed = await update({ roleArn: `${roleArn}2`, disableSessionTags: true, policy });
  expect(changed.association).toMatchObject({ roleArn: `${roleArn}2`, disableSessionTags: true, policy });
  await expect(update({ disableSessionTags: false })).rejects.toBeInstanceOf(eks.InvalidParameterException);
  expect((await update({ policy: '', disableSessionTags: false })).association).not.toHaveProperty('policy');
  expect(associationOf(here.cloud, CLUSTER_ARN, 'ns', 'whole')).toMatchObject({ roleArn: `${roleArn}2` });
  const described = await here.eks.send(new eks.DescribePodIdentityAssociationCommand(key));
  expect(described.association).toMatchObject({ associationId: made.associationId, serviceAccount: 'whole' });
  const gone = await here.eks.send(new eks.DeletePodIdentityAssociationCommand(key));
  expect(gone.association).toMatchObject({ roleArn: `${roleArn}2`, namespace: 'ns', serviceAccount: 'whole' });
  await expect(here.eks.send(new eks.DescribePodIdentityAssociationCommand(key))).rejects.toBeInstanceOf(
    eks.ResourceNotFoundException,
  );
  expect(associationOf(here.cloud, CLUSTER_ARN, 'ns', 'whole')).toBeUndefined();
});

test.each<[string, Partial<eks.CreatePodIdentityAssociationCommandInput>, string, string]>([
  [
    'another account’s role',
    { roleArn: targetRoleArn },
    'AccessDeniedException',
    'Cross-account pass role is not allowed.',
  ],
  ['an empty role', { roleArn: '' }, 'AccessDeniedException', 'Cross-account pass role is not allowed.'],
  [
    'a role that is not there',
    { roleArn: `${roleArn}s` },
    'InvalidParameterException',
    'Role provided in the request does not exist',
  ],
  [
    'a role that does not trust EKS',
    { roleArn: roleArn.replace('/app', '/ec2') },
    'InvalidParameterException',
    'Trust policy of the role provided is invalid',
  ],
  ['a target that is no role', { targetRoleArn: 'arn:aws:s3:::x' }, 'InvalidParameterException', 'targetRoleArn'],
  ['a policy with session tags', { policy }, 'InvalidParameterException', 'disableSessionTags'],
  ['a malformed policy', { policy: '{}', disableSessionTags: true }, 'InvalidParameterException', 'policy'],
  ['a wildcard', { serviceAccount: '*' }, 'InvalidParameterException', 'service account'],
  ['a bad namespace', { namespace: 'Not_One' }, 'InvalidParameterException', 'namespace'],
  [
    '51 tags',
    { tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
    'InvalidParameterException',
    'tags',
  ],
  [
    'a cluster that is not there',
    { clusterName: 'nothing' },
    'ResourceNotFoundException',
    'No cluster found for name: nothing.',
  ],
])('Create refuses %s', async (_what, input, name, text) => {
  await expect(create(input)).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
});

test('one association for a service account: the 409 tells its id', async () => {
  const first = await create({ serviceAccount: 'only' });
  await expect(create({ serviceAccount: 'only' })).rejects.toMatchObject({
    name: 'ResourceInUseException',
    message: `Association already exists: ${first.associationId}`,
    $metadata: { httpStatusCode: 409 },
  });
});

test('the same request token makes one association, and none with other parameters', async () => {
  const input = { serviceAccount: 'token', clientRequestToken: 'token-1' };
  const first = await create(input);
  expect((await create(input)).associationId).toBe(first.associationId);
  await expect(create({ ...input, serviceAccount: 'other' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('List pages, filters, and holds no role', async () => {
  for (let i = 0; i < 3; i += 1) await create({ namespace: 'paged' });
  const seen: eks.PodIdentityAssociationSummary[] = [];
  const pages = eks.paginateListPodIdentityAssociations(
    { client: here.eks, pageSize: 2 },
    { clusterName: 'payments', namespace: 'paged' },
  );
  for await (const { associations = [] } of pages) seen.push(...associations);
  expect(seen).toHaveLength(3);
  expect(seen.every((summary) => !('roleArn' in summary) && summary.namespace === 'paged')).toBe(true);
  const list = (input: object) =>
    here.eks.send(new eks.ListPodIdentityAssociationsCommand({ clusterName: 'payments', ...input }));
  expect((await list({ serviceAccount: 'only' })).associations).toHaveLength(1);
  expect((await list({ serviceAccount: 'only', namespace: 'paged' })).associations).toEqual([]);
  await expect(list({ maxResults: 0 })).rejects.toBeInstanceOf(eks.InvalidParameterException);
  const one = seen[0]?.serviceAccount;
  expect((await list({ serviceAccount: one })).associations).toHaveLength(1);
  await expect(list({ maxResults: 101 })).rejects.toBeInstanceOf(eks.InvalidParameterException);
  await expect(list({ nextToken: 'nonsense' })).rejects.toBeInstanceOf(eks.InvalidParameterException);
});

test('5,000 associations, and not one more', async () => {
  const now = new Date();
  while (here.cluster.associations.size < 5000) {
    newAssociation(here.cluster, now, {
      namespace: 'full',
      serviceAccount: `sa-${here.cluster.associations.size}`,
      roleArn,
      disableSessionTags: false,
      tags: new Map(),
    });
  }
  await expect(create()).rejects.toMatchObject({
    name: 'ResourceLimitExceededException',
    message: expect.stringContaining('5000'),
  });
  for (const association of here.cluster.associations.values()) {
    if (association.namespace === 'full') here.cluster.associations.delete(association.id);
  }
});

test('an add-on’s association is changed through the add-on', async () => {
  const ownerArn = `arn:aws:eks:${REGION}:${ACCOUNT}:addon/payments/vpc-cni/1`;
  const { id } = newAssociation(here.cluster, new Date(), {
    namespace: 'kube-system',
    serviceAccount: 'aws-node',
    roleArn,
    disableSessionTags: false,
    tags: new Map(),
    ownerArn,
  });
  const key = { clusterName: 'payments', associationId: id };
  expect((await here.eks.send(new eks.DescribePodIdentityAssociationCommand(key))).association).toMatchObject({
    ownerArn,
  });
  await expect(here.eks.send(new eks.DeletePodIdentityAssociationCommand(key))).rejects.toBeInstanceOf(
    eks.InvalidRequestException,
  );
  await expect(
    here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, disableSessionTags: true })),
  ).rejects.toBeInstanceOf(eks.InvalidRequestException);
});

test.each<[string, Partial<eks.UpdatePodIdentityAssociationCommandInput>, string, string]>([
  ['an empty role', { roleArn: '' }, 'AccessDeniedException', 'Cross-account pass role is not allowed.'],
  ['another account’s role', { roleArn: targetRoleArn }, 'AccessDeniedException', 'Cross-account pass role'],
  ['a role that is not there', { roleArn: `${roleArn}s` }, 'InvalidParameterException', 'does not exist'],
  [
    'a role that does not trust EKS',
    { roleArn: roleArn.replace('/app', '/ec2') },
    'InvalidParameterException',
    'Trust policy',
  ],
  ['a target that is no role', { targetRoleArn: 'x' }, 'InvalidParameterException', 'targetRoleArn'],
  ['a policy with session tags', { policy }, 'InvalidParameterException', 'disableSessionTags'],
  ['a malformed policy', { policy: '{', disableSessionTags: true }, 'InvalidParameterException', 'policy'],
  [
    'an association that is not there',
    { associationId: `a-${'0'.repeat(17)}` },
    'ResourceNotFoundException',
    'could not be found for cluster: payments',
  ],
  [
    'what is no id',
    { associationId: 'a-1' },
    'InvalidParameterException',
    'The parameter associationId should be 19 characters long.',
  ],
  ['a cluster that is not there', { clusterName: 'no' }, 'ResourceNotFoundException', 'No cluster found for name: no.'],
])('Update refuses %s, and changes nothing', async (_what, input, name, text) => {
  const made = await create({ targetRoleArn });
  const key = { clusterName: 'payments', associationId: made.associationId };
  await expect(here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, ...input }))).rejects.toMatchObject({
    name,
    message: expect.stringContaining(text),
  });
  expect((await here.eks.send(new eks.DescribePodIdentityAssociationCommand(key))).association).toEqual(made);
});

test('the external id is there with a target role, whatever the tags; no role of another account is passed', async () => {
  const externalId = (serviceAccount: string) => `${REGION}/${ACCOUNT}/payments/ns/${serviceAccount}`;
  expect(await create({ serviceAccount: 'plain' })).not.toHaveProperty('externalId');
  const made = await create({ serviceAccount: 'untagged', targetRoleArn, disableSessionTags: true });
  expect(made).toMatchObject({ externalId: externalId('untagged'), disableSessionTags: true });
  // A session policy beside a target role: it narrows the target's session, so EKS takes both.
  const both = await create({ serviceAccount: 'both', targetRoleArn, disableSessionTags: true, policy });
  expect(both).toMatchObject({ externalId: externalId('both'), policy });
});

test('who may pass the role may name any target', async () => {
  await here.iam.send(new CreateRoleCommand({ RoleName: 'chainer', AssumeRolePolicyDocument: PODS_TRUST }));
  for (const [PolicyName, PolicyDocument] of [
    ['eks', allow('eks:*')],
    ['pass', allow(['iam:GetRole', 'iam:PassRole'], roleArn)],
  ]) {
    await here.iam.send(new PutRolePolicyCommand({ RoleName: 'chainer', PolicyName, PolicyDocument }));
  }
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/chainer`, 's', 'lambda.amazonaws.com');
  const client = new eks.EKSClient(here.config(credentials));
  const key = { clusterName: 'payments', namespace: 'ns', serviceAccount: 'chained' };
  const { association } = await client.send(
    new eks.CreatePodIdentityAssociationCommand({ ...key, roleArn, targetRoleArn }),
  );
  await expect(
    client.send(
      new eks.UpdatePodIdentityAssociationCommand({
        clusterName: 'payments',
        associationId: association?.associationId,
        roleArn: `${roleArn}2`,
      }),
    ),
  ).rejects.toMatchObject({ message: expect.stringContaining(`on resource: ${roleArn}2`) });
});

test('50 tags are taken', async () => {
  const tags = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, '']));
  expect((await create({ tags })).tags).toEqual(tags);
});

test('who creates must be allowed to pass the role', async () => {
  await here.iam.send(new CreateRoleCommand({ RoleName: 'creator', AssumeRolePolicyDocument: PODS_TRUST }));
  const grant = (PolicyDocument: string) =>
    here.iam.send(new PutRolePolicyCommand({ RoleName: 'creator', PolicyName: 'p', PolicyDocument }));
  await grant(allow('eks:*'));
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/creator`, 's1', 'lambda.amazonaws.com');
  const client = new eks.EKSClient(here.config(credentials));
  const attempt = () =>
    client.send(
      new eks.CreatePodIdentityAssociationCommand({
        clusterName: 'payments',
        namespace: 'ns',
        serviceAccount: 'passed',
        roleArn,
      }),
    );
  await expect(attempt()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`iam:GetRole on resource: ${roleArn}`),
  });
  await grant(allow(['eks:*', 'iam:GetRole']));
  await expect(attempt()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`iam:PassRole on resource: ${roleArn}`),
  });
  await grant(allow(['eks:*', 'iam:GetRole', 'iam:PassRole'], '*'));
  await expect(attempt()).resolves.toBeDefined();
  await expect(
    new IAMClient(here.config(credentials)).send(
      new CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: PODS_TRUST }),
    ),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('the records have the wire’s names, and the whole association in the response', async () => {
  const made = await create({ serviceAccount: 'recorded' });
  expect(here.records.at(-1)).toMatchObject({ source: 'aws.eks', region: REGION, account: ACCOUNT });
  expect(here.records.at(-1)?.detail).toMatchObject({
    eventVersion: '1.11',
    eventSource: 'eks.amazonaws.com',
    eventName: 'CreatePodIdentityAssociation',
    readOnly: false,
    requestParameters: { name: 'payments', namespace: 'ns', serviceAccount: 'recorded', roleArn },
    responseElements: {
      association: { associationId: made.associationId, clusterName: 'payments', createdAt: expect.any(Number) },
    },
  });
  const key = { clusterName: 'payments', associationId: made.associationId };
  await here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, roleArn: `${roleArn}2` }));
  expect(here.records.at(-1)?.detail).toMatchObject({
    eventName: 'UpdatePodIdentityAssociation',
    requestParameters: { name: 'payments', associationId: made.associationId, roleArn: `${roleArn}2` },
    responseElements: { association: { associationId: made.associationId, roleArn: `${roleArn}2` } },
  });
  await here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, roleArn }));
  await here.eks.send(new eks.DeletePodIdentityAssociationCommand(key));
  const deleted = here.records.at(-1)?.detail;
  expect(deleted?.requestParameters).toEqual({ name: 'payments', associationId: made.associationId });
  expect(deleted?.responseElements).toMatchObject({ association: { roleArn, serviceAccount: 'recorded' } });
  await expect(here.eks.send(new eks.DeletePodIdentityAssociationCommand(key))).rejects.toBeDefined();
  expect(here.records.at(-1)?.detail).toMatchObject({
    errorCode: 'ResourceNotFoundException',
    requestParameters: { name: 'payments' },
    responseElements: null,
  });
});

test('deleting the cluster takes its associations with it, owned or not, without a record of theirs', async () => {
  const clusterName = 'payments';
  const plain = await create({ serviceAccount: 'last' });
  const owned = 'ebs-csi-controller-sa';
  const podIdentityAssociations = [{ serviceAccount: owned, roleArn }];
  const addon = { clusterName, addonName: 'aws-ebs-csi-driver', podIdentityAssociations };
  await here.eks.send(new eks.CreateAddonCommand(addon));
  const found = () => [
    associationOf(here.cloud, CLUSTER_ARN, 'ns', 'last')?.id,
    associationOf(here.cloud, CLUSTER_ARN, 'kube-system', owned)?.serviceAccount,
  ];
  expect(found()).toEqual([plain.associationId, owned]);

  const before = here.records.length;
  const { cluster } = await here.eks.send(new eks.DeleteClusterCommand({ name: clusterName }));
  expect(cluster).toMatchObject({ status: 'DELETING' });
  expect(found()).toEqual([undefined, undefined]);
  expect((await here.eks.send(new eks.ListClustersCommand({}))).clusters).toEqual([]);
  await expect(here.eks.send(new eks.ListPodIdentityAssociationsCommand({ clusterName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(here.records.slice(before).map(({ detail }) => [detail.eventName, detail.requestParameters])).toEqual([
    ['DeleteCluster', { name: clusterName }],
  ]);

  // One of the same name is another one.
  const { endpoint, certificateAuthority, issuer, reviewToken } = here.cluster;
  const again = { name: clusterName, account: ACCOUNT, region: REGION, endpoint, certificateAuthority, issuer };
  addCluster(here.cloud, { ...again, reviewToken });
  expect(found()).toEqual([undefined, undefined]);
  expect((await here.eks.send(new eks.ListAddonsCommand({ clusterName }))).addons).toEqual([]);
});
