/** What follows from a judgement, on DynamoDB in memory: which lease, which entry in the journal, which input for the spoke. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { FindingRow } from '../../../../functions/store/finding-row.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { digestOf } from '../../../../functions/trust/digest.ts';
import { type Judgement, nextAfter } from '../../../../functions/trust/judging/next-after.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { cause, config, LOOK, present, role, trust, use } from './samples.ts';

let dynamo: Dynamo;
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
});
afterAll(() => dynamo.close());

/** Seconds after the change that is the cause. */
const later = (seconds: number): Date => new Date(Date.parse(cause().at) + seconds * 1000);

const broad: FindingRow = {
  id: 'f-1',
  object: role('orders'),
  reason: 'TrustTooBroad',
  severity: 'error',
  sentence: 'x',
  state: 'open',
  openedAt: cause().at,
  openedBy: { kind: 'RoleTrustChanged' },
  seenAt: cause().at,
  timesSeen: 1,
  timesOpened: 1,
  earlier: [],
  version: 1,
};

const after = (roleArn: string, change: Partial<Judgement> = {}) =>
  nextAfter({
    store,
    config: config(),
    role: { roleArn, id: 'x-1', cause: cause() },
    look: LOOK,
    read: present(roleArn, trust()),
    uses: [use('api'), use('job', { sourceRoleArn: role('other') })],
    kept: { opened: [broad], still: [], resolved: [], superseded: false },
    held: undefined,
    now: later(31),
    ...change,
  });
const journal = async (roleArn: string) => (await store.journal.of(roleArn)).map(({ kind, by }) => `${kind} by ${by}`);

it('waits until the change has settled, and for no longer', async () => {
  const at = async (seconds: number) => (await after(role('settling'), { now: later(seconds) })).waitSeconds;
  expect(await after(role('settling'), { now: later(3) })).toMatchObject({ next: 'wait', waitSeconds: 27, open: 1 });
  expect(await at(29.9)).toBe(1);
  // A clock that is wrong must not make it wait for ever.
  expect(await at(-3600)).toBe(30);
  expect(await journal(role('settling'))).toEqual([]);
  expect(await store.leases.acquire(role('settling'), 'other', later(0), 60)).toEqual({ outcome: 'granted' });
});

it('then has the lease and the intent in the journal, and names the identities of the role itself', async () => {
  const arn = role('settled');
  const next = await after(arn);
  expect(next).toMatchObject({
    next: 'tighten',
    look: { rounds: 1 },
    tighten: {
      account: '111122223333',
      region: 'eu-central-1',
      input: { roleArn: arn, digest: digestOf(trust()), identities: [use('api').identity], asker: 'x-1' },
    },
  });
  expect(await store.leases.acquire(arn, 'other', later(32), 60)).toMatchObject({ outcome: 'held', by: 'x-1' });
  expect(await journal(arn)).toEqual(['intent by judge-role']);
  // The same again, after a crash: the same answer, and one entry.
  expect(await after(arn)).toEqual(next);
  expect(await journal(arn)).toEqual(['intent by judge-role']);
});

it('gives the lease back when somebody wrote between the reading and the lease', async () => {
  const arn = role('overtaken');
  await store.leases.acquire(arn, 'other', later(20), 60);
  await store.leases.release(arn, 'other', { digest: digestOf(trust('api')), at: later(30).toISOString() });
  expect(await after(arn)).toMatchObject({ next: 'wait' });
  expect(await journal(arn)).toEqual([]);
  expect(await store.leases.acquire(arn, 'third', later(32), 60)).toMatchObject({ outcome: 'granted' });
});

it.each<[string, Partial<Judgement>, RegExp]>([
  ['a newer judgement was kept', { kept: { opened: [], still: [], resolved: [], superseded: true } }, /newer/],
  ['nothing is too broad', { kept: { opened: [], still: [], resolved: [broad], superseded: false } }, /no broader/],
  ['something holds it back', { held: 'Because.' }, /^Because\.$/],
])('ends when %s', async (_title, change, because) => {
  const next = await after(role('ended'), change);
  expect(next).toMatchObject({ next: 'done', look: LOOK, because: expect.stringMatching(because) });
});

it('tells why it is held back once for as long as the findings stand', async () => {
  const arn = role('held');
  const told = async () => (await store.journal.of(arn)).length;
  await after(arn, { held: 'Because.' });
  await after(arn, { held: 'Because.', now: later(90) });
  expect(await told()).toBe(1);
  await after(arn, { held: 'Because of something else.' });
  expect(await told()).toBe(2);
  const again = { ...broad, openedAt: later(600).toISOString() };
  await after(arn, { held: 'Because.', kept: { opened: [again], still: [], resolved: [], superseded: false } });
  expect(await told()).toBe(3);
});
