/** The sweep of a cluster's service accounts: who asks for a role by IRSA, from a complete listing or not at all. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sweepCluster } from '../../../../functions/drift/sweep/sweep-cluster.ts';
import { identityKey } from '../../../../functions/identity.ts';
import { CLUSTER, identity, roleArn, startWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.dynamo.close());

const sweep = async () => {
  world.pass(1);
  const ref = world.sweep();
  await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
  const [part] = await world.store.sweeps.parts(ref.id);
  return part?.part === 'cluster' ? part.irsa : undefined;
};
const users = async (role: string) =>
  (await world.store.serviceAccounts.ofRole(roleArn(role))).map(({ identity: { serviceAccount } }) => serviceAccount);
/** Every row about a service account, with the version that each write of it raises. */
const versions = async () =>
  (await world.store.serviceAccounts.rowsOf(CLUSTER)).map((row) => [row.identity.serviceAccount, row.version]);
const asked = (): number => world.questions.filter(({ called }) => called === 'list-service-accounts').length;

describe('a complete listing', () => {
  it('keeps who asks for which role, page after page', async () => {
    for (const name of ['a', 'b', 'c', 'd']) world.annotate(name, roleArn('orders'));
    world.annotate('e', 'orders');
    expect(await sweep()).toEqual({ status: 'read', users: 5, malformed: 1 });
    expect(asked()).toBe(2);
    expect(await users('orders')).toEqual(['a', 'b', 'c', 'd']);
    expect(await world.store.serviceAccounts.of(identity('e'))).toMatchObject({
      irsa: { roleArn: 'orders', valid: false },
      since: world.now().toISOString(),
    });
    expect(await world.store.serviceAccounts.listed(CLUSTER)).toMatchObject({ startedAt: world.now().toISOString() });
  });

  it('comes after the associations, and looks at nobody because of it', async () => {
    world.associate('a');
    world.annotate('b', roleArn('orders'));
    await sweep();
    expect(world.questions.map(({ called }) => called)).toEqual([
      'list-associations',
      'describe-associations',
      'list-service-accounts',
    ]);
    expect(world.hints()).toEqual([expect.stringContaining('checkout/a')]);
  });

  it('writes only what has changed: when it was last seen, the cluster itself says', async () => {
    for (const name of ['a', 'b', 'c']) world.annotate(name, roleArn('orders'));
    await sweep();
    const first = await world.store.serviceAccounts.rowsOf(CLUSTER);
    world.annotate('b', roleArn('other'));
    await sweep();
    expect(await versions()).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ]);
    expect((await world.store.serviceAccounts.of(identity('a')))?.since).toBe(first[0]?.since);
    expect(await users('other')).toEqual(['b']);
    expect(await users('orders')).toEqual(['a', 'c']);
    expect(await world.store.serviceAccounts.listed(CLUSTER)).toMatchObject({ startedAt: world.now().toISOString() });
  });

  it('is what takes out who lost the annotation, once, and takes them in again', async () => {
    for (const name of ['a', 'b']) world.annotate(name, roleArn('orders'));
    await sweep();
    world.annotate('a', undefined);
    expect(await sweep()).toEqual({ status: 'read', users: 1, malformed: 0 });
    expect(await users('orders')).toEqual(['b']);
    const gone = world.now().toISOString();
    await sweep();
    expect((await world.store.serviceAccounts.rowsOf(CLUSTER))[0]).toMatchObject({ gone, version: 2 });
    world.annotate('a', roleArn('orders'));
    await sweep();
    expect(await users('orders')).toEqual(['a', 'b']);
    expect(await versions()).toContainEqual(['a', 3]);
  });

  it('leaves what somebody else has kept while it ran', async () => {
    world.annotate('a', roleArn('orders'));
    await sweep();
    world.annotate('a', roleArn('old'));
    const { rowsOf, keep } = world.store.serviceAccounts;
    const newer = {
      identity: identity('a'),
      irsa: { roleArn: roleArn('newer'), valid: true },
      since: '2026-03-10T09:00:00.000Z',
    };
    const serviceAccounts = {
      ...world.store.serviceAccounts,
      rowsOf: async (cluster: typeof CLUSTER) => {
        const rows = await rowsOf(cluster);
        await keep(newer, 1);
        return rows;
      },
    };
    const around = { ...world.around, store: { ...world.around.store, serviceAccounts } };
    await sweepCluster(around, { sweep: world.sweep(), cluster: CLUSTER });
    expect(await users('newer')).toEqual(['a']);
    expect(await users('old')).toEqual([]);
  });

  it('of a cluster that is gone is known without asking: nobody is left', async () => {
    world.annotate('a', roleArn('orders'));
    await sweep();
    world.questions.length = 0;
    world.clusterGoes();
    expect(await sweep()).toEqual({ status: 'read', users: 0, malformed: 0 });
    expect(asked()).toBe(0);
    expect(await users('orders')).toEqual([]);
  });
});

describe('what was not listed as a whole', () => {
  const known = async () => {
    for (const name of ['a', 'b', 'c', 'd']) world.annotate(name, roleArn('orders'));
    await sweep();
    world.questions.length = 0;
    world.annotate('a', roleArn('other'));
    world.annotate('d', undefined);
    world.annotate('e', roleArn('orders'));
  };
  const untouched = async () => {
    expect(await users('orders')).toEqual(['a', 'b', 'c', 'd']);
    expect(await users('other')).toEqual([]);
    const listed = await world.store.serviceAccounts.listed(CLUSTER);
    expect(Date.parse(listed?.startedAt ?? '')).toBeLessThan(world.now().getTime());
  };

  it.each([1, 2])('stays as it was known, when page %i fails; the sweep goes on and says why', async (nth) => {
    await known();
    // Before it, the associations are listed: one page without any.
    world.failAt(1 + nth);
    expect(await sweep()).toEqual({ status: 'unread', why: 'Throttled: by the test' });
    await untouched();
    expect(await world.store.clusters.swept(CLUSTER)).toMatchObject({ startedAt: world.now().toISOString() });
    world.failAt();
    expect(await sweep()).toEqual({ status: 'read', users: 4, malformed: 0 });
    expect(await users('orders')).toEqual(['b', 'c', 'e']);
  });

  it('stays as it was known, when there is no time for its second page', async () => {
    await known();
    world.timeFor(1);
    expect(await sweep()).toEqual({ status: 'unread', why: expect.stringContaining('no time') });
    await untouched();
  });

  it('stays as it was known, when the sweep is over', async () => {
    await known();
    const ref = { ...world.sweep(), until: world.now().toISOString() };
    world.pass(1);
    await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
    expect((await world.store.sweeps.parts(ref.id))[0]).toMatchObject({ irsa: { status: 'unread' } });
    expect(asked()).toBe(0);
    await untouched();
  });

  it('has a call of its own when the associations took the time of this one', async () => {
    world.associate('api');
    world.annotate('api', roleArn('orders'));
    world.timeFor(1);
    const ref = world.sweep();
    const first = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
    expect(first.progress).toMatchObject({ described: 1, hinted: 1 });
    expect([asked(), await world.store.sweeps.parts(ref.id)]).toEqual([0, []]);
    world.timeFor(1);
    const { progress } = first;
    const second = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER, ...(progress && { progress }) });
    expect(second.progress).toBeUndefined();
    expect(await world.store.sweeps.parts(ref.id)).toMatchObject([
      { described: 1, hinted: 1, irsa: { status: 'read', users: 1 } },
    ]);
  });

  it('is not asked for in a cluster that the configuration does not name', async () => {
    const other = { ...CLUSTER, cluster: 'other' };
    const ref = world.sweep();
    await sweepCluster(world.around, { sweep: ref, cluster: other });
    expect((await world.store.sweeps.parts(ref.id))[0]).toMatchObject({
      irsa: { status: 'unread', why: expect.stringContaining('podid.config.yaml') },
    });
    expect(asked()).toBe(0);
  });
});

it('is safe when pages are no snapshot: who stands on two of them is one', async () => {
  world.annotate('a', roleArn('orders'));
  const { ask } = world.around;
  let pages = 0;
  const around = {
    ...world.around,
    ask: async (...question: Parameters<typeof ask>) => {
      const answer = await ask(...question);
      if (question[0] !== 'list-service-accounts') return answer;
      pages += 1;
      return pages === 1 ? { ...Object(answer), next: '0' } : answer;
    },
  };
  await sweepCluster(around, { sweep: world.sweep(), cluster: CLUSTER });
  const rows = await world.store.serviceAccounts.ofCluster(CLUSTER);
  expect(rows.map((row) => [identityKey(row.identity), row.version])).toEqual([[identityKey(identity('a')), 1]]);
});
