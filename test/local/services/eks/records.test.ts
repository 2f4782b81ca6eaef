/** What EKS's calls on clusters, add-ons and access entries leave behind here is what the control plane reads. */
import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changeOf } from '../../../../functions/changes/index.ts';
import { backgroundOf } from '../../../../local/services/background.ts';
import { ACCOUNT, type Listening, PODS_TRUST, REGION, startListening } from '../../wire/listening.ts';

let here: Listening;
beforeAll(async () => {
  here = await startListening();
  const role = { RoleName: 'ops', Path: '/deep/path/', AssumeRolePolicyDocument: PODS_TRUST };
  await here.iam.send(new CreateRoleCommand(role));
  here.records.length = 0;
});
afterAll(() => here.cloud.close());

const clusterName = 'payments';
const cluster = { account: ACCOUNT, region: REGION, cluster: clusterName };
const principalArn = `arn:aws:iam::${ACCOUNT}:role/deep/path/ops`;
const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
const addOn = 'eks-pod-identity-agent';

test('each call is read as its change', async () => {
  const entry = { clusterName, principalArn };
  const addon = { clusterName, addonName: addOn };
  const settled = () => backgroundOf(here.cloud).settled();
  await here.eks.send(new eks.CreateAccessEntryCommand(entry));
  await here.eks.send(new eks.UpdateAccessEntryCommand({ ...entry, kubernetesGroups: ['ops'] }));
  await here.eks.send(new eks.AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope: { type: 'cluster' } }));
  await here.eks.send(new eks.DisassociateAccessPolicyCommand({ ...entry, policyArn }));
  await here.eks.send(new eks.DeleteAccessEntryCommand(entry));
  await here.eks.send(new eks.CreateAddonCommand(addon));
  await settled();
  await here.eks.send(new eks.UpdateAddonCommand({ ...addon, configurationValues: '{}' }));
  await settled();
  await here.eks.send(new eks.DeleteAddonCommand(addon));
  await here.eks.send(new eks.DeleteClusterCommand({ name: clusterName }));

  const actor = expect.objectContaining({ type: 'IAMUser', name: 'admin' });
  const said = { cluster, at: expect.any(String), actor };
  const ofEntry = (did: string) => ({ ...said, kind: 'AccessEntryChanged', principalArn, did });
  const ofAddOn = (did: string) => ({ ...said, kind: 'AddOnChanged', addOn, did });
  expect(here.records.map(changeOf)).toEqual([
    ...['created', 'updated', 'policy-associated', 'policy-disassociated', 'deleted'].map(ofEntry),
    ...['created', 'updated', 'deleted'].map(ofAddOn),
    { ...said, kind: 'ClusterDeleted' },
  ]);
});

test('a call that failed is no change', async () => {
  await expect(here.eks.send(new eks.DeleteClusterCommand({ name: 'none' }))).rejects.toBeDefined();
  const last = here.records.at(-1);
  expect(last?.detail.eventName).toBe('DeleteCluster');
  expect(changeOf(last)).toMatchObject({ kind: 'NoChange', because: expect.stringContaining('ResourceNotFound') });
});
