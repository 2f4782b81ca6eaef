import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExceptionRow } from '../../../functions/store/exceptions.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

const exception = (changed: Partial<ExceptionRow> = {}): Omit<ExceptionRow, 'ended'> => ({
  id: 'x-1',
  owner: 'team checkout',
  why: 'a migration',
  until: '2026-03-02T12:00:00.000Z',
  object: '*role/orders',
  reason: '*',
  facet: 'trust',
  by: 'ann',
  at: '2026-03-01T12:00:00.000Z',
  ...changed,
});

describe('the exceptions that people record', () => {
  let dynamo: Dynamo;
  let exceptions: Store['exceptions'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    exceptions = openStore(dynamo.client).exceptions;
  });
  afterAll(() => dynamo.close());

  it('are in force until their day, or until somebody ends them, who is named', async () => {
    expect(await exceptions.put(exception())).toBe(true);
    expect(await exceptions.put(exception({ id: 'x-2', until: '2026-03-03T14:00:00+02:00' }))).toBe(true);
    const ids = async (now: string) => (await exceptions.inForce(now)).map(({ id }) => id);
    expect(await ids('2026-03-02T11:59:59.999Z')).toEqual(['x-1', 'x-2']);
    expect(await ids('2026-03-02T12:00:00.000Z')).toEqual(['x-2']);
    expect(await ids('2026-03-03T12:00:00.000Z')).toEqual([]);
    expect(await exceptions.end('x-2', 'bob', '2026-03-01T13:00:00Z')).toBe(true);
    expect(await exceptions.end('x-2', 'cleo', '2026-03-01T14:00:00Z')).toBe(false);
    expect(await exceptions.end('x-9', 'cleo', '2026-03-01T14:00:00Z')).toBe(false);
    expect(await ids('2026-03-01T15:00:00.000Z')).toEqual(['x-1']);
    expect(await exceptions.get('x-2')).toMatchObject({ ended: { by: 'bob', at: '2026-03-01T13:00:00.000Z' } });
    expect(await exceptions.list()).toHaveLength(2);
  });

  it('are never written over, and are as the configuration has its own', async () => {
    await exceptions.put(exception({ id: 'x-3' }));
    expect(await exceptions.put(exception({ id: 'x-3', owner: 'somebody else' }))).toBe(false);
    const { by: _by, at: _at, ...plain } = exception({ id: 'x-3' });
    expect(await exceptions.inForce('2026-03-01T12:00:00.000Z')).toContainEqual(plain);
    expect(await exceptions.get('x-9')).toBeUndefined();
  });
});
