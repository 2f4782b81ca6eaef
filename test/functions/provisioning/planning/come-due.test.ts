/** What is due of grants while the kill switch holds their ends, too. */
import { expect, test } from '@jest/globals';
import { comeDue, type Sweeping } from '../../../../functions/provisioning/planning/come-due.ts';

const at = '2026-11-21T12:00:00.000Z';
const row = { due: 'expire', at, grantId: 'g-00000000000000a1', version: 1, expireAt: at };

const around = (endsHeld: boolean, done: string[]) =>
  ({
    now: () => new Date(at),
    hasTime: () => false,
    endsHeld,
    store: {
      due: {
        until: async () => ({ rows: [row] }),
        done: async ({ due }: { due: string }) => {
          done.push(due);
        },
      },
    },
    grants: {
      get: async () => {
        throw new Error('asked for');
      },
    },
  }) as unknown as Sweeping;

test('an end that is held is neither done nor failed, and so due again', async () => {
  const done: string[] = [];
  expect(await comeDue(around(true, done))).toMatchObject({ done: 0, failed: [] });
  expect(done).toEqual([]);
});

test('without that it goes its way', async () => {
  const { failed } = await comeDue(around(false, []));
  expect(failed).toEqual([expect.stringContaining('asked for')]);
});
