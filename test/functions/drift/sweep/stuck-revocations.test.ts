/** Revocations whose start was lost are started; those whose execution is over without a record are told. */
import { describe, expect, test } from '@jest/globals';
import { stuckRevocations } from '../../../../functions/drift/sweep/stuck-revocations.ts';
import type { RevocationRow } from '../../../../functions/store/revocation-row.ts';
import { identity, roleArn } from './world.ts';

const NOW = new Date('2026-03-10T12:00:00.000Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();

const row = (id: string, minutes: number, more: Partial<RevocationRow> = {}): RevocationRow => ({
  revocation: {
    ...{ id, cause: 'association-deleted', identity: identity('api'), associationId: 'a-1', mode: 'remediate' },
    ...{ since: ago(minutes), attempt: 1, actor: { type: 'IAMUser', eventId: 'e-1' } },
    former: { associationId: 'a-1', associationArn: 'arn:a-1', roleArn: roleArn('orders'), disableSessionTags: false },
  },
  status: 'running',
  startedAt: ago(minutes),
  ...more,
});

const over = async (rows: readonly RevocationRow[], ended: readonly string[] = [], pages = 1) => {
  const started: unknown[] = [];
  let asked = 0;
  const { found, complete } = await stuckRevocations({
    store: {
      revocations: {
        list: async () => {
          asked += 1;
          return { revocations: asked === 1 ? rows : [], ...(asked < pages && { next: `page ${asked}` }) };
        },
      },
    },
    start: async (machine, name, input) => {
      started.push([machine, name, Object(input).id]);
      return true;
    },
    hasEnded: async (machine, name) => machine === 'revoke' && ended.includes(name),
    now: () => NOW,
  });
  return { started, told: found.map(({ reason, subject }) => [reason, subject]), complete, asked, found };
};

describe('a revocation that says it runs', () => {
  test('and is over is told', async () => {
    const { started, told, found } = await over([row('r-1-1', 20)], ['r-1-1']);
    expect({ started, told }).toEqual({ started: [], told: [['RevocationStuck', 'r-1-1']] });
    expect(found[0]?.sentence).toMatch(
      /^The execution of revocation r-1-1 of checkout\/api in cluster .* is over without a record/,
    );
  });
  test('and was perhaps never started is started, under its own name', async () => {
    const { started, told } = await over([row('r-1-1', 20)]);
    expect({ started, told }).toEqual({ started: [['revoke', 'r-1-1', 'r-1-1']], told: [] });
  });
  test.each([
    ['begun a moment ago', row('r-1-1', 14)],
    ['that has ended', row('r-1-1', 20, { status: 'ended', endedAt: ago(1), outcome: 'failed' })],
  ])('%s is nobody’s business', async (_what, one) => {
    expect(await over([one], ['r-1-1'])).toMatchObject({ started: [], told: [] });
  });
});

test('looks a week back, and says when that was not all', async () => {
  expect(await over([row('r-1-1', 20)], [], 3)).toMatchObject({ complete: true, asked: 3 });
  expect(await over([row('r-old', 8 * 24 * 60)], ['r-old'], 3)).toMatchObject({ complete: true, asked: 1 });
  expect(await over([row('r-1-1', 20)], [], 1000)).toMatchObject({ complete: false, asked: 50 });
});
