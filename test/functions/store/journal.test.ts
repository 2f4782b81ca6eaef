import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import type { NewEntry } from '../../../functions/store/journal.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

const entry = (changed: Partial<NewEntry> = {}): NewEntry => ({
  subject: 'r-1',
  at: '2026-03-01T12:00:00.000Z',
  kind: 'intent',
  step: 'cut-sessions',
  object: 'role/orders',
  by: 'plan-cuts',
  text: 'Deny.',
  ...changed,
});

describe('the journal', () => {
  let dynamo: Dynamo;
  let journal: Store['journal'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    journal = openStore(dynamo.client).journal;
  });
  afterAll(() => dynamo.close());

  it('keeps the first of what is told twice, though the second is told later and in other words', async () => {
    await journal.append([entry({ subject: 'twice' })]);
    await journal.append([entry({ subject: 'twice', at: '2026-03-01T12:05:00.000Z', text: 'Deny again.' })]);
    expect(await journal.of('twice')).toEqual([entry({ subject: 'twice' })]);
  });

  it.each([
    ['kind', { kind: 'accepted' }],
    ['step', { step: 'lift-deny' }],
    ['object', { object: 'role/other' }],
    ['round', { round: 2 }],
  ] as const)('keeps both when their %s differs', async (field, changed) => {
    const subject = `differs in ${field}`;
    await journal.append([entry({ subject }), entry({ subject, ...changed })]);
    expect(await journal.of(subject)).toHaveLength(2);
  });

  it('reads in the order of time; at one instant the intent comes first and the outcome last', async () => {
    const subject = 'order';
    const kinds = ['outcome', 'intent', 'presumed-effective', 'accepted'] as const;
    await journal.append([
      ...kinds.map((kind) => entry({ subject, kind })),
      entry({ subject, kind: 'note', at: '2026-03-01T13:00:00+02:00' }),
    ]);
    expect((await journal.of(subject)).map(({ kind }) => kind)).toEqual([
      'note',
      'intent',
      'accepted',
      'presumed-effective',
      'outcome',
    ]);
  });

  it('takes more entries than it writes at once, with details', async () => {
    const entries = Array.from({ length: 35 }, (_, round) => entry({ subject: 'many', round, details: { round } }));
    await journal.append(entries);
    const stored = await journal.of('many');
    expect(stored.map(({ details }) => JSON.stringify(details)).sort()).toEqual(
      entries.map(({ details }) => JSON.stringify(details)).sort(),
    );
  });
});
