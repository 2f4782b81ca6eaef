import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { openTable } from '../../../functions/store/table.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API } from './samples.ts';

const SETTINGS = { windowSeconds: 600, identities: 3, percent: 50, percentFrom: 2 };
const START = Date.UTC(2026, 2, 1, 12);
const at = (second: number): string => new Date(START + second * 1000).toISOString();

describe('the brakes', () => {
  let dynamo: Dynamo;
  let brakes: Store['brakes'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    brakes = openStore(dynamo.client).brakes;
  });
  afterAll(() => dynamo.close());

  const lose = (cluster: string, name: string, second: number, had = 1000, settings = SETTINGS) =>
    brakes.countAgainstBreaker({ ...API, cluster, serviceAccount: name }, at(second), settings, async () => had);

  it('has a switch that is off until somebody turns it on', async () => {
    expect(await brakes.killSwitch()).toBeUndefined();
    const on = { on: true, by: 'alice', at: at(0), why: 'a bad deployment' };
    await brakes.setKillSwitch(on);
    expect(await brakes.killSwitch()).toEqual(on);
  });

  it('trips at one identity too many, says why, and stays tripped', async () => {
    for (const name of ['a', 'b', 'c']) expect((await lose('number', name, 10)).tripped).toBeUndefined();
    const tripped = { at: at(20), identities: 4, because: '4 identities lost access within 600 s; the limit is 3' };
    expect((await lose('number', 'd', 20)).tripped).toEqual(tripped);
    expect((await lose('number', 'e', 5000)).tripped).toEqual(tripped);
    expect((await brakes.breaker({ ...API, cluster: 'number' })).tripped).toEqual(tripped);
    expect(await brakes.breaker({ ...API, cluster: 'another' })).toEqual({ generation: 0 });
  });

  it('counts an identity once, however often and in however many copies its loss is told', async () => {
    for (let copy = 0; copy < 6; copy += 1) await lose('copies', 'a', copy);
    expect((await lose('copies', 'b', 9)).tripped).toBeUndefined();
  });

  it('forgets what is older than the window, on either side of a bucket', async () => {
    for (const [name, second] of [
      ['a', 0],
      ['b', 590],
      ['c', 610],
    ] as const)
      await lose('window', name, second);
    expect((await lose('window', 'd', 611)).tripped).toBeUndefined(); // b, c, d
    expect((await lose('window', 'e', 620)).tripped?.identities).toBe(4); // b, c, d, e
  });

  it('trips on a share of the cluster, from the number on from which shares count', async () => {
    expect((await lose('share', 'a', 0, 3)).tripped).toBeUndefined();
    expect((await lose('share', 'b', 1, 3)).tripped?.because).toBe(
      '2 identities of 3 known lost access within 600 s; the limit is 50 %',
    );
    await lose('half', 'a', 0, 4);
    expect((await lose('half', 'b', 1, 4)).tripped).toBeUndefined(); // Half is not more than half.
  });

  it('asks for the number of associations at the begin of the window, and only when it matters', async () => {
    const asked: string[] = [];
    const settings = { ...SETTINGS, percentFrom: 3 };
    for (const name of ['a', 'b', 'c', 'd']) {
      await brakes.countAgainstBreaker(
        { ...API, cluster: 'asked', serviceAccount: name },
        at(600),
        settings,
        async (then) => {
          asked.push(then);
          return 1000;
        },
      );
    }
    expect(asked).toEqual([at(0)]); // Neither for the first two, nor when the number alone decides.
  });

  it('goes on, counting anew, when somebody acknowledges', async () => {
    const cluster = { ...API, cluster: 'ack' };
    expect(await brakes.acknowledgeBreaker(cluster, 'bob', at(0))).toBe(false);
    for (const name of ['a', 'b', 'c', 'd']) await lose('ack', name, 0);
    expect(await brakes.acknowledgeBreaker(cluster, 'bob', at(1))).toBe(true);
    expect(await brakes.breaker(cluster)).toEqual({ generation: 1, acknowledged: { by: 'bob', at: at(1) } });
    for (const name of ['e', 'f', 'g']) expect((await lose('ack', name, 2)).tripped).toBeUndefined();
    expect((await lose('ack', 'h', 3)).tripped?.identities).toBe(4);
    expect(await brakes.acknowledgeBreaker(cluster, 'bob', at(4))).toBe(true);
  });

  it('trips once when many are lost at the same moment', async () => {
    const latches = await Promise.all(Array.from({ length: 12 }, (_, n) => lose('burst', `s${n}`, 0)));
    const because = new Set(latches.flatMap(({ tripped }) => tripped?.because ?? []));
    expect(because.size).toBe(1);
    expect((await brakes.breaker({ ...API, cluster: 'burst' })).tripped).toBeDefined();
  });

  it('has room for a full cluster in one window', async () => {
    const settings = { ...SETTINGS, identities: 5000, percentFrom: 5001 };
    for (let n = 0; n < 40; n += 1) await lose('full', `s${n}`, 0, 5000, settings);
    const stored = JSON.stringify([...(await windowOf('full'))]);
    expect((stored.length / 40) * 5000).toBeLessThan(200_000);
  });

  const windowOf = async (cluster: string): Promise<ReadonlySet<string>> => {
    const [row] = await openTable(dynamo.client, 'podid').all({
      pk: `BREAKER#arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}`,
      prefix: 'WINDOW#',
    });
    return row?.members instanceof Set ? row.members : new Set();
  };
});
