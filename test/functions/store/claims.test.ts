import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Holds } from '../../../functions/store/claims.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThat, clientThatCrashes } from './interrupted.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const all: Holds = async () => true;
const none: Holds = async () => false;
const CLAIMED = { outcome: 'claimed' };

describe('claims', () => {
  let dynamo: Dynamo;
  let claims: Store['claims'];
  let uses = 0;
  /** Identities that no other test has. */
  const some = (...names: string[]): string[] => names.map((name) => `${uses}/${name}`);
  const claimants = (keys: readonly string[]) => Promise.all(keys.map((key) => claims.claimant(key)));
  beforeAll(async () => {
    dynamo = await startDynamo();
    claims = openStore(dynamo.client).claims;
  });
  afterAll(() => dynamo.close());

  it('are all or none', async () => {
    uses += 1;
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${uses}/${name}`);
    expect(await claims.claim(some('c'), 'g-1', NOW, all)).toEqual(CLAIMED);
    expect(await claims.claim(some('d', 'c', 'b', 'a'), 'g-2', later(100), all)).toEqual({
      outcome: 'taken',
      identity: c,
      by: 'g-1',
    });
    expect(await claimants(some('a', 'b', 'c', 'd'))).toEqual([undefined, undefined, 'g-1', undefined]);
    expect(await claims.claim([a, b, d].map(String), 'g-3', later(100), all)).toEqual(CLAIMED);
    expect(await claimants(some('a', 'b', 'c', 'd'))).toEqual(['g-3', 'g-3', 'g-1', 'g-3']);
  });

  it('can be claimed again by the grant that has them, and stay its own when others of it are taken', async () => {
    uses += 1;
    await claims.claim(some('a', 'b'), 'g-1', NOW, all);
    await claims.claim(some('c'), 'g-2', NOW, all);
    expect(await claims.claim(some('a', 'b'), 'g-1', later(1), all)).toEqual(CLAIMED);
    expect(await claims.claim(some('a', 'b', 'c'), 'g-1', later(1), all)).toMatchObject({ by: 'g-2' });
    expect(await claimants(some('a', 'b', 'c'))).toEqual(['g-1', 'g-1', 'g-2']);
  });

  it('are given back by the grant that has them alone', async () => {
    uses += 1;
    await claims.claim(some('a', 'b'), 'g-1', NOW, all);
    await claims.release(some('a', 'b'), 'g-2', NOW);
    expect(await claimants(some('a', 'b'))).toEqual(['g-1', 'g-1']);
    await claims.release(some('a', 'x'), 'g-1', NOW);
    expect(await claimants(some('a', 'b', 'x'))).toEqual([undefined, 'g-1', undefined]);
    expect(await claims.claim(some('a'), 'g-2', NOW, all)).toEqual(CLAIMED);
  });

  it('go to exactly one of many that want overlapping ones at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      uses += 1;
      const wanted = [some('a', 'b', 'c'), some('c', 'b', 'a'), some('b', 'c', 'a')];
      const answers = await Promise.all(wanted.map((keys, n) => claims.claim(keys, `g-${n}`, NOW, all)));
      const winners = answers.flatMap(({ outcome }, n) => (outcome === 'claimed' ? [`g-${n}`] : []));
      expect(winners).toHaveLength(1);
      expect(new Set(await claimants(some('a', 'b', 'c')))).toEqual(new Set(winners));
    }
  });

  it('of a grant that does not hold them count as free, once they need not be believed', async () => {
    uses += 1;
    await claims.claim(some('a'), 'g-1', NOW, none);
    expect(await claims.claim(some('a'), 'g-2', later(59), none)).toMatchObject({ outcome: 'taken', by: 'g-1' });
    const asked: string[] = [];
    const holds: Holds = async (grantId, identity) => {
      asked.push(`${grantId} ${identity}`);
      return false;
    };
    expect(await claims.claim(some('a'), 'g-2', later(60), holds)).toEqual(CLAIMED);
    expect(asked).toEqual([`g-1 ${uses}/a`]);
    expect(await claims.claim(some('a'), 'g-3', later(500), all)).toMatchObject({ outcome: 'taken', by: 'g-2' });
  });

  it('that were left by a crash in between are taken up by the same grant, and by others later', async () => {
    uses += 1;
    const crashing = await clientThatCrashes(dynamo, `${uses}/b`);
    const { claim } = openStore(crashing).claims;
    await expect(claim(some('a', 'b'), 'g-1', NOW, all)).rejects.toThrow();
    crashing.destroy();
    expect(await claimants(some('a', 'b'))).toEqual(['g-1', undefined]);
    expect(await claims.claim(some('b', 'a'), 'g-2', later(10), none)).toMatchObject({ by: 'g-1' });
    expect(await claimants(some('a', 'b'))).toEqual(['g-1', undefined]);
    expect(await claims.claim(some('a', 'b'), 'g-2', later(60), none)).toEqual(CLAIMED);
    expect(await claims.claim(some('a', 'b'), 'g-1', later(61), all)).toMatchObject({ by: 'g-2' });
  });

  it('are not taken for stale once their grant has claimed them again', async () => {
    uses += 1;
    await claims.claim(some('a'), 'g-1', NOW, all);
    const slow = await clientThat(dynamo, `${uses}/a`, async () => {
      await claims.claim(some('a'), 'g-1', later(60), all);
    });
    expect(await openStore(slow).claims.claim(some('a'), 'g-2', later(61), none)).toMatchObject({ by: 'g-1' });
    slow.destroy();
    expect(await claimants(some('a'))).toEqual(['g-1']);
  });
});
