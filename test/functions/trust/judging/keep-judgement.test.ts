/** What a judgement has opened or resolved is told to the world: once per change, under an id that stays the same. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FindingDetail, type LifecycleEvent } from '../../../../functions/lifecycle.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Keeping, keepJudgement } from '../../../../functions/trust/judging/keep-judgement.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { roleArn } from '../../store/samples.ts';

const ROLE = roleArn('orders');
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString();
const broad = {
  reason: 'TrustTooBroad',
  severity: 'error',
  sentence: 'Others can use it.',
  remedy: 'Narrow it.',
} as const;

let dynamo: Dynamo;
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
});
afterAll(() => dynamo.close());

/** Keeps a judgement, and says what was told and counted. */
const judged = async (minute: number, found: readonly (typeof broad)[], change: Partial<Keeping> = {}) => {
  const told: LifecycleEvent[] = [];
  const counted: string[] = [];
  const keeping: Keeping = {
    store,
    count: (metric) => counted.push(metric),
    tell: async (events) => void told.push(...events),
    at: at(minute),
    cause: { kind: 'RoleTrustChanged' },
    ...change,
  };
  await keepJudgement(keeping, ROLE, { found, complete: true });
  return { told: told.map(({ kind, detail }) => [kind, FindingDetail.parse(detail)] as const), counted };
};

test('opened, still there, resolved, opened again', async () => {
  const opened = await judged(0, [broad]);
  const [finding] = await store.findings.of(ROLE);
  const id = finding?.id ?? '';
  const { reason, severity, sentence, remedy } = broad;
  expect(opened).toEqual({
    told: [
      [
        'Finding Opened',
        {
          schema: 1,
          id: `${id}/opened/${at(0)}`,
          at: at(0),
          finding: { id, object: ROLE, reason, severity, sentence, remedy },
        },
      ],
    ],
    counted: ['TrustTooBroad'],
  });
  // The same judgement again, after a crash: the same event, so whoever listens can tell.
  expect((await judged(0, [broad])).told).toEqual(opened.told);
  expect((await judged(1, [broad])).told).toEqual([]);
  const resolved = await judged(2, []);
  expect(resolved.told).toEqual([
    ['Finding Resolved', expect.objectContaining({ id: `${id}/resolved/${at(2)}`, at: at(2) })],
  ]);
  expect((await judged(3, [])).told).toEqual([]);
  expect((await judged(4, [broad])).told).toEqual([
    ['Finding Opened', expect.objectContaining({ id: `${id}/opened/${at(4)}` })],
  ]);
});

test('an older judgement that comes late says nothing', async () => {
  expect((await judged(1, [])).told).toEqual([]);
});

test('it is told when it is on record, not before', async () => {
  const tell: Keeping['tell'] = async (events) => {
    const rows = await store.findings.of(ROLE);
    expect(rows.map(({ state }) => state)).toEqual(['resolved']);
    expect(events).toHaveLength(1);
    throw new Error('told');
  };
  await expect(judged(5, [], { tell })).rejects.toThrow('told');
});
