/** The support table of docs/local-cloud.md is the services' own: not stale, every note about a call that is here, and every call in it answered. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCloud, type LocalCloud } from '../../local/cloud.ts';
import type { Call } from '../../local/contract.ts';
import { services } from '../../local/services/index.ts';
import { DIFFERENCES } from '../../local/support/differences.ts';
import { operationsOf, supportTable, withTable } from '../../local/support/table.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/local-cloud.md');
const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';

test('docs/local-cloud.md has the table as it is now (else: npm run support-table)', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toBe(withTable(page, supportTable(services, DIFFERENCES)));
});

test('a table without its place in the page is refused', () => {
  expect(() => withTable('# A page', 'table')).toThrow(/needs the lines/);
});

test('every note is about a call that is here', () => {
  const known = services.flatMap((service) => [
    `${service.scope}:`,
    ...operationsOf(service).map((operation) => `${service.scope}:${operation}`),
  ]);
  const noted = Object.entries(DIFFERENCES).flatMap(([scope, notes]) =>
    Object.keys(notes).map((operation) => `${scope}:${operation}`),
  );
  expect(noted.filter((note) => !known.includes(note))).toEqual([]);
});

describe('what the table says is true', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = createCloud();
    for (const service of services) cloud.addService(service);
    cloud.addAccount(ACCOUNT);
    await cloud.listen();
  });
  afterAll(() => cloud.close());

  /** The name of the error that a call with an empty input gets; undefined when it gets none. */
  const errorOf = async (scope: string, operation: string): Promise<string | undefined> => {
    const service = services.find((one) => one.scope === scope);
    const { caller } = cloud.administrator(ACCOUNT);
    const call: Call = {
      cloud,
      caller,
      account: ACCOUNT,
      region: REGION,
      requestId: 'request',
      now: cloud.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
    };
    const asked =
      service?.raw !== undefined && !Object.hasOwn(service.operations, operation)
        ? service.raw(operation, Buffer.from('{}'), call)
        : cloud.call(scope, operation, {}, { caller, region: REGION });
    return asked.then(
      () => undefined,
      (error: Error) => error.name,
    );
  };

  test.each(services.map((service) => [service.scope, service] as const))(
    '%s: each call in it has an answer',
    async (scope, service) => {
      const answers = await Promise.all(
        operationsOf(service).map(async (operation) => [operation, await errorOf(scope, operation)]),
      );
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.filter(([, error]) => error === 'NotImplemented')).toEqual([]);
    },
  );

  test.each([
    ['iam', 'CreateGroup'],
    ['eks', 'CreateCluster'],
    ['dynamodb', 'TransactWriteItems'],
    ['ec2', 'RunInstances'],
  ])('%s %s is not in it, and answers NotImplemented', async (scope, operation) => {
    const service = services.find((one) => one.scope === scope);
    expect(service === undefined ? [] : operationsOf(service)).not.toContain(operation);
    expect(await errorOf(scope, operation)).toBe('NotImplemented');
  });
});
