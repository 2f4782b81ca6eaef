import {
  DescribePodIdentityAssociationCommand,
  EKSClient,
  EKSServiceException,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ACCOUNT, REGION, spoke } from './spoke.ts';

const readAssociations = await spoke('read-associations');
const eks = mockClient(EKSClient);

const identity = {
  account: ACCOUNT,
  region: REGION,
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const association = {
  clusterName: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
  associationId: 'a-1',
  associationArn: `arn:aws:eks:${REGION}:${ACCOUNT}:podidentityassociation/payments/a-1`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/orders`,
  createdAt: new Date('2026-11-21T08:00:00Z'),
  modifiedAt: new Date('2026-11-21T09:00:00Z'),
};
const missing = new EKSServiceException({ name: 'ResourceNotFoundException', $fault: 'client', $metadata: {} });

beforeEach(() => {
  eks.reset();
  eks
    .on(ListPodIdentityAssociationsCommand, { clusterName: 'payments', namespace: 'checkout', serviceAccount: 'api' })
    .resolves({ associations: [{ associationId: 'a-1' }] });
  eks
    .on(DescribePodIdentityAssociationCommand, { clusterName: 'payments', associationId: 'a-1' })
    .resolves({ association });
});

describe('read-associations', () => {
  it('gives what the association gives', async () => {
    const { associationId, associationArn, roleArn } = association;
    expect(await readAssociations({ identity })).toEqual({
      cluster: 'present',
      association: {
        associationId,
        associationArn,
        roleArn,
        disableSessionTags: false,
        createdAt: '2026-11-21T08:00:00.000Z',
        modifiedAt: '2026-11-21T09:00:00.000Z',
      },
      readAt: expect.any(String),
    });
  });

  it('gives target role, session policy and owner, and takes an empty target for none', async () => {
    const more = {
      targetRoleArn: 'arn:aws:iam::444455556666:role/t',
      policy: '{}',
      disableSessionTags: true,
      ownerArn: 'arn:aws:eks:::addon/x',
    };
    eks.on(DescribePodIdentityAssociationCommand).resolvesOnce({ association: { ...association, ...more } });
    expect(await readAssociations({ identity })).toMatchObject({ association: more });
    eks.on(DescribePodIdentityAssociationCommand).resolves({ association: { ...association, targetRoleArn: '' } });
    expect(await readAssociations({ identity })).not.toHaveProperty('association.targetRoleArn');
  });

  it.each([
    ['none', () => eks.on(ListPodIdentityAssociationsCommand).resolves({ associations: [] })],
    ['one that goes in between', () => eks.on(DescribePodIdentityAssociationCommand).rejects(missing)],
    [
      "another service account's",
      () =>
        eks
          .on(DescribePodIdentityAssociationCommand)
          .resolves({ association: { ...association, serviceAccount: 'b' } }),
    ],
  ])('%s is no association', async (_, arrange) => {
    arrange();
    expect(await readAssociations({ identity })).toEqual({ cluster: 'present', readAt: expect.any(String) });
  });

  it('tells a cluster that is gone', async () => {
    eks.on(ListPodIdentityAssociationsCommand).rejects(missing);
    expect(await readAssociations({ identity })).toEqual({ cluster: 'gone', readAt: expect.any(String) });
  });

  it.each([{ account: '444455556666' }, { region: 'us-east-1' }])(
    'takes no cluster of %j for its own',
    async (part) => {
      await expect(readAssociations({ identity: { ...identity, ...part } })).rejects.toMatchObject({
        name: 'InputMalformed',
      });
      expect(eks.calls()).toEqual([]);
    },
  );

  it('a refusal is no "gone"', async () => {
    eks
      .on(ListPodIdentityAssociationsCommand)
      .rejects(new EKSServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {} }));
    await expect(readAssociations({ identity })).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
