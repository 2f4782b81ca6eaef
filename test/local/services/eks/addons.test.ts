/** Add-ons through the SDK client: their life, their associations, what is refused, and the records they leave. */
import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { backgroundOf } from '../../../../local/services/background.ts';
import { associationOf } from '../../../../local/services/eks/index.ts';
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
const clusterName = 'payments';
const agent = { clusterName, addonName: 'eks-pod-identity-agent' };
const ebs = { clusterName, addonName: 'aws-ebs-csi-driver' };
const serviceAccount = 'ebs-csi-controller-sa';
const roleArn = `arn:aws:iam::${ACCOUNT}:role/ebs`;

beforeAll(async () => {
  here = await startListening();
  for (const [RoleName, AssumeRolePolicyDocument] of [
    ['ebs', PODS_TRUST],
    ['ebs2', PODS_TRUST],
    ['ec2', trustOf(`arn:aws:iam::${ACCOUNT}:root`)],
  ]) {
    await here.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
});
beforeEach(async () => {
  await settled();
  const { addons, updates, associations: all, byServiceAccount } = here.cluster;
  for (const store of [addons, updates, all, byServiceAccount]) store.clear();
  here.records.length = 0;
});
afterAll(() => here.cloud.close());

const settled = () => backgroundOf(here.cloud).settled();
const create = async (input: eks.CreateAddonCommandInput): Promise<eks.Addon> => {
  const { addon } = await here.eks.send(new eks.CreateAddonCommand(input));
  await settled();
  return addon ?? {};
};
const describe = async (input: eks.DescribeAddonCommandInput): Promise<eks.Addon> =>
  (await here.eks.send(new eks.DescribeAddonCommand(input))).addon ?? {};
const associations = async (): Promise<eks.PodIdentityAssociationSummary[]> =>
  (await here.eks.send(new eks.ListPodIdentityAssociationsCommand({ clusterName }))).associations ?? [];

test('an add-on as it is created, described, listed, updated and deleted', async () => {
  const made = await create({ ...agent, addonVersion: 'v1.3.9-eksbuild.3', tags: { team: 'a' } });
  expect(made).toEqual({
    addonName: 'eks-pod-identity-agent',
    clusterName,
    status: 'CREATING',
    addonVersion: 'v1.3.9-eksbuild.3',
    health: { issues: [] },
    addonArn: expect.stringMatching(
      new RegExp(`^arn:aws:eks:${REGION}:${ACCOUNT}:addon/payments/eks-pod-identity-agent/[0-9a-f-]{36}$`),
    ),
    createdAt: expect.any(Date),
    modifiedAt: expect.any(Date),
    tags: { team: 'a' },
    namespaceConfig: { namespace: 'kube-system' },
  });
  expect(await describe(agent)).toEqual({ ...made, status: 'ACTIVE' });
  expect((await here.eks.send(new eks.ListAddonsCommand({ clusterName }))).addons).toEqual([agent.addonName]);

  const configurationValues = '{"agent":{"additionalArgs":{"-v":"info"}}}';
  const { update } = await here.eks.send(
    new eks.UpdateAddonCommand({
      ...agent,
      addonVersion: 'v1.3.10-eksbuild.3',
      resolveConflicts: 'PRESERVE',
      configurationValues,
    }),
  );
  expect(update).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 'InProgress',
    type: 'AddonUpdate',
    params: [
      { type: 'AddonVersion', value: 'v1.3.10-eksbuild.3' },
      { type: 'ResolveConflicts', value: 'PRESERVE' },
      { type: 'ConfigurationValues', value: configurationValues },
    ],
    createdAt: expect.any(Date),
    errors: [],
  });
  await settled();
  expect(await describe(agent)).toMatchObject({
    status: 'ACTIVE',
    addonVersion: 'v1.3.10-eksbuild.3',
    configurationValues,
  });

  const { addon } = await here.eks.send(new eks.DeleteAddonCommand(agent));
  expect(addon).toMatchObject({ status: 'DELETING', addonArn: made.addonArn ?? '' });
  await settled();
  await expect(describe(agent)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'No addon: eks-pod-identity-agent found in cluster: payments',
    clusterName,
    addonName: agent.addonName,
  });
});

test('without a version it is the default one of the cluster’s Kubernetes', async () => {
  const { addonVersion } = await create({ clusterName, addonName: 'kube-proxy' });
  const { addons = [] } = await here.eks.send(
    new eks.DescribeAddonVersionsCommand({ addonName: 'kube-proxy', kubernetesVersion: '1.34' }),
  );
  const byDefault = addons[0]?.addonVersions?.find(({ compatibilities }) => compatibilities?.[0]?.defaultVersion);
  expect(addonVersion).toBe(byDefault?.addonVersion);
  expect(addonVersion).toMatch(/^v1\.34\./);
});

test.each<[string, Partial<eks.CreateAddonCommandInput>, string, string]>([
  ['an unknown add-on', { addonName: 'nothing' }, 'InvalidParameterException', 'Addon specified is not supported'],
  [
    'an unknown version',
    { addonVersion: 'v0' },
    'InvalidParameterException',
    'Addon version specified is not supported',
  ],
  [
    'a version for another Kubernetes',
    { addonName: 'kube-proxy', addonVersion: 'v1.35.3-eksbuild.2' },
    'InvalidParameterException',
    'Addon version specified is not supported',
  ],
  [
    'a cluster that is not there',
    { clusterName: 'none' },
    'ResourceNotFoundException',
    'No cluster found for name: none.',
  ],
  ['a way of resolving that is none', { resolveConflicts: 'FIGHT' as 'NONE' }, 'InvalidParameterException', 'FIGHT'],
  ['a namespace that is none', { namespaceConfig: { namespace: 'A_b' } }, 'InvalidParameterException', 'A_b'],
  ['an empty role', { serviceAccountRoleArn: '' }, 'InvalidParameterException', 'between 1 and 255'],
  ['tags of AWS', { tags: { 'aws:x': 'y' } }, 'InvalidParameterException', 'aws:'],
  [
    'configuration that its schema does not know',
    { ...agent, configurationValues: '{"daemonsets":{"other":{}}}' },
    'InvalidParameterException',
    'ConfigurationValue provided in request is not supported: Json schema validation failed with error: ' +
      '[$.daemonsets.other: is not defined in the schema and the schema does not allow additional properties]',
  ],
  [
    'configuration of another type',
    { ...agent, configurationValues: 'tolerations: all' },
    'InvalidParameterException',
    '[$.tolerations: string found, array expected]',
  ],
  [
    'configuration that cannot be read',
    { ...agent, configurationValues: '{"a":' },
    'InvalidParameterException',
    'neither JSON nor YAML',
  ],
  [
    'an association for another service account',
    { podIdentityAssociations: [{ serviceAccount: 'x', roleArn }] },
    'InvalidParameterException',
    'Service account x in pod identity configuration is not supported for addon aws-ebs-csi-driver',
  ],
  [
    'an association where the add-on has none',
    {
      addonName: 'coredns',
      addonVersion: 'v1.13.2-eksbuild.4',
      podIdentityAssociations: [{ serviceAccount, roleArn }],
    },
    'InvalidParameterException',
    'Pod Identity feature is not supported for addon version: v1.13.2-eksbuild.4',
  ],
  [
    'two associations of one service account',
    {
      podIdentityAssociations: [
        { serviceAccount, roleArn },
        { serviceAccount, roleArn },
      ],
    },
    'InvalidParameterException',
    'more than once',
  ],
  [
    'another account’s role',
    { podIdentityAssociations: [{ serviceAccount, roleArn: `arn:aws:iam::${OTHER}:role/x` }] },
    'AccessDeniedException',
    'Cross-account pass role is not allowed.',
  ],
  [
    'a role that is not there',
    { podIdentityAssociations: [{ serviceAccount, roleArn: `${roleArn}9` }] },
    'InvalidParameterException',
    'Role provided in the request does not exist',
  ],
  [
    'a role that does not trust EKS',
    { podIdentityAssociations: [{ serviceAccount, roleArn: `arn:aws:iam::${ACCOUNT}:role/ec2` }] },
    'InvalidParameterException',
    'Trust policy of the role provided is invalid',
  ],
])('CreateAddon refuses %s, and makes nothing', async (_what, input, name, text) => {
  await expect(create({ ...ebs, ...input })).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
  expect(here.cluster.addons.size + here.cluster.associations.size).toBe(0);
});

test('one add-on of a name; its client token gives it again', async () => {
  const first = await create({ ...ebs, clientRequestToken: 'once' });
  expect((await create({ ...ebs, clientRequestToken: 'once' })).addonArn).toBe(first.addonArn);
  await expect(create(ebs)).rejects.toMatchObject({
    name: 'ResourceInUseException',
    message: 'Addon already exists',
    $metadata: { httpStatusCode: 409 },
  });
  await expect(create({ ...ebs, clientRequestToken: 'once', tags: { a: 'b' } })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('its associations: made with it, replaced by an update, gone with it', async () => {
  const made = await create({ ...ebs, podIdentityAssociations: [{ serviceAccount, roleArn }] });
  const [summary] = await associations();
  expect(summary).toMatchObject({ namespace: 'kube-system', serviceAccount, ownerArn: made.addonArn });
  expect(made.podIdentityAssociations).toEqual([summary?.associationArn]);

  const update = async (input: Partial<eks.UpdateAddonCommandInput>) => {
    await here.eks.send(new eks.UpdateAddonCommand({ ...ebs, ...input }));
    await settled();
    return describe(ebs);
  };
  // Left blank: no change. An empty list: none.
  expect((await update({})).podIdentityAssociations).toEqual([summary?.associationArn]);
  await update({ podIdentityAssociations: [{ serviceAccount, roleArn: `${roleArn}2` }] });
  const key = { clusterName, associationId: summary?.associationId ?? '' };
  expect((await here.eks.send(new eks.DescribePodIdentityAssociationCommand(key))).association).toMatchObject({
    roleArn: `${roleArn}2`,
    ownerArn: made.addonArn,
  });
  expect(await update({ podIdentityAssociations: [] })).not.toHaveProperty('podIdentityAssociations');
  expect(await associations()).toEqual([]);

  await update({ podIdentityAssociations: [{ serviceAccount, roleArn }] });
  await here.eks.send(new eks.DeleteAddonCommand(ebs));
  expect(await associations()).toEqual([]);
});

test('what an update drops, or goes with its add-on, is gone at once, with the records of the add-on’s calls alone', async () => {
  const podIdentityAssociations = [{ serviceAccount, roleArn }];
  const found = () => associationOf(here.cloud, CLUSTER_ARN, 'kube-system', serviceAccount)?.roleArn;
  await create({ ...ebs, podIdentityAssociations });
  expect(found()).toBe(roleArn);
  await here.eks.send(new eks.UpdateAddonCommand({ ...ebs, podIdentityAssociations: [] }));
  expect(found()).toBeUndefined();
  await settled();
  await here.eks.send(new eks.UpdateAddonCommand({ ...ebs, podIdentityAssociations }));
  expect(found()).toBe(roleArn);
  await settled();
  await here.eks.send(new eks.DeleteAddonCommand(ebs));
  expect(found()).toBeUndefined();
  expect(here.records.map(({ detail }) => detail.eventName)).toEqual([
    'CreateAddon',
    'UpdateAddon',
    'UpdateAddon',
    'DeleteAddon',
  ]);
});

test('deleted with preserve, it leaves its associations, and nobody owns them', async () => {
  await create({ ...ebs, podIdentityAssociations: [{ serviceAccount, roleArn }] });
  await here.eks.send(new eks.DeleteAddonCommand({ ...ebs, preserve: true }));
  await settled();
  const [left, ...more] = await associations();
  expect(more).toEqual([]);
  expect(left).toMatchObject({ serviceAccount });
  expect(left).not.toHaveProperty('ownerArn');
  const key = { clusterName, associationId: left?.associationId ?? '' };
  await expect(here.eks.send(new eks.DeletePodIdentityAssociationCommand(key))).resolves.toBeDefined();
});

test('what an add-on owns is changed through the add-on; what is somebody’s it cannot own', async () => {
  await create({ ...ebs, podIdentityAssociations: [{ serviceAccount, roleArn }] });
  const [{ associationId = '' } = {}] = await associations();
  const key = { clusterName, associationId };
  for (const attempt of [
    () => here.eks.send(new eks.DeletePodIdentityAssociationCommand(key)),
    () => here.eks.send(new eks.UpdatePodIdentityAssociationCommand({ ...key, roleArn: `${roleArn}2` })),
  ]) {
    await expect(attempt()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('owned'),
    });
  }
  await here.eks.send(new eks.DeleteAddonCommand(ebs));
  await settled();
  const { association } = await here.eks.send(
    new eks.CreatePodIdentityAssociationCommand({ clusterName, namespace: 'kube-system', serviceAccount, roleArn }),
  );
  await expect(create({ ...ebs, podIdentityAssociations: [{ serviceAccount, roleArn }] })).rejects.toMatchObject({
    name: 'ResourceInUseException',
    message: `Association already exists: ${association?.associationId}`,
  });
});

test('who makes an add-on must be allowed to pass its roles', async () => {
  await here.iam.send(new CreateRoleCommand({ RoleName: 'installer', AssumeRolePolicyDocument: PODS_TRUST }));
  const grant = (PolicyDocument: string) =>
    here.iam.send(new PutRolePolicyCommand({ RoleName: 'installer', PolicyName: 'p', PolicyDocument }));
  const { credentials } = here.cloud.issueSession(
    `arn:aws:iam::${ACCOUNT}:role/installer`,
    's',
    'lambda.amazonaws.com',
  );
  const client = new eks.EKSClient(here.config(credentials));
  const attempt = (input: Partial<eks.CreateAddonCommandInput>) =>
    client.send(new eks.CreateAddonCommand({ ...ebs, ...input }));
  await grant(allow(['eks:*', 'iam:GetRole']));
  for (const input of [
    { podIdentityAssociations: [{ serviceAccount, roleArn }] },
    { serviceAccountRoleArn: roleArn },
  ]) {
    await expect(attempt(input)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`iam:PassRole on resource: ${roleArn}`),
    });
  }
  await grant(allow('eks:*', `arn:aws:eks:${REGION}:${ACCOUNT}:addon/*`));
  await expect(attempt({})).rejects.toMatchObject({ message: expect.stringContaining('eks:CreateAddon on resource') });
  await grant(allow(['eks:*', 'iam:*']));
  await expect(attempt({ podIdentityAssociations: [{ serviceAccount, roleArn }] })).resolves.toBeDefined();
});

test('an update is found by those who name its add-on', async () => {
  await create(ebs);
  const ids: string[] = [];
  for (const addonVersion of ['v1.62.0-eksbuild.1', 'v1.66.0-eksbuild.1', 'v1.56.0-eksbuild.1']) {
    const { update } = await here.eks.send(new eks.UpdateAddonCommand({ ...ebs, addonVersion }));
    ids.push(update?.id ?? '');
    await settled();
  }
  const scope = { name: clusterName, addonName: ebs.addonName };
  const paged: string[] = [];
  for await (const { updateIds = [] } of eks.paginateListUpdates({ client: here.eks, pageSize: 2 }, scope)) {
    paged.push(...updateIds);
  }
  expect(paged.sort()).toEqual(ids.sort());
  const updateId = ids[0] ?? '';
  const { update } = await here.eks.send(new eks.DescribeUpdateCommand({ ...scope, updateId }));
  expect(update).toMatchObject({ id: updateId, status: 'Successful', type: 'AddonUpdate', errors: [] });
  await expect(here.eks.send(new eks.DescribeUpdateCommand({ name: clusterName, updateId }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `No update found for ID: ${updateId}`,
  });
  const listed = async (input: eks.ListUpdatesCommandInput) =>
    (await here.eks.send(new eks.ListUpdatesCommand(input))).updateIds;
  expect(await listed({ name: clusterName })).toEqual([]);
  expect(await listed({ ...scope, nodegroupName: 'none' })).toEqual([]);
  // An add-on's updates go with it.
  await here.eks.send(new eks.DeleteAddonCommand(ebs));
  await settled();
  expect(await listed(scope)).toEqual([]);
});

test('an add-on that is busy takes no update', async () => {
  await create(ebs);
  const addon = here.cluster.addons.get(ebs.addonName);
  if (addon !== undefined) addon.status = 'UPDATING';
  await expect(here.eks.send(new eks.UpdateAddonCommand(ebs))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringContaining('UPDATING'),
  });
});

test('ListAddons pages, and refuses a token that is none', async () => {
  for (const addonName of ['vpc-cni', 'coredns', 'kube-proxy']) await create({ clusterName, addonName });
  const seen: string[][] = [];
  for await (const { addons = [] } of eks.paginateListAddons({ client: here.eks, pageSize: 2 }, { clusterName })) {
    seen.push(addons);
  }
  expect(seen).toEqual([['coredns', 'kube-proxy'], ['vpc-cni']]);
  for (const input of [{ nextToken: 'x' }, { maxResults: 0 }, { maxResults: 101 }]) {
    await expect(here.eks.send(new eks.ListAddonsCommand({ clusterName, ...input }))).rejects.toBeInstanceOf(
      eks.InvalidParameterException,
    );
  }
});

test('the records: the add-on’s calls under the wire’s names, and none of associations', async () => {
  await create({ ...ebs, podIdentityAssociations: [{ serviceAccount, roleArn }] });
  await here.eks.send(new eks.UpdateAddonCommand({ ...ebs, podIdentityAssociations: [] }));
  await settled();
  await here.eks.send(new eks.DeleteAddonCommand({ ...ebs, preserve: true }));
  const events = here.records.map(({ detail }) => detail);
  expect(events.map(({ eventName }) => eventName)).toEqual(['CreateAddon', 'UpdateAddon', 'DeleteAddon']);
  expect(events[0]).toMatchObject({
    requestParameters: {
      name: clusterName,
      addonName: ebs.addonName,
      podIdentityAssociations: [{ serviceAccount, roleArn }],
    },
    responseElements: { addon: { status: 'CREATING', createdAt: expect.any(Number) } },
  });
  expect(events[1]).toMatchObject({
    requestParameters: { name: clusterName, addonName: ebs.addonName, podIdentityAssociations: [] },
    responseElements: { update: { type: 'AddonUpdate' } },
  });
  expect(events[2]).toMatchObject({
    requestParameters: { name: clusterName, addonName: ebs.addonName, preserve: true },
  });
});

test('what can be installed: filters, pages, errors', async () => {
  const list = async (input: eks.DescribeAddonVersionsCommandInput) =>
    (await here.eks.send(new eks.DescribeAddonVersionsCommand(input))).addons ?? [];
  const names = (addons: eks.AddonInfo[]) => addons.map(({ addonName }) => addonName);
  const all = await list({});
  expect(names(all)).toEqual([
    'aws-ebs-csi-driver',
    'aws-efs-csi-driver',
    'coredns',
    'eks-pod-identity-agent',
    'kube-proxy',
    'vpc-cni',
  ]);
  // Each has one default for each Kubernetes version that it is for.
  for (const { addonVersions = [] } of all) {
    const defaults = addonVersions.flatMap(({ compatibilities = [] }) =>
      compatibilities.filter(({ defaultVersion }) => defaultVersion).map(({ clusterVersion }) => clusterVersion),
    );
    expect(defaults.sort()).toEqual(['1.33', '1.34', '1.35']);
  }
  expect(names(await list({ types: ['networking'] }))).toEqual(['coredns', 'kube-proxy', 'vpc-cni']);
  expect(names(await list({ types: ['networking', 'security'], publishers: ['eks'], owners: ['aws'] }))).toHaveLength(
    4,
  );
  expect(await list({ owners: ['aws-marketplace'] })).toEqual([]);
  expect(await list({ kubernetesVersion: '1.20' })).toEqual([]);
  const [proxy] = await list({ addonName: 'kube-proxy', kubernetesVersion: '1.33' });
  expect(proxy?.addonVersions).toEqual([
    expect.objectContaining({
      addonVersion: 'v1.33.8-eksbuild.4',
      compatibilities: [{ clusterVersion: '1.33', platformVersions: ['*'], defaultVersion: true }],
    }),
  ]);
  const pages: eks.AddonInfo[] = [];
  for await (const { addons = [] } of eks.paginateDescribeAddonVersions({ client: here.eks, pageSize: 4 }, {})) {
    pages.push(...addons);
  }
  expect(pages).toEqual(all);
  await expect(list({ addonName: 'nothing' })).rejects.toBeInstanceOf(eks.ResourceNotFoundException);
  await expect(list({ kubernetesVersion: 'latest' })).rejects.toBeInstanceOf(eks.InvalidParameterException);
  await expect(list({ nextToken: 'x' })).rejects.toBeInstanceOf(eks.InvalidParameterException);
});

test('what can be configured: the schema as text, and the service accounts that take a role', async () => {
  const configuration = (addonName: string, addonVersion: string) =>
    here.eks.send(new eks.DescribeAddonConfigurationCommand({ addonName, addonVersion }));
  const { configurationSchema = '', ...other } = await configuration('eks-pod-identity-agent', 'v1.3.10-eksbuild.3');
  expect(JSON.parse(configurationSchema)).toMatchObject({
    $schema: expect.stringContaining('draft-06'),
    properties: { agent: { properties: { additionalArgs: {} } } },
  });
  expect(other).not.toHaveProperty('podIdentityConfiguration');
  expect(await configuration('aws-ebs-csi-driver', 'v1.66.0-eksbuild.1')).toMatchObject({
    podIdentityConfiguration: [
      {
        serviceAccount,
        recommendedManagedPolicies: ['arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy'],
      },
    ],
  });
  await expect(configuration('nothing', 'v1')).rejects.toBeInstanceOf(eks.ResourceNotFoundException);
  await expect(configuration('vpc-cni', 'v1')).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'Addon version specified is not supported',
  });
});
