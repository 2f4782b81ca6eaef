import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThatCrashes } from './interrupted.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const DAY = 24 * 3600;
const request = (key: string, requestHash = 'h1', caller = 'idp|ann') => ({ caller, key, requestHash });
const answer = { status: 201, headers: { etag: '"1"' }, body: '{"id":"g-1"}' };

describe('answers under an Idempotency-Key', () => {
  let dynamo: Dynamo;
  let answers: Store['answers'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    answers = openStore(dynamo.client).answers;
  });
  afterAll(() => dynamo.close());

  it('are given again to the same request', async () => {
    expect(await answers.ask(request('a'), NOW)).toEqual({ outcome: 'begin', token: 1 });
    expect(await answers.ask(request('a'), later(59))).toEqual({ outcome: 'in-progress' });
    expect(await answers.finish(request('a'), 1, answer)).toBe(true);
    expect(await answers.ask(request('a'), later(61))).toEqual({ outcome: 'answered', answer });
  });

  it('are a conflict for another request, in progress or answered; other keys and callers are none of them', async () => {
    await answers.ask(request('b'), NOW);
    expect(await answers.ask(request('b', 'h2'), NOW)).toEqual({ outcome: 'conflict' });
    await answers.finish(request('b'), 1, answer);
    expect(await answers.ask(request('b', 'h2'), NOW)).toEqual({ outcome: 'conflict' });
    expect(await answers.ask(request('b', 'h2', 'idp|bob'), NOW)).toMatchObject({ outcome: 'begin' });
    expect(await answers.ask(request('b2', 'h2'), NOW)).toMatchObject({ outcome: 'begin' });
  });

  it('begin for one of many that ask at the same time', async () => {
    const asked = await Promise.all([1, 2, 3, 4, 5].map(() => answers.ask(request('c'), NOW)));
    expect(asked.map(({ outcome }) => outcome).sort()).toEqual(['begin', ...Array(4).fill('in-progress')]);
  });

  it('that never came are taken over after a minute, and come too late then', async () => {
    await answers.ask(request('d'), NOW);
    expect(await answers.ask(request('d'), later(60))).toEqual({ outcome: 'begin', token: 2 });
    expect(await answers.finish(request('d'), 1, { ...answer, status: 500 })).toBe(false);
    expect(await answers.finish(request('d'), 2, answer)).toBe(true);
    expect(await answers.finish(request('d'), 2, { ...answer, status: 500 })).toBe(false);
    expect(await answers.ask(request('d'), later(120))).toEqual({ outcome: 'answered', answer });
  });

  it('that failed are asked for again at once, by the same request only', async () => {
    await answers.ask(request('g'), NOW);
    expect(await answers.giveBack(request('g'), 1)).toBe(true);
    // Whoever gives back twice, or keeps an answer after it, comes too late.
    expect(await answers.giveBack(request('g'), 1)).toBe(false);
    expect(await answers.finish(request('g'), 1, answer)).toBe(false);
    expect(await answers.ask(request('g', 'h2'), later(1))).toEqual({ outcome: 'conflict' });
    expect(await answers.ask(request('g'), later(1))).toEqual({ outcome: 'begin', token: 3 });
    expect(await answers.ask(request('g'), later(2))).toEqual({ outcome: 'in-progress' });
    expect(await answers.finish(request('g'), 3, answer)).toBe(true);
    expect(await answers.ask(request('g'), later(3))).toEqual({ outcome: 'answered', answer });
    expect(await answers.giveBack(request('nobody'), 1)).toBe(false);
  });

  it('are void after a day, whether or not the row is gone', async () => {
    await answers.ask(request('e'), NOW);
    await answers.finish(request('e'), 1, answer);
    expect(await answers.ask(request('e', 'h2'), later(DAY - 1))).toEqual({ outcome: 'conflict' });
    expect(await answers.ask(request('e', 'h2'), later(DAY))).toMatchObject({ outcome: 'begin' });
    expect(await answers.ask(request('e'), later(DAY))).toEqual({ outcome: 'conflict' });
  });

  it('may be longer than a row; one that was half written was never given', async () => {
    const long = { ...answer, body: 'é'.repeat(300_000) };
    await answers.ask(request('f'), NOW);
    const crashing = await clientThatCrashes(dynamo, '#2"');
    await expect(openStore(crashing).answers.finish(request('f'), 1, long)).rejects.toThrow();
    crashing.destroy();
    expect(await answers.ask(request('f'), later(1))).toEqual({ outcome: 'in-progress' });
    expect(await answers.finish(request('f'), 1, long)).toBe(true);
    expect(await answers.ask(request('f'), later(2))).toEqual({ outcome: 'answered', answer: long });
  });
});
