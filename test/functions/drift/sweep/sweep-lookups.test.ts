/** The sweep of a trail: what no event told is told, with its author, and counted once. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { hint } from '../../../../functions/drift/hints.ts';
import { seenIn } from '../../../../functions/drift/known-of-change.ts';
import { objectKey } from '../../../../functions/drift/object.ts';
import { changeOfRecord } from '../../../../functions/drift/sweep/looks.ts';
import { sweepLookups } from '../../../../functions/drift/sweep/sweep-lookups.ts';
import { ACCOUNT, config, roleArn, startWorld, type World } from './world.ts';

let world: World;
let poison: string[];
beforeEach(async () => {
  world = await startWorld();
  poison = [];
});
afterEach(() => world.dynamo.close());

const LOOKED_AFTER = new Set(['a', 'b', 'c', 'd', 'e'].map(roleArn));
const LOOKS = {
  account: ACCOUNT,
  region: 'eu-west-1',
  looks: [{ service: 'iam' as const, region: 'us-east-1', via: 'eu-west-1' }],
};

const sweep = async (looksAfter = async (ref: ObjectRef) => LOOKED_AFTER.has(objectKey(ref))) => {
  const ref = world.sweep();
  const swept = await sweepLookups(
    { ...world.around, looksAfter, poisoned: (record) => poison.push(record) },
    ref,
    LOOKS,
  );
  const [part] = await world.store.sweeps.parts(ref.id);
  return { swept, part };
};

const record = (eventID: string, roleName: string, eventName = 'DeleteRolePolicy'): string =>
  JSON.stringify({
    eventVersion: '1.11',
    eventSource: 'iam.amazonaws.com',
    eventName,
    eventID,
    eventTime: world.now().toISOString(),
    awsRegion: 'us-east-1',
    recipientAccountId: ACCOUNT,
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/mallory`, accountId: ACCOUNT },
    requestParameters: { roleName, policyName: 'inline' },
    responseElements: null,
  });
/** It happened, and the history shows it. */
const happened = (eventId: string, role: string, text = record(eventId, role)) => {
  world.history.push({ name: 'DeleteRolePolicy', record: text });
  return text;
};
/** And an event told it, too. */
const told = async (text: string) => {
  const change = changeOfRecord(text, 'iam', ACCOUNT);
  if (change.kind === 'NoChange') throw new Error(change.because);
  const { store, objects, now } = world;
  const hub = { store, objects, config: config(), now, start: async () => true };
  for (const { ref, change: seen } of await seenIn(hub, change)) await hint(hub, ref, seen);
};
const firstLook = async () => {
  await sweep();
  world.pass(6);
};

it('tells what no event told, with its author, and counts it', async () => {
  await firstLook();
  happened('e-1', 'a');
  await told(happened('e-2', 'b'));
  const { swept, part } = await sweep();
  expect(swept).toEqual({ told: 1, missed: 1, poison: 0 });
  expect(part).toMatchObject({ part: 'look', account: ACCOUNT, region: 'us-east-1', service: 'iam', counted: true });
  expect(world.hints()).toEqual([roleArn('a')]);
  const { changes } = await world.objects.read(roleArn('a'));
  expect(changes).toMatchObject([
    {
      eventId: 'e-1',
      via: 'lookup',
      facets: ['inline:inline'],
      actor: { arn: `arn:aws:iam::${ACCOUNT}:user/mallory` },
    },
  ]);
});

it('counts once what two looks show', async () => {
  await firstLook();
  happened('e-1', 'a');
  await told(happened('e-2', 'b'));
  expect((await sweep()).swept).toMatchObject({ missed: 1, told: 1 });
  world.pass(0.2);
  expect((await sweep()).swept).toEqual({ told: 0, missed: 0, poison: 0 });
});

it('tells at the first look what it finds, and counts nothing as lost', async () => {
  happened('e-1', 'a');
  const { swept, part } = await sweep();
  expect(swept.missed).toBe(0);
  expect(part).toMatchObject({ counted: false, missed: 0 });
  expect(world.hints()).toEqual([roleArn('a')]);
});

it('has nothing to do with what is not looked after, nor with calls that failed', async () => {
  await firstLook();
  happened('e-1', 'stranger');
  happened('e-2', 'a', JSON.stringify({ ...JSON.parse(record('e-2', 'a')), errorCode: 'AccessDenied' }));
  expect((await sweep()).swept).toEqual({ told: 0, missed: 0, poison: 0 });
  expect(world.hints()).toEqual([]);
});

it('hears the others where one record is poison', async () => {
  await firstLook();
  happened('e-1', 'a');
  happened('e-2', 'b', JSON.stringify({ ...JSON.parse(record('e-2', 'b')), requestParameters: { roleName: 7 } }));
  happened('e-3', 'c');
  expect((await sweep()).swept).toEqual({ told: 0, missed: 2, poison: 1 });
  expect(poison).toEqual([expect.stringContaining('"e-2"')]);
});

it('wakes 100 of those that nobody ever looked at; the others wait their turn, and have their author all the same', async () => {
  await firstLook();
  for (let index = 0; index < 103; index += 1) happened(`e-${index}`, `r-${index}`);
  await world.reconciled('r-102', { exists: 'AROA1' });
  const { swept } = await sweep(async () => true);
  expect(swept).toMatchObject({ missed: 103 });
  // The one that was read before is known, and is looked at now.
  expect(world.hints()).toHaveLength(101);
  const due = await world.objects.due(new Date(world.now().getTime() + 300_000).toISOString(), 100);
  expect(due).toHaveLength(2);
  const [waiting] = due;
  if (waiting === undefined) throw new Error('nobody waits');
  const { changes } = await world.objects.read(objectKey(waiting.ref));
  expect(changes).toMatchObject([{ via: 'lookup' }]);
  // Found once more, it goes on waiting.
  world.pass(0.01);
  await sweep(async () => true);
  expect(world.hints()).not.toContain(objectKey(waiting.ref));
});

it('asks once of an object whether it is looked after', async () => {
  await firstLook();
  for (const id of ['e-1', 'e-2', 'e-3', 'e-4']) happened(id, 'a');
  let times = 0;
  await sweep(async () => {
    times += 1;
    return true;
  });
  expect(times).toBe(1);
});

it('interrupted at any page has not looked, and the next look counts each change once', async () => {
  await firstLook();
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) happened(`e-${index}`, name);
  const from = await world.store.sweeps.lookedTo({ account: ACCOUNT, region: 'us-east-1', service: 'iam' });
  world.failAt(2);
  await expect(sweep()).rejects.toThrow('by the test');
  expect(await world.store.sweeps.lookedTo({ account: ACCOUNT, region: 'us-east-1', service: 'iam' })).toBe(from);
  world.failAt();
  expect((await sweep()).swept).toEqual({ told: 0, missed: 5, poison: 0 });
  expect(new Set(world.hints())).toEqual(LOOKED_AFTER);
});
