/** The sweep of a cluster: what it lists, describes, keeps and hints; and that nothing is gone before it is proven. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { KeepAssociationsInput } from '../../../../functions/drift/sweep/contract.ts';
import { sweepCluster } from '../../../../functions/drift/sweep/sweep-cluster.ts';
import { CLUSTER, identity, keyOf, roleArn, startWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.dynamo.close());

const sweep = async (more: Partial<KeepAssociationsInput> = {}) => {
  const ref = world.sweep();
  const answer = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER, ...more });
  const [part] = await world.store.sweeps.parts(ref.id);
  return { answer, part };
};
const described = (): string[] =>
  world.questions.flatMap(({ called, input }) =>
    called === 'describe-associations' && typeof input === 'object' && input !== null && 'ids' in input
      ? (input.ids as string[])
      : [],
  );
const NAMES = Array.from({ length: 8 }, (_, index) => `n${index}`);
/** Eight associations that the hub has seen, and a rotation in which nothing is due. */
const known = async () => {
  for (const name of NAMES) world.associate(name);
  await sweep();
  world.hints();
  world.questions.length = 0;
};

it('lists page by page, describes and keeps what nobody knew, hints it and the cluster, and is complete then', async () => {
  for (const name of NAMES) world.associate(name);
  const { answer, part } = await sweep();
  expect(answer).toEqual({ status: 'present', listed: 8, described: 8 });
  expect(part).toMatchObject({ part: 'cluster', hinted: 8, silent: 0, left: 0 });
  expect(world.allHints()).toContain('arn:aws:eks:eu-west-1:111122223333:cluster/payments');
  expect(world.hints()).toEqual(NAMES.map(keyOf));
  expect(world.questions.filter(({ called }) => called === 'list-associations')).toHaveLength(3);
  expect((await world.store.associations.ofCluster(CLUSTER)).map(({ state }) => state.roleArn)).toEqual(
    NAMES.map(() => roleArn('orders')),
  );
  expect(await world.store.clusters.swept(CLUSTER)).toMatchObject({
    issuer: 'oidc/1',
    describedTo: world.now().toISOString(),
  });
});

it('keeps the ARN of a role with a path, since events tell only names', async () => {
  world.associate('deep', { roleArn: roleArn('team/deep') });
  await sweep();
  expect(await world.store.roles.named('111122223333', 'deep')).toBe(roleArn('team/deep'));
});

it('describes each association once within the rotation, a part of them in each sweep, and hints nothing that is the same', async () => {
  await known();
  const times: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    world.pass(6);
    times.push((await sweep()).answer.described);
  }
  expect(described().sort()).toEqual(NAMES.map((name) => `a-${name}`));
  expect(times.filter((count) => count > 0 && count < 8).length).toBeGreaterThan(1);
  expect(world.hints()).toEqual([]);
});

it('makes good in the next sweep what a failed one should have described', async () => {
  await known();
  world.pass(6);
  world.failAt(1);
  await expect(sweep()).rejects.toThrow('by the test');
  world.failAt();
  world.pass(18);
  expect((await sweep()).answer.described).toBe(8);
});

it('hints what an update has changed that no event told, and counts it', async () => {
  await known();
  world.pass(24);
  world.associate('n3', { roleArn: roleArn('other') });
  const { part } = await sweep();
  expect(world.hints()).toEqual([keyOf('n3')]);
  expect(part).toMatchObject({ silent: 1, hinted: 1 });
  world.pass(24);
  expect((await sweep()).part).toMatchObject({ silent: 0, hinted: 0 });
});

it('does not count what an event has told meanwhile', async () => {
  await known();
  world.pass(24);
  world.associate('n3', { roleArn: roleArn('other') });
  const state = world.associations.get('a-n3')?.state;
  if (state === undefined) throw new Error('no n3');
  const event = { at: world.now().toISOString(), actor: { type: 'IAMUser', eventId: 'e-1' } };
  world.during(() => undefined);
  const keep = world.around.store.associations.keep;
  // The event comes between the reading of what was known and the description.
  const ofCluster = world.around.store.associations.ofCluster;
  const associations = {
    ...world.around.store.associations,
    ofCluster: async (cluster: typeof CLUSTER) => {
      const before = await ofCluster(cluster);
      await keep(identity('n3'), { state, revision: event.at, event });
      return before;
    },
  };
  const ref = world.sweep();
  await sweepCluster(
    { ...world.around, store: { ...world.around.store, associations } },
    { sweep: ref, cluster: CLUSTER },
  );
  expect((await world.store.sweeps.parts(ref.id))[0]).toMatchObject({ hinted: 1, silent: 0 });
});

it('takes for gone what a complete listing lacks and nobody can read by id', async () => {
  await known();
  world.associations.delete('a-n5');
  world.pass(1);
  const { part } = await sweep();
  expect(world.hints()).toEqual([keyOf('n5')]);
  expect(part).toMatchObject({ silent: 1 });
  expect(await world.goneAt('n5')).toBe(world.now().toISOString());
  world.pass(1);
  await sweep();
  expect(world.hints()).toEqual([]);
});

it('does not take for gone what the listing lacks and can be read by id', async () => {
  await known();
  const n5 = world.associations.get('a-n5');
  if (n5 === undefined) throw new Error('no n5');
  world.associations.delete('a-n5');
  let lists = 0;
  const { ask } = world.around;
  const around = {
    ...world.around,
    ask: async (...question: Parameters<typeof ask>) => {
      if (question[0] === 'list-associations') lists += 1;
      // EKS's listing is behind: it is there when it is asked for by name.
      if (question[0] === 'describe-associations' && lists > 0) world.associations.set('a-n5', n5);
      return ask(...question);
    },
  };
  await sweepCluster(around, { sweep: world.sweep(), cluster: CLUSTER });
  expect(await world.goneAt('n5')).toBeUndefined();
  expect(world.hints()).toEqual([]);
});

it('does not miss what was made while the listing ran', async () => {
  await known();
  world.during(() => world.associate('a-late'));
  const { part } = await sweep();
  expect(part).toMatchObject({ hinted: 1 });
  expect(world.hints()).toEqual([keyOf('a-late')]);
});

it('hints both identities where an id stands under another one', async () => {
  await known();
  const n1 = world.associations.get('a-n1');
  if (n1 === undefined) throw new Error('no n1');
  world.associations.set('a-n1', { ...n1, identity: identity('moved') });
  await sweep();
  expect(world.hints()).toEqual([keyOf('moved'), keyOf('n1')]);
  expect((await world.store.associations.lastKnown(CLUSTER, 'a-n1'))?.identity).toEqual(identity('moved'));
});

it('takes everything of a cluster for gone that is gone itself', async () => {
  await known();
  world.clusterGoes();
  const { answer } = await sweep();
  expect(answer).toMatchObject({ status: 'gone', listed: 0 });
  expect(world.hints()).toEqual(NAMES.map(keyOf));
  expect(await world.store.associations.ofCluster(CLUSTER)).toEqual([]);
});

it('goes on where it had no time, and is complete only then', async () => {
  world = await restarted({ sweep: { describesPerSecond: 1 } });
  const names = Array.from({ length: 70 }, (_, index) => `m${String(index).padStart(2, '0')}`);
  for (const name of names) world.associate(name);
  world.timeFor(1);
  const ref = world.sweep();
  const first = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
  expect(first.progress).toEqual({ described: 30, hinted: 30, silent: 0 });
  expect(await world.store.clusters.swept(CLUSTER)).toBeUndefined();
  let progress = first.progress;
  while (progress !== undefined) {
    world.timeFor(1);
    ({ progress } = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER, progress }));
  }
  expect(await world.store.clusters.swept(CLUSTER)).toBeDefined();
  expect(world.hints()).toEqual(names.map(keyOf));
  expect(await world.store.sweeps.parts(ref.id)).toMatchObject([{ described: 70, hinted: 70, left: 0 }]);
});

it('goes on in the rotation after the last id', async () => {
  world = await restarted({ sweep: { describesPerSecond: 1 } });
  const names = Array.from({ length: 70 }, (_, index) => `m${String(index).padStart(2, '0')}`);
  for (const name of names) world.associate(name);
  await sweep();
  world.questions.length = 0;
  world.pass(24);
  world.timeFor(1);
  const ref = world.sweep();
  const { progress } = await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
  expect(progress).toMatchObject({ after: 'a-m29', described: 30 });
  world.timeFor(99);
  await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER, ...(progress && { progress }) });
  expect(described()).toEqual(names.map((name) => `a-${name}`));
});

it('leaves to the next sweep what has no time until then, and says so', async () => {
  world.associate('late');
  const ref = { ...world.sweep(), until: world.now().toISOString() };
  await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
  expect((await world.store.sweeps.parts(ref.id))[0]).toMatchObject({ left: 1, described: 0 });
  // Somebody unknown is in it: nobody may take the listing for whole.
  expect(await world.store.clusters.swept(CLUSTER)).toBeUndefined();
});

it('has in the next sweep what of the rotation had no time in this one', async () => {
  await known();
  world.pass(24);
  const ref = { ...world.sweep(), until: world.now().toISOString() };
  await sweepCluster(world.around, { sweep: ref, cluster: CLUSTER });
  expect((await world.store.sweeps.parts(ref.id))[0]).toMatchObject({ left: 8, described: 0 });
  world.pass(1);
  expect((await sweep()).answer.described).toBe(8);
});

it('wakes 100 of those that nobody knew, and leaves the others to be due one after the other', async () => {
  for (let index = 0; index < 210; index += 1) world.associate(`x${String(index).padStart(3, '0')}`);
  await sweep();
  expect(world.hints()).toHaveLength(100);
  const after = (minutes: number) => new Date(world.now().getTime() + minutes * 60_000).toISOString();
  expect(await world.objects.due(after(5), 1_000)).toHaveLength(100);
  expect(await world.objects.due(after(10), 1_000)).toHaveLength(110);
}, 30_000);

it('interrupted at any question has taken nothing for gone that is there, and the next one completes', async () => {
  await known();
  world.associations.delete('a-n2');
  world.associate('n4', { roleArn: roleArn('other') });
  world.associate('new');
  world.pass(24);
  let failures = 0;
  for (let nth = 1; ; nth += 1) {
    world.failAt(nth);
    const failed = await sweep().then(
      () => false,
      () => true,
    );
    for (const name of NAMES) if (name !== 'n2') expect(await world.goneAt(name)).toBeUndefined();
    if (!failed) break;
    failures += 1;
  }
  // Three pages of eight, what is new, what is missing, and what is due.
  expect(failures).toBeGreaterThanOrEqual(5);
  expect(await world.goneAt('n2')).toBeDefined();
  expect(new Set(world.hints())).toEqual(new Set([keyOf('n2'), keyOf('n4'), keyOf('new')]));
});

const restarted = async (change: object): Promise<World> => {
  await world.dynamo.close();
  return startWorld(change);
};
