import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../functions/identity.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import type { Came, Doing } from '../../../functions/store/made.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, roleArn } from './samples.ts';

const second = (n: number): string => `2026-11-21T12:00:${String(n).padStart(2, '0')}.000Z`;
const saying = (n: number) => ({ at: second(n), by: 'provision', text: 'So.' });

describe('what a grant has made', () => {
  let dynamo: Dynamo;
  let store: Store;
  beforeAll(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
  });
  afterAll(() => dynamo.close());

  const role = (grantId: string, name: string, execution = 'p1'): Doing => ({
    grantId,
    execution,
    step: 'apply-role',
    what: 'role',
    object: roleArn(name),
  });
  const association = (grantId: string, execution = 'p1'): Doing => ({
    grantId,
    execution,
    step: 'associate',
    what: 'association',
    object: identityKey(API),
  });
  const act = async (doing: Doing, n: number, came: Came, id?: string) => {
    await store.made.intend(doing, saying(n));
    await store.made.came(doing, { ...saying(n + 1), came, ...(id !== undefined && { id }) });
  };

  it('is told by its intents, the newest first, each with what came of it', async () => {
    await store.made.intend(role('g-a', 'one'), { ...saying(1), details: { before: null } });
    await store.made.came(role('g-a', 'one'), { ...saying(2), came: 'created', details: { roleId: 'AROA' } });
    await store.made.intend(association('g-a'), saying(3));
    expect(await store.made.of('g-a')).toEqual([
      { ...association('g-a'), intendedAt: second(3), answers: [] },
      {
        ...role('g-a', 'one'),
        intendedAt: second(1),
        details: { before: null },
        answers: [{ came: 'created', at: second(2), details: { roleId: 'AROA' } }],
      },
    ]);
    expect(await store.made.of('g-none')).toEqual([]);
  });

  it('is told once, however often a step runs again', async () => {
    await act(role('g-b', 'one'), 1, 'created');
    await act(role('g-b', 'one'), 5, 'created');
    const [only, ...others] = await store.made.of('g-b');
    expect([only?.intendedAt, only?.answers, others]).toEqual([second(1), [{ came: 'created', at: second(2) }], []]);
  });

  it('has one intent an execution, step and object, read without the others', async () => {
    await store.made.intend(role('g-i', 'one', 'p1'), { ...saying(1), details: { for: 'p1' } });
    await store.made.came(role('g-i', 'one', 'p1'), { ...saying(2), came: 'created', details: { not: 'this' } });
    await store.made.intend(role('g-i', 'one', 'p2'), { ...saying(3), details: { for: 'p2' } });
    expect(await store.made.intended(role('g-i', 'one', 'p1'))).toEqual({
      intendedAt: second(1),
      details: { for: 'p1' },
    });
    expect(await store.made.intended(role('g-i', 'one', 'p2'))).toMatchObject({ details: { for: 'p2' } });
    for (const other of [
      role('g-i', 'two', 'p1'),
      role('g-j', 'one', 'p1'),
      { ...role('g-i', 'one'), step: 'undo-grant' },
    ]) {
      expect(await store.made.intended(other)).toBeUndefined();
    }
  });

  it('is told apart by execution and step', async () => {
    await act(role('g-c', 'one', 'p1'), 1, 'failed');
    await act(role('g-c', 'one', 'p2'), 3, 'created');
    await store.made.came(role('g-c', 'one', 'p2'), { ...saying(5), came: 'undone' });
    const acts = await store.made.of('g-c');
    expect(acts.map(({ execution, answers }) => [execution, answers.map(({ came }) => came)])).toEqual([
      ['p2', ['created', 'undone']],
      ['p1', ['failed']],
    ]);
  });

  it('is gone in the end, though it was left at first', async () => {
    await act(role('g-left', 'one'), 1, 'created');
    await store.made.came(role('g-left', 'one'), { ...saying(3), came: 'left' });
    await store.made.came(role('g-left', 'one'), { ...saying(4), came: 'undone' });
    expect(await store.made.standing('g-left')).toEqual([]);
  });

  it.each<[string, [Came, string?][], string[]]>([
    ['created', [['created', 'a-1']], ['a-1']],
    ['adopted', [['adopted', 'a-1']], ['a-1']],
    ['of somebody else, and updated', [['updated', 'a-1']], []],
    ['there already as it should be', [['kept', 'a-1']], []],
    ['refused', [['refused']], []],
    [
      'created and updated',
      [
        ['created', 'a-1'],
        ['updated', 'a-1'],
      ],
      ['a-1'],
    ],
    ['created and undone', [['created', 'a-1'], ['undone']], []],
    ['created and gone', [['created', 'a-1'], ['gone']], []],
    ['created and left', [['created', 'a-1'], ['left']], ['a-1']],
    ['created and quarantined', [['created', 'a-1'], ['quarantined']], ['a-1']],
    ['created, undone, and created again', [['created', 'a-1'], ['undone'], ['created', 'a-2']], ['a-2']],
  ])('stands or not: %s', async (name, story, standing) => {
    const grantId = `g-${name}`;
    for (const [n, [came, id]] of story.entries()) await act(association(grantId, `p${n}`), 2 * n, came, id);
    expect(await store.made.standing(grantId)).toEqual(standing);
  });

  it('has roles by their ARNs beside associations, and not what was only intended', async () => {
    await act(role('g-d', 'two'), 1, 'created');
    await act(association('g-d'), 3, 'created', 'a-1');
    await store.made.intend(role('g-d', 'three'), saying(5));
    expect(await store.made.standing('g-d')).toEqual(['a-1', roleArn('two')]);
  });

  it('is part of the journal, whose other entries are none of its acts', async () => {
    const note = { subject: 'g-e', at: second(1), kind: 'note', step: 'plan-grant', object: 'x', by: 'y', text: 'Z.' };
    await store.journal.append([{ ...note, kind: 'note', details: { came: 'created' } }]);
    await act(role('g-e', 'one'), 2, 'created');
    expect((await store.journal.of('g-e')).map(({ kind }) => kind)).toEqual(['note', 'intent', 'accepted']);
    expect(await store.made.of('g-e')).toHaveLength(1);
  });

  it('is an error when an act of it cannot be read: a role could be forgotten', async () => {
    const broken = { subject: 'g-f', at: second(1), step: 'apply-role', object: 'x', by: 'y', text: 'Z.' };
    await store.journal.append([{ ...broken, kind: 'intent', details: { act: 'intended' } }]);
    await expect(store.made.of('g-f')).rejects.toMatchObject({ name: 'RowMalformed' });
    await expect(store.made.standing('g-f')).rejects.toMatchObject({ name: 'RowMalformed' });
  });
});
