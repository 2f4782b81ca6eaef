/** The last wave of the real `provision.asl.json`: pods that are older than the association. Whatever comes of them, the grant is active. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { begin } from '../../functions/grants/index.ts';
import { identityKey } from '../../functions/identity.ts';
import { carryOut, openGrant } from '../../functions/provisioning/transitions.ts';
import { ann, cluster, nextId, settings, wishOf } from '../functions/grants/samples.ts';
import { run, startWorld, type World } from './provision-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.before.clear();
  world.calls.length = 0;
});

let counted = 0;
/** Provisions a grant whose service account has two pods that are older; gives the notes of its activation. */
const activated = async (restartPods: boolean): Promise<readonly string[]> => {
  counted += 1;
  const id = `g-${counted.toString(16).padStart(16, 'e')}`;
  const wish = wishOf({ serviceAccount: `pods-${counted}`, restartPods });
  world.cloud.lacking.set(
    identityKey({ ...cluster(), namespace: wish.namespace, serviceAccount: wish.serviceAccount }),
    new Map([['api', 2]]),
  );
  await openGrant(
    world.transitions,
    begin({ id, eventId: nextId(), wish, by: ann }, new Date().toISOString(), settings),
  );
  await carryOut(world.transitions, id, {
    kind: 'decided',
    id: nextId(),
    version: 1,
    verdict: 'allowed',
    needs: [],
    because: [],
  });
  const ran = await run(world, { grantId: id, version: 1, attempt: 1, do: 'provision' });
  expect(ran.output).toMatchObject({ outcome: 'provisioned' });
  return (await world.grants.get(id))?.grant.history.at(-1)?.notes ?? [];
};
const podCalls = (): string[] => world.calls.filter((call) => call === 'assess' || call === 'restart');
const fails = (name: string, message: string) => () => {
  throw Object.assign(new Error(message), { name });
};

it('looks, and says what needs a restart', async () => {
  expect(await activated(false)).toEqual([
    expect.stringMatching(
      /^deployment checkout\/api .*: 2 pods have no credentials .*: kubectl -n checkout rollout restart/,
    ),
  ]);
  expect(podCalls()).toEqual(['assess']);
});

it('restarts what the wish asks for, until it is through, and looks again', async () => {
  expect(await activated(true)).toEqual([expect.stringMatching(/^deployment checkout\/api .*: restarted\.$/)]);
  expect(podCalls()).toEqual(['assess', 'restart', 'restart', 'assess']);
});

it('is told once more where an answer was lost', async () => {
  let lost = 0;
  world.before.set('restart', () => {
    lost += 1;
    return lost === 1 ? fails('ClusterUnreachable', 'no route')() : undefined;
  });
  expect(await activated(true)).toEqual([expect.stringMatching(/: restarted\.$/)]);
});

it('is active where nobody could look', async () => {
  world.before.set('assess', fails('ClusterUnreachable', 'no route to the cluster'));
  expect(await activated(true)).toEqual([expect.stringMatching(/^Nobody could look .*no route to the cluster$/)]);
  expect(podCalls()).toEqual(['assess']);
});

it('restarts nothing while the kill switch is on', async () => {
  const state = { by: 'ann', at: new Date().toISOString(), why: 'a test' };
  await world.store.brakes.setKillSwitch({ ...state, on: true });
  try {
    expect((await activated(true)).at(-1)).toMatch(/^Nothing is restarted: The kill switch is on .* a test$/);
    expect(podCalls()).toEqual(['assess']);
  } finally {
    await world.store.brakes.setKillSwitch({ ...state, on: false });
  }
});
