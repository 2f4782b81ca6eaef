import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Decision } from '../../../functions/drift/replay/index.ts';
import { openStore } from '../../../functions/store/index.ts';
import { decided } from '../drift/replay/made.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThatCrashes } from './interrupted.ts';

let dynamo: Dynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(async () => dynamo.close());

const decisions = () => openStore(dynamo.client).decisions(Decision);
const { decision: FIRST, text: TEXT } = decided();
const made = (id: string, change: Partial<Decision> = {}): Decision => ({ ...FIRST, id, ...change });
const all = async (from: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of decisions().since(from)) ids.push(id);
  return ids;
};

describe('a decision', () => {
  it('is kept once, and found by its events with what it was made from', async () => {
    const decision = made('d-kept', { eventIds: ['e-kept', 'e-more'] });
    expect(await decisions().keep(decision, TEXT)).toBe(true);
    expect(await decisions().keep({ ...decision, wrote: [] }, 'another')).toBe(false);
    for (const eventId of decision.eventIds) expect(await decisions().ofEvent(eventId)).toEqual([decision]);
    expect(await decisions().get('d-kept')).toEqual(decision);
    expect(await decisions().snapshot(decision)).toBe(TEXT);
  });

  it('that nobody made is none', async () => {
    expect(await decisions().ofEvent('e-never')).toEqual([]);
    expect(await decisions().snapshot({ id: 'd-never' })).toBeUndefined();
  });

  it('of a snapshot that is too long for a row is read back whole', async () => {
    const text = JSON.stringify({ long: 'é'.repeat(500_000) });
    await decisions().keep(made('d-long'), text);
    expect(await decisions().snapshot({ id: 'd-long' })).toBe(text);
  });

  it('that was half kept is none, and is kept by who tries again', async () => {
    const decision = made('d-crashed', { eventIds: ['e-crashed'] });
    const crashing = openStore(await clientThatCrashes(dynamo, 'DECISION#d-crashed')).decisions(Decision);
    await expect(crashing.keep(decision, TEXT)).rejects.toThrow();
    expect(await decisions().ofEvent('e-crashed')).toEqual([]);
    expect(await decisions().keep(decision, TEXT)).toBe(true);
    expect(await decisions().ofEvent('e-crashed')).toEqual([decision]);
  });

  it('shares its text with others of the same days', async () => {
    const text = '{"shared":true}';
    const before = (await rows()).filter(({ piece }) => piece === text).length;
    for (const id of ['d-s1', 'd-s2', 'd-s3']) await decisions().keep(made(id), text);
    expect((await rows()).filter(({ piece }) => piece === text).length - before).toBe(1);
    // It is there at least as long as each decision.
    const ends = (await rows()).filter(({ pk, piece }) => piece === text || /DECISION#d-s/.test(pk));
    const [textEnd = 0] = ends.filter(({ piece }) => piece === text).map(({ expiresAt }) => expiresAt);
    for (const { expiresAt } of ends) expect(textEnd).toBeGreaterThanOrEqual(expiresAt);
  });
});

it('since an instant there are those from it on, in the order of time, over pages and shards', async () => {
  const at = (minute: number): string => new Date(Date.UTC(2027, 0, 1, 0, minute)).toISOString();
  const order = Array.from({ length: 130 }, (_, index) => (index * 37) % 130);
  for (const minute of order)
    await decisions().keep(made(`d-${String(minute).padStart(3, '0')}`, { at: at(minute) }), TEXT);
  const expected = Array.from({ length: 130 }, (_, minute) => `d-${String(minute).padStart(3, '0')}`);
  expect(await all(at(0))).toEqual(expected);
  expect(await all(at(100))).toEqual(expected.slice(100));
  expect(await all(at(1000))).toEqual([]);
}, 60_000);

const rows = async (): Promise<{ pk: string; piece?: string; expiresAt: number }[]> => {
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const { Items = [] } = await dynamo.client.send(new ScanCommand({ TableName: 'podid' }));
  return Items.map(({ pk, piece, expiresAt }) => ({
    pk: pk?.S ?? '',
    ...(piece?.S !== undefined && { piece: piece.S }),
    expiresAt: Number(expiresAt?.N),
  }));
};
