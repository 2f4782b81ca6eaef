/** The sweep of an account's roles: who is looked after, what differs, and that nobody is missing from half a listing. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { sweepRoles } from '../../../../functions/drift/sweep/sweep-roles.ts';
import { actor } from '../../store/samples.ts';
import { ACCOUNT, identity, roleArn, startWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.dynamo.close());

const sweep = async () => {
  const ref = world.sweep();
  const swept = await sweepRoles(world.around, ref, { account: ACCOUNT, region: 'eu-west-1' });
  const [part] = await world.store.sweeps.parts(ref.id);
  return { swept, part };
};
const facets = (trust = 'first') => ({ exists: 'AROA1', trust });
const associated = async (name: string) => {
  world.associate('api', { roleArn: roleArn(name) });
  const state = world.associations.get('a-api')?.state;
  if (state !== undefined)
    await world.store.associations.keep(identity('api'), { state, revision: '2026-03-01T00:00:00.000Z' });
};
const denied = (name: string) =>
  world.store.denies.keep({
    identity: identity('api'),
    roleArn: roleArn(name),
    form: 'tags',
    policyName: 'podid-deny-0123456789abcdef0123',
    revocation: 'r-1',
    status: 'in-force',
    at: '2026-03-01T00:00:00.000Z',
  });

it('hints roles that nobody has looked at, of those that podid has to do with', async () => {
  for (const name of ['stranger', 'managed-a', 'podid/g-1', 'associated', 'denied', 'other'])
    world.roles.set(name, facets());
  await associated('associated');
  await denied('denied');
  const { swept, part } = await sweep();
  expect(world.hints()).toEqual(['associated', 'denied', 'managed-a', 'podid/g-1'].map(roleArn).sort());
  expect(swept).toEqual({ listed: 6, lookedAfter: 4, hinted: 4 });
  // Nobody has known them: nothing is lost.
  expect(part).toMatchObject({ part: 'roles', region: 'us-east-1', silent: 0 });
  expect(await world.store.roles.named(ACCOUNT, 'g-1')).toBe(roleArn('podid/g-1'));
});

it('hints nothing that is as it was read', async () => {
  world.roles.set('managed-a', facets());
  await world.reconciled('managed-a', facets());
  expect((await sweep()).swept).toEqual({ listed: 1, lookedAfter: 1, hinted: 0 });
  expect(world.hints()).toEqual([]);
});

it('hints a role that is otherwise, one whose policy says something else, and one that is not listed', async () => {
  const bearing = { ...facets(), 'attached:arn:p': 'attached', 'version:arn:p': 'one' };
  for (const name of ['managed-a', 'known', 'managed-gone'])
    await world.reconciled(name, name === 'known' ? bearing : facets());
  world.roles.set('managed-a', facets('second'));
  world.roles.set('known', bearing);
  world.policies.set('arn:p', 'two');
  world.pass(1);
  const { part } = await sweep();
  expect(world.hints()).toEqual(['known', 'managed-a', 'managed-gone'].map(roleArn).sort());
  expect(part).toMatchObject({ silent: 3 });
});

it('does not count what an event has told since the last look', async () => {
  await world.reconciled('managed-a', facets());
  world.pass(1);
  world.roles.set('managed-a', facets('second'));
  const change = {
    eventId: 'e-1',
    at: world.now().toISOString(),
    kind: 'RoleTrustChanged',
    facets: ['trust'],
    actor: actor('e-1'),
  };
  await world.objects.addChange(roleArn('managed-a'), { ...change, via: 'event' }, 9_999_999_999);
  expect((await sweep()).part).toMatchObject({ hinted: 1, silent: 0 });
});

it('does not miss what was made while the listing ran', async () => {
  for (const name of ['managed-a', 'managed-b', 'managed-c', 'managed-d']) world.roles.set(name, facets());
  world.during(() => world.roles.set('managed-e', facets()));
  expect((await sweep()).swept.hinted).toBe(5);
});

it('interrupted at any page hints nobody as missing, and the next one completes', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `managed-${index}`);
  for (const name of names) {
    world.roles.set(name, facets());
    await world.reconciled(name, facets());
  }
  world.roles.delete('managed-3');
  for (let nth = 1; nth <= 3; nth += 1) {
    world.failAt(nth);
    await expect(sweep()).rejects.toThrow('by the test');
    expect(world.hints()).toEqual([]);
  }
  world.failAt();
  expect((await sweep()).swept).toEqual({ listed: 7, lookedAfter: 7, hinted: 1 });
  expect(world.hints()).toEqual([roleArn('managed-3')]);
});
