import './quiet.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Failure } from '../../../functions/runtime/errors.ts';
import { eventEntry } from '../../../functions/runtime/event-entry.ts';
import { fixture, fixtures } from '../../events/fixtures.ts';
import { type Dynamo, startDynamo } from '../store/dynalite.ts';
import { context } from './context.ts';

const DELETED = fixture('association-deleted');

describe('a function that answers events', () => {
  let dynamo: Dynamo;
  beforeAll(async () => {
    dynamo = await startDynamo();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: dynamo.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  afterAll(() => dynamo.close());

  const run = jest.fn(async (change: { associationId: string }) => ({ answered: change.associationId }));
  const handler = eventEntry('AssociationDeleted', run);
  let functions = 0;
  let name = '';
  beforeEach(() => {
    run.mockClear();
    // Another function's answers don't count: each test has a function of its own.
    functions += 1;
    name = `podid-${functions}`;
  });

  it('answers a copy of an event as it answered the first, without doing it again', async () => {
    const first = await handler(DELETED, context(name));
    expect(first).toEqual({ answered: 'a-9njjin9gfghecgocd' });
    expect(await handler(fixture('association-deleted-again'), context(name))).toEqual(first);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('does not take the answer of another function for its own', async () => {
    await handler(DELETED, context(name));
    await handler(DELETED, context(`${name}-other`));
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('tries again what failed', async () => {
    run.mockRejectedValueOnce(new Failure('Throttled', 'slow down'));
    await expect(handler(DELETED, context(name))).rejects.toMatchObject({ name: 'Throttled' });
    expect(await handler(DELETED, context(name))).toEqual({ answered: 'a-9njjin9gfghecgocd' });
  });

  it('ignores every fixture that is no deletion, with the reason, and fails every malformed one by name', async () => {
    const answered: string[] = [];
    for (const { file, event, follows } of fixtures) {
      const answer = handler(event, context(name));
      if ('malformed' in follows) {
        await expect(answer).rejects.toMatchObject({
          name: 'EventMalformed',
          message: expect.stringContaining(String(follows.malformed)),
          cause: expect.anything(),
        });
      } else if (follows.kind === 'AssociationDeleted') {
        expect(await answer).toEqual({ answered: 'a-9njjin9gfghecgocd' });
        answered.push(file);
      } else if (follows.kind === 'NoChange') {
        expect(await answer).toEqual({ ignored: expect.stringContaining(String(follows.because)) });
      } else {
        expect(await answer).toEqual({
          ignored: `this function answers AssociationDeleted, not ${String(follows.kind)}`,
        });
      }
    }
    // One pair is the same event twice.
    expect(run).toHaveBeenCalledTimes(answered.length - 1);
  });

  it('answers several kinds, each as what it is', async () => {
    const seen: string[] = [];
    const several = eventEntry(['RoleTrustChanged', 'RolePolicyChanged'], async (change) => {
      // What both have, and what only one has.
      seen.push(`${change.role.name} ${change.kind === 'RolePolicyChanged' ? change.what : typeof change.trust}`);
      return { answered: change.kind };
    });
    expect(await several(fixture('role-trust-changed'), context(name))).toEqual({ answered: 'RoleTrustChanged' });
    expect(await several(fixture('role-policy-put'), context(name))).toEqual({ answered: 'RolePolicyChanged' });
    expect(await several(fixture('role-deleted'), context(name))).toEqual({
      ignored: 'this function answers RoleTrustChanged, RolePolicyChanged, not RoleDeleted',
    });
    expect(seen).toEqual(['orders-reader string', 'orders-reader put']);
  });
});
