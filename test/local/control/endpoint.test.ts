/** The control endpoint itself: what it answers, what it refuses, and whom. */
import { request as httpRequest } from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Control, controlOf } from '../../../local/control/client.ts';
import { RATES } from '../../../local/control/rates.ts';
import { service as dynamodb } from '../../../local/services/dynamodb/index.ts';
import { type Listening, startListening } from '../wire/listening.ts';

let here: Listening;
let control: Control;

beforeAll(async () => {
  here = await startListening();
  here.cloud.addService(dynamodb);
  control = controlOf(here.endpoint);
});
afterAll(() => here.cloud.close());

const ask = (method: string, path: string, body?: string, headers = {}) =>
  fetch(`${here.endpoint}/_podid${path}`, { method, headers, ...(body === undefined ? {} : { body }) });

test('at the start nothing is late, nothing is throttled, nothing fails', async () => {
  expect(await control.settings()).toEqual({ visibilityMillis: { iam: 0, eks: 0 }, throttling: 'off' });
  expect(await control.faults()).toEqual([]);
});

test('what a change leaves out goes back to the start', async () => {
  const late = { visibilityMillis: { iam: 4000, eks: 0 }, throttling: 'off' };
  expect(await control.change({ visibilityMillis: { iam: 4000 } })).toEqual(late);
  expect(await control.settings()).toEqual(late);
  expect(await control.change({ throttling: 'aws' })).toEqual({
    visibilityMillis: { iam: 0, eks: 0 },
    throttling: 'aws',
  });
  await control.change({});
});

test.each([
  ['PUT', '/settings', '{"visibilityMillis":{"iam":-1}}', 400, 'visibilityMillis.iam'],
  ['PUT', '/settings', '{"visibilityMillis":{"s3":1}}', 400, 's3'],
  ['PUT', '/settings', '{"throttling":"on"}', 400, 'throttling'],
  ['PUT', '/settings', '{', 400, 'not JSON'],
  ['POST', '/faults', '{"service":"s3","what":{"kind":"lost"}}', 400, 'There is no service s3: one of '],
  [
    'POST',
    '/faults',
    '{"service":"iam","operation":"PutRole","what":{"kind":"lost"}}',
    400,
    'iam has no operation PutRole',
  ],
  ['POST', '/faults', '{"service":"iam","what":{"kind":"error","code":"Nonsense"}}', 400, 'give it a status'],
  ['POST', '/faults', '{"service":"iam","what":{"kind":"explode"}}', 400, 'what.kind'],
  ['POST', '/faults', '{"service":"iam","nth":1,"every":2,"what":{"kind":"lost"}}', 400, 'exclude each other'],
  ['POST', '/faults', '{"service":"iam","nth":1,"times":2,"what":{"kind":"lost"}}', 400, 'nth strikes once'],
  ['POST', '/faults', '{"service":"iam","nth":0,"what":{"kind":"lost"}}', 400, 'nth'],
  ['DELETE', '/faults/fault-9', undefined, 404, 'There is no fault fault-9.'],
  ['GET', '/nothing', undefined, 404, 'has no GET /_podid/nothing'],
])('%s %s %s is refused', async (method, path, body, status, text) => {
  const answer = await ask(method, path, body);
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
  expect(await control.faults()).toEqual([]);
});

test('what a server of its own answers, faults do not reach, and it is said', async () => {
  await expect(control.post({ service: 'dynamodb', operation: 'ListTables', what: { kind: 'lost' } })).rejects.toThrow(
    "dynamodb is answered by a server of its own, which faults don't reach.",
  );
  await expect(control.post({ service: 'dynamodb', what: { kind: 'lost' } })).rejects.toThrow('of its own');
  await expect(new DynamoDBClient(here.config()).send(new ListTablesCommand({}))).resolves.toMatchObject({
    TableNames: [],
  });
});

test('pages of a browser are kept out: other origins, and names that were bound to this address', async () => {
  expect((await ask('GET', '/settings', undefined, { origin: 'https://evil.example' })).status).toBe(403);
  const { port } = new URL(here.endpoint);
  const status = (host: string) =>
    new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path: '/_podid/settings', headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  expect(await status(`evil.example:${port}`)).toBe(403);
  expect(await status(`localhost:${port}`)).toBe(200);
});

test('the rates tell what is documented and what is assumed', async () => {
  const answer = (await (await ask('GET', '/rates')).json()) as { rates: typeof RATES };
  expect(answer.rates).toEqual(RATES);
  expect(RATES.filter(({ known }) => known === 'documented').map(({ service }) => service)).toEqual(['sts']);
});
