import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, roleArn } from './samples.ts';

const CLUSTER = { account: API.account, region: API.region, cluster: API.cluster };
const swept = (hour: number, issuer?: string) => ({
  cluster: CLUSTER,
  startedAt: `2026-03-01T${hour}:00:00.000Z`,
  completedAt: `2026-03-01T${hour}:00:05.000Z`,
  ...(issuer === undefined ? {} : { issuer }),
});

describe('what is known of clusters and roles', () => {
  let dynamo: Dynamo;
  let store: Store;
  beforeAll(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
  });
  afterAll(() => dynamo.close());

  it('is the last complete listing, not the last that was told; it is no association', async () => {
    expect(await store.clusters.swept(CLUSTER)).toBeUndefined();
    expect(await store.clusters.keepSwept(swept(11, 'oidc.example/id/1'))).toBe(true);
    expect(await store.clusters.keepSwept(swept(10))).toBe(false);
    expect(await store.clusters.swept(CLUSTER)).toEqual(swept(11, 'oidc.example/id/1'));
    expect(await store.clusters.swept({ ...CLUSTER, region: 'eu-west-2' })).toBeUndefined();
    expect(await store.associations.countAt(CLUSTER, '2026-03-01T09:00:00.000Z')).toBe(0);
  });

  it("is a role's ARN by its name in any case, where it has a path", async () => {
    await store.roles.keep(roleArn('team/a/Orders'));
    await store.roles.keep(roleArn('plain'));
    expect(await store.roles.named(API.account, 'orders')).toBe(roleArn('team/a/Orders'));
    expect(await store.roles.named(API.account, 'plain')).toBeUndefined();
    expect(await store.roles.named('999988887777', 'orders')).toBeUndefined();
  });
});
