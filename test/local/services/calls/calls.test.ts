/** Every supported call, by tables: good answers, each error, refusal without permission, pages. Through the SDK's clients. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Service } from '../../../../local/contract.ts';
import { services } from '../../../../local/services/index.ts';
import { operationsOf } from '../../../../local/support/table.ts';
import { operationSchema } from '../../../../local/wire/schema.ts';
import { expected, fill } from './fill.ts';
import { type Stage, startStage } from './stage.ts';
import { type Case, type Entry, type Pages, TABLES } from './table.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

const inputOf = (input: object = {}): object => Object(fill(input, stage.known));

const DENIED = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/;

/** Bytes as text: tables are text. */
const readable = (answer: object): object =>
  Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    ]),
  );

const setUp = async ({ given = [] }: Entry): Promise<void> => {
  for (const { call, input, saves, settles } of given) {
    const [scope = '', operation = ''] = call.split(':');
    const answer = await stage.send(scope, operation, inputOf(input));
    if (saves !== undefined) stage.known.set(saves, answer);
    if (settles) await stage.settled();
  }
};

const judge = async (scope: string, operation: string, { input, saves, answers, error, says }: Case) => {
  const sent = stage.send(scope, operation, inputOf(input));
  if (error !== undefined) {
    const message = says === undefined ? expect.any(String) : expect.stringContaining(String(fill(says, stage.known)));
    return expect(sent).rejects.toMatchObject({ name: error, message });
  }
  const answer = readable(await sent);
  if (saves !== undefined) stage.known.set(saves, answer);
  expect(answer).toEqual(expected(fill(answers ?? {}, stage.known)));
};

const itemsOf = (answer: object, { items }: Pages): unknown[] =>
  items.flatMap((name) => {
    const list: unknown = Reflect.get(answer, name);
    return Array.isArray(list) ? list : [];
  });

const nextOf = (answer: object, { next }: Pages): unknown => Reflect.get(answer, next);

const checkPages = async (scope: string, operation: string, pages: Pages): Promise<void> => {
  const input = inputOf(pages.input);
  const { size, token, badToken } = pages;
  const whole = itemsOf(await stage.send(scope, operation, input), pages);
  expect(whole.length).toBeGreaterThanOrEqual(pages.atLeast);
  const found: unknown[] = [];
  let next: unknown;
  do {
    const here = { ...input, [size]: 1, ...(next === undefined ? {} : { [token]: next }) };
    const answer = await stage.send(scope, operation, here);
    const items = itemsOf(answer, pages);
    expect(items.length).toBeLessThanOrEqual(1);
    found.push(...items);
    // Some lists never stop giving tokens: the same one again is the end.
    next = nextOf(answer, pages) === next ? undefined : nextOf(answer, pages);
  } while (next !== undefined && found.length <= whole.length);
  expect(found).toEqual(whole);
  if (badToken === undefined) return;
  const strange = stage.send(scope, operation, { ...input, [token]: 'nonsense' });
  await expect(strange).rejects.toMatchObject({ name: badToken });
};

/** What an entry of the table should have and hasn't. */
const lacks = (service: Service, name: string, { cases, pages, unpaged, harmless }: Entry): string[] => {
  const input = operationSchema(service.schemas, name)?.input;
  const members = input === undefined || input.isUnitSchema() ? [] : [...input.structIterator()].map(([key]) => key);
  const paged = members.some((member) => /^(max(items|results)|limit)$/i.test(member));
  return [
    ...(cases.some(({ error }) => error === undefined) ? [] : [`${name}: a good case`]),
    ...(cases.some(({ error }) => error !== undefined) || harmless !== undefined ? [] : [`${name}: an error`]),
    ...(!paged || pages !== undefined || unpaged !== undefined ? [] : [`${name}: pages`]),
  ];
};

for (const service of services) {
  const { scope } = service;
  const table = Object.entries(TABLES.get(scope) ?? {});

  test(`${scope}: the table has every supported operation, no other, and all of each`, () => {
    expect(table.map(([name]) => name).sort()).toEqual(operationsOf(service));
    expect(table.flatMap(([name, entry]) => lacks(service, name, entry))).toEqual([]);
  });

  for (const [operation, entry] of table) {
    describe(`${scope} ${operation}`, () => {
      beforeAll(() => setUp(entry));

      if (entry.everybody === undefined) {
        test('without permission', async () => {
          const good = entry.cases.find(({ error }) => error === undefined);
          const sent = stage.send(scope, operation, inputOf(good?.input), 'nobody');
          await expect(sent).rejects.toMatchObject({ name: expect.stringMatching(DENIED) });
        });
      }
      for (const one of entry.cases) test(one.case, () => judge(scope, operation, one));
      const { pages } = entry;
      if (pages !== undefined) test('in pages', () => checkPages(scope, operation, pages));
    });
  }
}
