/** What EKS puts into a running cluster: the agent's DaemonSet, and the bindings of access policies that hold in some namespaces. */
import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LocalCluster } from '../../../../local/kubernetes/index.ts';
import { backgroundOf } from '../../../../local/services/background.ts';
import {
  accessPolicyManifests,
  addCluster,
  clusterByArn,
  kubernetesUser,
} from '../../../../local/services/eks/index.ts';
import { call, start } from '../../kubernetes/harness.ts';
import { ACCOUNT, type Listening, PODS_TRUST, REGION, startListening } from '../../wire/listening.ts';

let here: Listening;
let local: LocalCluster;
const clusterName = 'live';
const clusterArn = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${clusterName}`;
const agent = { clusterName, addonName: 'eks-pod-identity-agent' };
const daemonSets = '/apis/apps/v1/namespaces/kube-system/daemonsets';
const principalArn = `arn:aws:iam::${ACCOUNT}:role/reader`;
const session = () => here.cloud.issueSession(principalArn, 's', 'lambda.amazonaws.com').caller;

beforeAll(async () => {
  here = await startListening();
  await here.iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: PODS_TRUST }));
  local = await start({
    name: clusterName,
    // In place of a token: the user that EKS's authenticator makes of the role's session.
    authenticate: async (bearer) =>
      bearer === 'reader'
        ? kubernetesUser(here.cloud, clusterArn, session())
        : { username: 'admin', groups: ['system:masters'] },
  });
  await local.apply(accessPolicyManifests());
  addCluster(here.cloud, {
    account: ACCOUNT,
    region: REGION,
    name: clusterName,
    endpoint: local.endpoint,
    certificateAuthority: local.certificateAuthority,
    issuer: local.issuer,
    reviewToken: local.reviewToken,
    kubernetes: local,
  });
});
afterAll(async () => {
  await local.close();
  await here.cloud.close();
});

const settled = () => backgroundOf(here.cloud).settled();
const status = async (): Promise<string | undefined> =>
  (await here.eks.send(new eks.DescribeAddonCommand(agent))).addon?.status;

test('the agent’s DaemonSet appears with its add-on, follows its configuration, and goes with it', async () => {
  await here.eks.send(new eks.CreateAddonCommand(agent));
  await settled();
  expect(await status()).toBe('ACTIVE');
  const { code, body } = await call(local, 'GET', `${daemonSets}/eks-pod-identity-agent`);
  expect(code).toBe(200);
  expect(body).toMatchObject({
    metadata: { labels: { 'app.kubernetes.io/name': 'eks-pod-identity-agent' } },
    spec: {
      template: {
        spec: {
          hostNetwork: true,
          containers: [{ args: expect.arrayContaining(['--cluster-name', clusterName, '-v', 'trace']) }],
        },
      },
    },
    status: { desiredNumberScheduled: 3 },
  });

  const configurationValues = JSON.stringify({ agent: { additionalArgs: { '-v': 'info' } } });
  await here.eks.send(new eks.UpdateAddonCommand({ ...agent, configurationValues }));
  await settled();
  const changed = await call(local, 'GET', `${daemonSets}/eks-pod-identity-agent`);
  expect(changed.body).toMatchObject({
    spec: { template: { spec: { containers: [{ args: expect.arrayContaining(['-v', 'info']) }] } } },
  });

  await here.eks.send(new eks.DeleteAddonCommand(agent));
  await settled();
  expect((await call(local, 'GET', `${daemonSets}/eks-pod-identity-agent`)).code).toBe(404);
});

test('deleted with preserve, the add-on leaves its DaemonSet; made anew, it takes that one over', async () => {
  const uid = async () => {
    const { body } = await call(local, 'GET', `${daemonSets}/eks-pod-identity-agent`);
    return (body.metadata as { uid?: string } | undefined)?.uid;
  };
  await here.eks.send(new eks.CreateAddonCommand(agent));
  await settled();
  const first = await uid();
  await here.eks.send(new eks.DeleteAddonCommand({ ...agent, preserve: true }));
  await settled();
  await expect(status()).rejects.toBeInstanceOf(eks.ResourceNotFoundException);
  expect(await uid()).toBe(first);
  await here.eks.send(new eks.CreateAddonCommand(agent));
  await settled();
  expect(await uid()).toBe(first);
  await here.eks.send(new eks.DeleteAddonCommand(agent));
  await settled();
  expect(first).toBeDefined();
  expect(await uid()).toBeUndefined();
});

test('an add-on with a namespace of its own makes it', async () => {
  await here.eks.send(new eks.CreateAddonCommand({ ...agent, namespaceConfig: { namespace: 'agents' } }));
  await settled();
  const path = '/apis/apps/v1/namespaces/agents/daemonsets/eks-pod-identity-agent';
  expect((await call(local, 'GET', path)).code).toBe(200);
  await here.eks.send(new eks.DeleteAddonCommand(agent));
  await settled();
  expect((await call(local, 'GET', path)).code).toBe(404);
});

test('software that the cluster refuses shows in the add-on and in its update', async () => {
  await here.eks.send(new eks.CreateAddonCommand(agent));
  await settled();
  const configurationValues = JSON.stringify({ resources: { nonsense: {} } });
  const { update } = await here.eks.send(new eks.UpdateAddonCommand({ ...agent, configurationValues }));
  await settled();
  const { addon } = await here.eks.send(new eks.DescribeAddonCommand(agent));
  expect(addon).toMatchObject({ status: 'UPDATE_FAILED', health: { issues: [{ code: 'InternalFailure' }] } });
  const described = await here.eks.send(
    new eks.DescribeUpdateCommand({ name: clusterName, addonName: agent.addonName, updateId: update?.id ?? '' }),
  );
  expect(described.update).toMatchObject({ status: 'Failed', errors: [{ errorMessage: expect.any(String) }] });
  await here.eks.send(new eks.DeleteAddonCommand(agent));
  await settled();
});

const view = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
const adminView = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy';
const sees = async (namespace: string, kind = 'configmaps'): Promise<boolean> =>
  (await call(local, 'GET', `/api/v1/namespaces/${namespace}/${kind}`, { token: 'reader' })).code === 200;

test('an access policy for some namespaces holds there and nowhere else', async () => {
  await local.apply(
    ['one', 'two', 'three'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  const key = { clusterName, principalArn };
  await here.eks.send(new eks.CreateAccessEntryCommand(key));
  const associate = (policyArn: string, accessScope: eks.AccessScope) =>
    here.eks.send(new eks.AssociateAccessPolicyCommand({ ...key, policyArn, accessScope }));
  const seen = async () => [await sees('one'), await sees('two'), await sees('three')];
  expect(await seen()).toEqual([false, false, false]);

  const first = await associate(view, { type: 'namespace', namespaces: ['one', 'two'] });
  expect(first.associatedAccessPolicy?.accessScope).toEqual({ type: 'namespace', namespaces: ['one', 'two'] });
  expect(await seen()).toEqual([true, true, false]);
  expect(await sees('one', 'secrets')).toBe(false);

  // Again: another scope for the same policy.
  await associate(view, { type: 'namespace', namespaces: ['two', 'three'] });
  expect(await seen()).toEqual([false, true, true]);
  await associate(adminView, { type: 'namespace', namespaces: ['three'] });
  expect([await sees('two', 'secrets'), await sees('three', 'secrets')]).toEqual([false, true]);
  await associate(view, { type: 'cluster' });
  expect(await seen()).toEqual([true, true, true]);
  await here.eks.send(new eks.DisassociateAccessPolicyCommand({ ...key, policyArn: view }));
  expect(await seen()).toEqual([false, false, true]);

  await here.eks.send(new eks.DeleteAccessEntryCommand(key));
  const { body } = await call(local, 'GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/three/rolebindings');
  expect(body.items).toEqual([]);
});

test('what a binding cannot be is not supported, and leaves nothing behind', async () => {
  const key = { clusterName, principalArn };
  await here.eks.send(new eks.CreateAccessEntryCommand(key));
  for (const namespaces of [
    ['one', 'ghost'],
    ['one', 'dev-*'],
  ]) {
    await expect(
      here.eks.send(
        new eks.AssociateAccessPolicyCommand({
          ...key,
          policyArn: view,
          accessScope: { type: 'namespace', namespaces },
        }),
      ),
    ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining(namespaces[1] ?? '') });
    expect(await sees('one')).toBe(false);
  }
  expect(clusterByArn(here.cloud, clusterArn)?.accessEntries.get(principalArn)?.policies.size).toBe(0);
});
