import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { roleArn } from './samples.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const WRITTEN = { digest: 'd1', at: '2026-03-01T12:00:30.000Z' };

describe('leases on roles', () => {
  let dynamo: Dynamo;
  let leases: Store['leases'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    leases = openStore(dynamo.client).leases;
  });
  afterAll(() => dynamo.close());

  it('are granted to exactly one of many that ask at once', async () => {
    const asked = Array.from({ length: 8 }, (_, n) => leases.acquire(roleArn('many'), `x-${n}`, NOW, 60));
    const granted = (await Promise.all(asked)).filter(({ outcome }) => outcome === 'granted');
    expect(granted).toHaveLength(1);
  });

  it('say who holds them, until they run out or are given back', async () => {
    const role = roleArn('whose');
    expect(await leases.holder(role, NOW)).toBeUndefined();
    await leases.acquire(role, 'a', NOW, 60);
    expect([await leases.holder(role, later(59)), await leases.holder(role, later(60))]).toEqual(['a', undefined]);
    await leases.release(role, 'a');
    expect(await leases.holder(role, NOW)).toBeUndefined();
  });

  it('are held until they run out, and renewed for their holder', async () => {
    const role = roleArn('held');
    expect(await leases.acquire(role, 'a', NOW, 60)).toEqual({ outcome: 'granted' });
    const held = { outcome: 'held', by: 'a', until: later(60).toISOString() };
    expect(await leases.acquire(role, 'b', later(59), 60)).toEqual(held);
    expect(await leases.acquire(role, 'a', later(59), 60)).toEqual({ outcome: 'granted' });
    expect(await leases.acquire(role, 'b', later(100), 60)).toMatchObject({ by: 'a', until: later(119).toISOString() });
    expect(await leases.acquire(role, 'b', later(119), 60)).toEqual({ outcome: 'granted' });
  });

  it('are given back by their holder alone, and keep the digest of what was written last', async () => {
    const role = roleArn('back');
    await leases.acquire(role, 'a', NOW, 60);
    expect(await leases.release(role, 'b', { digest: 'forged', at: WRITTEN.at })).toBe(false);
    expect(await leases.release(role, 'a', WRITTEN)).toBe(true);
    expect(await leases.release(role, 'a', { digest: 'again', at: WRITTEN.at })).toBe(false);
    expect(await leases.lastWritten(role)).toEqual(WRITTEN);
    expect(await leases.acquire(role, 'b', later(1), 60)).toEqual({ outcome: 'granted', lastWritten: WRITTEN });
    expect(await leases.release(role, 'b')).toBe(true);
    expect(await leases.lastWritten(role)).toEqual(WRITTEN);
  });

  it('that ran out and were taken by another are not given back', async () => {
    const role = roleArn('lost');
    await leases.acquire(role, 'a', NOW, 60);
    await leases.acquire(role, 'b', later(61), 60);
    expect(await leases.release(role, 'a', WRITTEN)).toBe(false);
    expect(await leases.lastWritten(role)).toBeUndefined();
    expect(await leases.acquire(role, 'c', later(62), 60)).toMatchObject({ outcome: 'held', by: 'b' });
  });
});
