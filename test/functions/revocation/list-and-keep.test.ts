import '../runtime/quiet.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as keep } from '../../../functions/revocation/keep-associations.hub.ts';
import { handler as list } from '../../../functions/revocation/list-associations.spoke.ts';
import { handler as listClusters } from '../../../functions/revocation/list-clusters.hub.ts';
import { AssociationsPage } from '../../../functions/revocation/sweep.ts';
import { openStore } from '../../../functions/store/index.ts';
import { context } from '../runtime/context.ts';
import { type Dynamo, startDynamo } from '../store/dynalite.ts';
import { API, roleArn } from '../store/samples.ts';

const CLUSTER = { account: '111122223333', region: 'eu-west-1', cluster: 'payments' };
const found = (name: string) => ({
  clusterName: 'payments',
  namespace: 'checkout',
  serviceAccount: name,
  roleArn: roleArn('orders'),
  associationId: `a-${name}`,
  associationArn: `arn:aws:eks:eu-west-1:111122223333:podidentityassociation/payments/a-${name}`,
  createdAt: new Date('2026-03-01T10:00:00Z'),
  modifiedAt: new Date('2026-03-01T10:00:00Z'),
});

describe('listing the associations of a cluster', () => {
  const mock = mockClient(EKSClient);
  beforeEach(() => {
    mock.reset();
    mock.on(DescribeClusterCommand).resolves({ cluster: {} });
  });
  const asked = async (input: unknown) =>
    AssociationsPage.parse(JSON.parse(JSON.stringify(await list(input, context('podid-list-associations')))));
  const gone = () => new ResourceNotFoundException({ message: 'none', $metadata: {} });

  const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
  const LISTING = { startedAt: '2026-03-01T12:00:00.000Z', issuer: ISSUER };

  it('begins on the first page: when, and with which issuer', async () => {
    mock
      .on(ListPodIdentityAssociationsCommand)
      .resolves({ associations: [], nextToken: 'two' })
      .on(DescribeClusterCommand, { name: 'payments' })
      .resolves({ cluster: { identity: { oidc: { issuer: `https://${ISSUER}` } } } });
    const page = await asked(CLUSTER);
    expect(page).toMatchObject({ next: 'two', listing: { issuer: ISSUER } });
    expect(Date.parse(page.listing.startedAt)).toBeLessThanOrEqual(Date.parse(page.readAt));
  });

  it('does without an issuer where there is none', async () => {
    mock.on(ListPodIdentityAssociationsCommand).resolves({}).on(DescribeClusterCommand).resolves({ cluster: {} });
    expect((await asked(CLUSTER)).listing).toEqual({ startedAt: expect.any(String) });
  });

  it('describes what one page lists, and says where the next begins', async () => {
    const names = Array.from({ length: 23 }, (_, n) => `s${n}`);
    mock
      .on(ListPodIdentityAssociationsCommand, { clusterName: 'payments', maxResults: 50, nextToken: 'two' })
      .resolves({ associations: names.map((name) => ({ associationId: `a-${name}` })), nextToken: 'three' });
    for (const name of names)
      mock
        .on(DescribePodIdentityAssociationCommand, { associationId: `a-${name}` })
        .resolves({ association: found(name) });
    const page = await asked({ ...CLUSTER, next: 'two', listing: LISTING });
    expect(page).toMatchObject({ cluster: CLUSTER, status: 'present', next: 'three', listing: LISTING });
    expect(mock.commandCalls(DescribeClusterCommand)).toHaveLength(0);
    expect(page.associations.map(({ identity }) => identity.serviceAccount)).toEqual(names);
    expect(page.associations[0]).toMatchObject({
      identity: { ...CLUSTER, namespace: 'checkout' },
      state: { roleArn: roleArn('orders'), disableSessionTags: false },
    });
  });

  it('leaves out what was deleted in between', async () => {
    mock
      .on(ListPodIdentityAssociationsCommand)
      .resolves({ associations: [{ associationId: 'a-here' }, { associationId: 'a-gone' }] })
      .on(DescribePodIdentityAssociationCommand, { associationId: 'a-here' })
      .resolves({ association: found('here') })
      .on(DescribePodIdentityAssociationCommand, { associationId: 'a-gone' })
      .rejects(gone());
    const page = await asked(CLUSTER);
    expect(page.associations.map(({ state }) => state.associationId)).toEqual(['a-here']);
    expect(page).not.toHaveProperty('next');
  });

  it('says that the cluster is gone', async () => {
    mock.on(ListPodIdentityAssociationsCommand).rejects(gone());
    expect(await asked(CLUSTER)).toMatchObject({ status: 'gone', associations: [] });
  });

  it('stays far below 256 KiB with the longest names and policies', async () => {
    const longest = {
      ...found('x'),
      serviceAccount: 'x'.repeat(253),
      namespace: 'n'.repeat(63),
      policy: 'p'.repeat(2048),
      targetRoleArn: roleArn('t'.repeat(560)),
    };
    mock
      .on(ListPodIdentityAssociationsCommand)
      .resolves({ associations: Array.from({ length: 50 }, (_, n) => ({ associationId: `a-${n}` })) })
      .on(DescribePodIdentityAssociationCommand)
      .resolves({ association: longest });
    expect(JSON.stringify(await asked(CLUSTER)).length).toBeLessThan(220_000);
  });
});

describe('keeping them', () => {
  let dynamo: Dynamo;
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-sweep-'));
  beforeAll(async () => {
    dynamo = await startDynamo();
    const config = path.join(folder, 'config.json');
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: dynamo.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
      PODID_CONFIG_FILE: config,
    });
    const clusters = ['payments', 'other'].map((name) => ({ name, region: 'eu-west-1' }));
    const spokes = [
      { name: 'payments', account: '111122223333', clusters },
      { name: 'roles', account: '444455556666' },
    ];
    writeFileSync(config, JSON.stringify({ hub: { account: '999988887777', region: 'eu-west-1' }, spokes }));
  });
  afterAll(async () => {
    await dynamo.close();
    rmSync(folder, { recursive: true });
  });

  it('puts each into its row, where a deletion finds it; again is the same', async () => {
    const names = Array.from({ length: 15 }, (_, n) => `k${n}`);
    const associations = names.map((serviceAccount) => {
      const { clusterName: _, namespace: __, serviceAccount: ___, ...state } = found(serviceAccount);
      return {
        identity: { ...API, serviceAccount },
        state: {
          ...state,
          disableSessionTags: false,
          createdAt: '2026-03-01T10:00:00.000Z',
          modifiedAt: '2026-03-01T10:00:00.000Z',
        },
      };
    });
    const page = {
      cluster: CLUSTER,
      status: 'present',
      associations,
      readAt: '2026-03-01T12:00:00.000Z',
      listing: { startedAt: '2026-03-01T12:00:00.000Z' },
    };
    expect(await keep(page, context('podid-keep-associations'))).toEqual({ kept: 15 });
    const rows = openStore(dynamo.client).associations;
    const first = await rows.lastKnown(CLUSTER, 'a-k7');
    expect(first).toMatchObject({
      identity: { ...API, serviceAccount: 'k7' },
      seen: [{ revision: '2026-03-01T10:00:00.000Z' }],
      version: 1,
    });
    await keep({ ...page, readAt: '2026-03-01T18:00:00.000Z' }, context('podid-keep-associations'));
    expect(await rows.lastKnown(CLUSTER, 'a-k7')).toEqual(first);
  });

  it('counts a listing as complete with its last page, and with that alone', async () => {
    const { clusters, roles } = openStore(dynamo.client);
    const cluster = { ...CLUSTER, cluster: 'paged' };
    const identity = { ...API, cluster: 'paged', serviceAccount: 'deep' };
    const listing = { startedAt: '2026-03-01T12:00:00.000Z', issuer: 'oidc.example/id/1' };
    const state = {
      associationId: 'a-deep',
      associationArn: 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/paged/a-deep',
      roleArn: roleArn('team/deep'),
      disableSessionTags: false,
    };
    const page = {
      cluster,
      status: 'present',
      associations: [{ identity, state }],
      readAt: listing.startedAt,
      listing,
    };
    await keep({ ...page, next: 'two' }, context('podid-keep-associations'));
    expect(await clusters.swept(cluster)).toBeUndefined();
    await keep({ ...page, associations: [] }, context('podid-keep-associations'));
    expect(await clusters.swept(cluster)).toEqual({ cluster, ...listing, completedAt: expect.any(String) });
    expect(await roles.named(API.account, 'deep')).toBe(roleArn('team/deep'));
  });

  it('begins with every cluster that the configuration names', async () => {
    expect(await listClusters({}, context('podid-list-clusters'))).toEqual({
      clusters: [CLUSTER, { ...CLUSTER, cluster: 'other' }],
    });
  });
});
