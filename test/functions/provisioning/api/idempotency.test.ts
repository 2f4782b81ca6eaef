/** Idempotency-Key where things go wrong: a request that failed or whose function died is done again, once; another one never takes its key. */
import { afterEach, expect, test } from '@jest/globals';
import type { Doing } from '../../../../functions/provisioning/api/doing.ts';
import { GrantPage, GrantView } from '../../../../functions/provisioning/api/schemas.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import { ada, emptyAccounts, openStage, root, type Stage, wish } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const headers = { 'idempotency-key': 'k-1' };
const post = (body: object = wish) => stage.ask(ada, 'POST', '/grants', { body, headers });
const grants = async (): Promise<readonly string[]> =>
  GrantPage.parse((await stage.ask(root, 'GET', '/grants')).body).grants.map(({ id }) => id);
const later = (seconds: number): void => {
  stage.clock.now = new Date(Date.parse(stage.clock.now) + seconds * 1000).toISOString();
};

/** The first time that it is done, this goes wrong. */
const failsOnce = (): (() => void) => {
  let failed = false;
  return () => {
    if (failed) return;
    failed = true;
    throw new Failure('Throttled', 'slow down');
  };
};

test('what failed before anything was written is done again under its key, at once', async () => {
  const fail = failsOnce();
  stage = await openStage({
    survey: async (asked) => {
      fail();
      return emptyAccounts(asked);
    },
  });
  expect(await post()).toMatchObject({ status: 503, body: { type: 'urn:podid:problem:unavailable' } });
  expect(await grants()).toEqual([]);
  expect(await post({ ...wish, reason: 'another' })).toMatchObject({ status: 422 });
  const done = await post();
  expect(done.status).toBe(201);
  expect(await post()).toMatchObject({ status: 201, text: done.text });
  expect(await grants()).toEqual([GrantView.parse(done.body).id]);
});

test('what failed in the middle goes on with what it has begun', async () => {
  const fail = failsOnce();
  const around = (doing: Doing): Doing => ({
    ...doing,
    carryOut: async (...of) => {
      fail();
      return doing.carryOut(...of);
    },
  });
  stage = await openStage({ around });
  expect((await post()).status).toBe(503);
  const begun = await grants();
  expect(begun).toHaveLength(1);
  const done = GrantView.parse((await post()).body);
  expect([[done.id], done.phase]).toEqual([begun, 'awaiting-approval']);
  expect(stage.told.map(({ kind }) => kind)).toEqual(['Grant Requested', 'Grant Awaiting Approval']);
});

test('what died without a word keeps its key for a minute, and no longer', async () => {
  // The first request's answer is never kept, and its key never given back: its function is gone.
  let dies = true;
  const around = (doing: Doing): Doing => ({
    ...doing,
    store: {
      ...doing.store,
      answers: {
        ...doing.store.answers,
        finish: (...of) => (dies ? Promise.resolve(false) : doing.store.answers.finish(...of)),
      },
    },
  });
  stage = await openStage({ around });
  const first = await post();
  dies = false;
  later(59);
  const waiting = await post();
  expect(waiting).toMatchObject({ status: 409, body: { type: 'urn:podid:problem:in-progress' } });
  expect(waiting.headers.get('retry-after')).toBe('5');
  later(1);
  const again = await post();
  expect([again.status, GrantView.parse(again.body).id]).toEqual([201, GrantView.parse(first.body).id]);
  expect(again.headers.get('idempotency-replayed')).toBeNull();
  expect(await grants()).toHaveLength(1);
  expect((await post()).headers.get('idempotency-replayed')).toBe('true');
});

test('of many at once one is done, and the others are told to come again', async () => {
  stage = await openStage();
  const answers = await Promise.all(Array.from({ length: 6 }, () => post()));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  expect(await grants()).toHaveLength(1);
});

test('a key is of one request: not of another path, another version that was seen, or another person', async () => {
  stage = await openStage();
  const { id } = GrantView.parse((await post()).body);
  const reused = { status: 422, body: { type: 'urn:podid:problem:key-reused' } };
  const withdraw = `/grants/${id}/withdraw`;
  expect(await stage.ask(ada, 'POST', withdraw, { body: {}, headers })).toMatchObject(reused);
  const own = { 'idempotency-key': 'k-2' };
  expect((await stage.ask(root, 'POST', withdraw, { body: {}, headers: { ...own, 'if-match': '"99"' } })).status).toBe(
    412,
  );
  expect(await stage.ask(root, 'POST', withdraw, { body: {}, headers: { ...own, 'if-match': '*' } })).toMatchObject(
    reused,
  );
  expect((await stage.ask(ada, 'POST', withdraw, { body: {}, headers: own })).status).toBe(200);
});

test('reading is done each time, with a key or without', async () => {
  stage = await openStage();
  const { id } = GrantView.parse((await post()).body);
  const path = `/grants/${id}`;
  const first = await stage.ask(ada, 'GET', path, { headers: { 'idempotency-key': 'k-3' } });
  await stage.ask(ada, 'POST', `${path}/withdraw`, { body: {} });
  const second = await stage.ask(ada, 'GET', path, { headers: { 'idempotency-key': 'k-3' } });
  expect([GrantView.parse(first.body).phase, GrantView.parse(second.body).phase]).toEqual([
    'awaiting-approval',
    'withdrawn',
  ]);
});
