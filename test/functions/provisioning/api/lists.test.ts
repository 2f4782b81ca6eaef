/** Lists that leave something out: grants by what they are about, and what was told, to those who may see it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LifecycleEvent } from '../../../../functions/lifecycle.ts';
import { EventPage, GrantPage, GrantView, PreviewView } from '../../../../functions/provisioning/api/schemas.ts';
import {
  ANALYTICS,
  ada,
  bob,
  grace,
  linus,
  mallory,
  openStage,
  PAYMENTS,
  root,
  type Stage,
  type Who,
  wish,
} from './stage.ts';

let stage: Stage;
const ids: string[] = [];
beforeAll(async () => {
  stage = await openStage();
  // Every third one reaches into analytics.
  for (let number = 0; number < 9; number += 1) {
    stage.clock.now = new Date(Date.parse('2026-11-21T12:00:00.000Z') + number * 1000).toISOString();
    const targets = number % 3 === 0 ? [{ account: ANALYTICS, permissions: wish.source.permissions }] : [];
    const body = { ...wish, serviceAccount: `sa-${number}`, targets };
    ids.push(GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body })).body).id);
  }
  await stage.ask(ada, 'POST', `/grants/${ids[8]}/withdraw`, { body: {} });
  await stage.store.told.keep(stage.told);
});
afterAll(() => stage.close());

const page = async (query: string, who: Who = ada): Promise<GrantPage> =>
  GrantPage.parse((await stage.ask(who, 'GET', `/grants?${query}`)).body);
const idsOf = async (query: string, who?: Who) => (await page(query, who)).grants.map(({ id }) => id);
const newestFirst = (...numbers: readonly number[]) => numbers.map((number) => ids[number]);

describe('GET /grants', () => {
  test.each<[string, readonly number[]]>([
    [`account=${ANALYTICS}`, [6, 3, 0]],
    [`account=${PAYMENTS}&limit=2`, [8, 7]],
    ['namespace=checkout&team=checkout&state=withdrawn', [8]],
    ['namespace=other', []],
    ['state=awaiting-approval&limit=3', [7, 6, 5]],
    [`requester=me&account=${ANALYTICS}&limit=2`, [6, 3]],
    // An instant may have any offset.
    ['endedAfter=2026-11-21T13:00:08%2B01:00&limit=2', [8, 7]],
    ['endedAfter=2026-11-21T12:00:09Z&limit=2', [7, 6]],
  ])('%s', async (query, numbers) => {
    expect(await idsOf(query)).toEqual(newestFirst(...numbers));
  });

  test('pages are full as long as there is something, and nothing is left out between them', async () => {
    const found: string[] = [];
    let cursor = '';
    do {
      const { grants, next = '' } = await page(`account=${ANALYTICS}&limit=1${cursor && `&cursor=${cursor}`}`);
      if (next !== '') expect(grants).toHaveLength(1);
      found.push(...grants.map(({ id }) => id));
      cursor = next;
    } while (cursor !== '');
    expect(found).toEqual(newestFirst(6, 3, 0));
  });

  test('who may see nothing gets nothing, and an end', async () => {
    expect(await page('', mallory)).toEqual({ grants: [] });
  });
});

describe('GET /events', () => {
  const kinds = async (who: Who, query = 'since=2026-11-21T00:00:00Z'): Promise<readonly LifecycleEvent[]> =>
    EventPage.parse((await stage.ask(who, 'GET', `/events?${query}`)).body).events;
  const finding = (object: string, id: string): LifecycleEvent => ({
    kind: 'Finding Opened',
    detail: {
      schema: 1,
      id,
      at: '2026-11-21T12:30:00.000Z',
      finding: { id, object, reason: 'TrustTooBroad', severity: 'error', sentence: 'Others can use it.' },
    },
  });

  test('has what was told, the oldest first, a page at a time', async () => {
    const own = stage.told;
    expect(own.map(({ kind }) => kind)).toContain('Grant Closed');
    const first = EventPage.parse((await stage.ask(ada, 'GET', '/events?since=2026-11-21T00:00:00Z&limit=5')).body);
    const rest = await kinds(ada, `since=2026-11-21T00:00:00Z&limit=100&cursor=${first.next}`);
    const seen = [...first.events, ...rest].map(({ detail }) => detail);
    expect(seen.map(({ id }) => id).toSorted()).toEqual(own.map(({ detail }) => detail.id).toSorted());
    expect(seen.map(({ at }) => at)).toEqual(seen.map(({ at }) => at).toSorted());
  });

  test('begins where it is told, and a day ago by itself', async () => {
    expect(
      (await kinds(ada, 'since=2026-11-21T12:00:08Z')).every(({ detail }) => detail.id.startsWith(ids[8] ?? '')),
    ).toBe(true);
    stage.clock.now = '2026-11-22T12:00:08.000Z';
    const today = await kinds(ada, '');
    expect(today).toEqual(await kinds(ada, 'since=2026-11-21T12:00:08Z'));
    expect(today.length).toBeGreaterThan(0);
  });

  test('tells of grants and roles only those who may see these', async () => {
    await stage.store.told.keep([
      finding(`arn:aws:iam::${ANALYTICS}:role/a`, 'f-1'),
      finding(ids[0] ?? '', 'f-2'),
      finding('g-00000000000000ff', 'f-3'),
    ]);
    const about = async (who: Who) => ({
      grants: [
        ...new Set(
          (await kinds(who, 'since=2026-11-21T00:00:00Z&limit=100')).flatMap(({ detail }) =>
            'grant' in detail ? ids.indexOf(detail.grant.id) : [],
          ),
        ),
      ],
      findings: (await kinds(who, 'since=2026-11-21T00:00:00Z&limit=100')).flatMap(({ detail }) =>
        'finding' in detail ? detail.id : [],
      ),
    });
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(await about(bob)).toEqual({ grants: all, findings: ['f-2'] });
    expect(await about(grace)).toEqual({ grants: [0, 3, 6], findings: ['f-1', 'f-2'] });
    expect(await about(linus)).toEqual({ grants: all, findings: ['f-2'] });
    expect(await about(mallory)).toEqual({ grants: [], findings: [] });
    expect(await about(root)).toEqual({ grants: all, findings: ['f-1', 'f-2', 'f-3'] });
  });

  test.each(['since=yesterday', 'cursor=nonsense', 'limit=0'])('refuses %s', async (query) => {
    expect((await stage.ask(ada, 'GET', `/events?${query}`)).status).toBe(400);
  });
});

test('a preview says which part of its names nothing will have, and one of a change has none', async () => {
  stage.clock.now = '2026-11-21T12:00:20.000Z';
  const previewed = await stage.ask(ada, 'POST', '/grants/preview', { body: { ...wish, serviceAccount: 'new' } });
  const { plan, placeholders = [] } = PreviewView.parse(previewed.body);
  expect(placeholders).toHaveLength(1);
  expect(plan.roles.map(({ roleArn }) => roleArn.endsWith(`/checkout-new-${placeholders[0]}`))).toEqual([true]);
  const body = { ...wish, serviceAccount: 'sa-1', reason: 'another' };
  const changed = await stage.ask(ada, 'POST', `/grants/preview?changes=${ids[1]}`, { body });
  expect(PreviewView.parse(changed.body)).not.toHaveProperty('placeholders');
});
