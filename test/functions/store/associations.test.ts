import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seenOf } from '../../../functions/store/association-row.ts';
import { associations } from '../../../functions/store/associations.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { openTable } from '../../../functions/store/table.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, actor, roleArn, state } from './samples.ts';

const T = (time: string): string => `2026-03-01T${time}.000Z`;

describe('the last-known rows of associations', () => {
  let dynamo: Dynamo;
  let rows: Store['associations'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    rows = openStore(dynamo.client).associations;
  });
  afterAll(() => dynamo.close());

  it('keeps what was seen, the newest last, whatever comes first', async () => {
    const id = 'a-order';
    const older = seenOf(state({ associationId: id, modifiedAt: T('10:00:00') }), T('10:00:00'), actor('e-1'));
    const newer = seenOf(
      state({ associationId: id, roleArn: roleArn('new'), modifiedAt: T('11:00:00') }),
      T('11:00:00'),
      actor('e-2'),
    );
    await rows.keep(API, newer);
    const row = await rows.keep(API, older);
    expect(row.seen).toEqual([older, newer]);
    expect(await rows.lastKnown(API, id)).toEqual(row);
    expect(await rows.keep(API, older)).toEqual(row); // A duplicate writes nothing: the version stands.
    expect(await rows.lastKnown(API, 'a-never')).toBeUndefined();
  });

  it('finds who holds a role, as role or as target, until they are gone or hold another', async () => {
    const other = { ...API, serviceAccount: 'worker' };
    const [mine, theirs] = ['a-mine', 'a-theirs'].map((associationId) =>
      state({ associationId, roleArn: roleArn('shared') }),
    );
    if (mine === undefined || theirs === undefined) throw new Error('samples');
    const chained = { ...theirs, targetRoleArn: roleArn('target'), modifiedAt: T('10:30:00') };
    await rows.keep(API, seenOf(mine, T('10:00:00')));
    await rows.keep(other, seenOf(chained, T('10:30:00')));
    const holders = async (name: string) =>
      (await rows.ofRole(roleArn(name))).map(({ identity }) => identity.serviceAccount).sort();
    expect(await holders('shared')).toEqual(['api', 'worker']);
    expect(await holders('target')).toEqual(['worker']);

    await rows.keep(other, seenOf({ ...theirs, roleArn: roleArn('moved'), modifiedAt: T('10:40:00') }, T('10:40:00')));
    expect(await holders('shared')).toEqual(['api']);
    expect(await holders('target')).toEqual([]);
    expect(await holders('moved')).toEqual(['worker']);

    await rows.markGone(API, seenOf(mine, T('12:00:00')), T('12:00:00'));
    expect(await holders('shared')).toEqual([]);
  });

  it('stays gone, though its creation is told after its deletion', async () => {
    const created = seenOf(state({ associationId: 'a-gone' }), T('10:00:00'), actor('e-1'));
    await rows.markGone(API, seenOf(state({ associationId: 'a-gone' }), T('12:00:00')), T('12:00:00'));
    await rows.markGone(API, created, T('13:00:00'));
    const row = await rows.keep(API, created);
    expect(row).toMatchObject({ gone: T('12:00:00'), seen: [created] });
    expect(
      (await rows.ofRole(roleArn('orders'))).filter(({ state: { associationId } }) => associationId === 'a-gone'),
    ).toEqual([]);
    const stored = await openTable(dynamo.client, 'podid').get({
      pk: 'CLUSTER#arn:aws:eks:eu-west-1:111122223333:cluster/payments',
      sk: 'ASSOC#a-gone',
    });
    expect(stored?.expiresAt).toBe(Date.parse(T('12:00:00')) / 1000 + 30 * 24 * 3600);
  });

  it('counts what a cluster had at an instant', async () => {
    const counted = { ...API, cluster: 'counted' };
    for (const associationId of ['a-1', 'a-2', 'a-3'])
      await rows.keep(counted, seenOf(state({ associationId, targetRoleArn: roleArn('t') }), T('09:00:00')));
    await rows.markGone(counted, seenOf(state({ associationId: 'a-1' }), T('12:00:00')), T('12:00:00'));
    expect(await rows.countAt(counted, T('11:59:59'))).toBe(3);
    expect(await rows.countAt(counted, T('12:00:00'))).toBe(2);
    expect(await rows.countAt({ ...API, cluster: 'empty' }, T('12:00:00'))).toBe(0);
  });

  it('loses nothing when two write at once', async () => {
    const sights = ['a', 'b', 'c'].map((name, hour) =>
      seenOf(
        state({ associationId: 'a-busy', roleArn: roleArn(name), modifiedAt: T(`1${hour}:00:00`) }),
        T(`1${hour}:00:00`),
      ),
    );
    await Promise.all(sights.map((seen) => rows.keep(API, seen)));
    expect((await rows.lastKnown(API, 'a-busy'))?.seen).toEqual(sights);
  });

  it('does not leave a target role behind that two writers at once have overtaken', async () => {
    const associationId = 'a-race';
    const [early, late] = ['early', 'late'].map((name, hour) =>
      seenOf(state({ associationId, targetRoleArn: roleArn(name), modifiedAt: T(`1${hour}:00:00`) }), T('12:00:00')),
    );
    if (early === undefined || late === undefined) throw new Error('samples');
    const table = openTable(dynamo.client, 'podid');
    let overtaken = false;
    const slow = associations({
      ...table,
      put: async (item, only) => {
        // Between its reading and its first write, others write what it is about to write, and something newer.
        if (!overtaken) {
          overtaken = true;
          await rows.keep(API, early);
          await rows.keep(API, late);
        }
        return table.put(item, only);
      },
    });
    await slow.keep(API, early);
    const holders = async (name: string) => (await rows.ofRole(roleArn(name))).length;
    expect([await holders('early'), await holders('late')]).toEqual([0, 1]);
  });

  it('says which row it cannot read', async () => {
    const key = { pk: 'CLUSTER#arn:aws:eks:eu-west-1:111122223333:cluster/payments', sk: 'ASSOC#a-odd' };
    await openTable(dynamo.client, 'podid').put({ ...key, seen: 'nothing' });
    await expect(rows.lastKnown(API, 'a-odd')).rejects.toMatchObject({
      name: 'RowMalformed',
      message: expect.stringMatching(/ASSOC#a-odd.*identity/),
    });
  });
});
