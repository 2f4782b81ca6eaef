/** Who asks for a role by IRSA, listed on an embedded cluster with podid's own RBAC. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ListServiceAccountsOutput } from '../../../../functions/drift/sweep/contract.ts';
import { type TestCluster, testCluster } from '../../revocation/cluster.ts';
import { ACCOUNT, handlerOf } from '../../revocation/spoke.ts';

const list = await handlerOf('drift', 'list-service-accounts');
const ORDERS = `arn:aws:iam::${ACCOUNT}:role/orders`;

let cluster: TestCluster;
const question = () => {
  const { account, region, cluster: name } = cluster.identity;
  return { account, region, cluster: name };
};
const listed = async () => ListServiceAccountsOutput.parse(JSON.parse(JSON.stringify(await list(question()))));
const serviceAccount = (name: string, namespace: string, annotations: object) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, annotations },
});

beforeAll(async () => {
  cluster = await testCluster('service-accounts-test');
  cluster.says.groups = ['podid-observe'];
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'billing' } },
    serviceAccount('invoices', 'billing', { 'eks.amazonaws.com/role-arn': ORDERS }),
    serviceAccount('plain', 'billing', { note: 'none' }),
    serviceAccount('empty', 'billing', { 'eks.amazonaws.com/role-arn': '' }),
    serviceAccount('broken', 'checkout', { 'eks.amazonaws.com/role-arn': 'role/orders' }),
    serviceAccount('web', 'checkout', {
      'eks.amazonaws.com/role-arn': ORDERS,
      'eks.amazonaws.com/audience': 'vault',
      'eks.amazonaws.com/token-expiration': '3600',
      'eks.amazonaws.com/sts-regional-endpoints': 'false',
    }),
  );
});
afterAll(() => cluster.close());

it('tells of all namespaces who bears the annotation, with what else it says, and of nobody else', async () => {
  expect(await listed()).toEqual({
    serviceAccounts: [
      { namespace: 'billing', serviceAccount: 'invoices', irsa: { roleArn: ORDERS, valid: true } },
      { namespace: 'checkout', serviceAccount: 'broken', irsa: { roleArn: 'role/orders', valid: false } },
      {
        namespace: 'checkout',
        serviceAccount: 'web',
        irsa: {
          roleArn: ORDERS,
          valid: true,
          audience: 'vault',
          tokenExpiration: '3600',
          regionalEndpoints: 'false',
        },
      },
    ],
  });
});

it('says what it lacks where its access entry has no group', async () => {
  cluster.says.groups = [];
  await expect(listed()).rejects.toMatchObject({
    name: 'ClusterForbidden',
    message: expect.stringMatching(/list serviceaccounts of cluster service-accounts-test.*infra\/kubernetes/),
  });
  cluster.says.groups = ['podid-observe'];
});

it("asks none but its own account's clusters", async () => {
  await expect(list({ ...question(), account: '444455556666' })).rejects.toThrow('not of the account and region');
});
