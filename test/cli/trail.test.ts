/** CloudTrail records as lines, and how they are fetched: page by page, within the budget, with the service's errors. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsRefused } from '../../cli/signed-call.ts';
import { lineOf, readTrail } from '../../cli/trail-lines.ts';
import { lookup, takeTurn } from '../../cli/trail-lookup.ts';

const fixture = (name: string): string => {
  const file = path.resolve(import.meta.dirname, '../../events', `${name}.json`);
  return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')).detail);
};
const line = (record: string): string => lineOf(readTrail(record, 'payments', 'eu-west-1'), process.stdout);

describe('a line says', () => {
  it('who deleted which association, from where', () => {
    const { eventTime, sourceIPAddress, userIdentity } = JSON.parse(fixture('association-deleted'));
    const said = line(fixture('association-deleted'));
    expect(said.startsWith(`${eventTime}  payments  eu-west-1  `)).toBe(true);
    expect(said).toContain(`(${sourceIPAddress})  eks:DeletePodIdentityAssociation  `);
    expect(said).toMatch(/ {2}\w[\w-]*\/\w[\w-]* cluster=/);
    expect(said).toContain(userIdentity.sessionContext?.sessionIssuer?.userName ?? userIdentity.userName);
  });

  it.each([
    [
      'a service by its name, once',
      {
        userIdentity: { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
        sourceIPAddress: 'pods.eks.amazonaws.com',
        requestParameters: { roleArn: 'r', durationSeconds: 21600, tags: [{ key: 'a' }] },
      },
      'pods.eks.amazonaws.com  sts:AssumeRole  roleArn=r',
    ],
    [
      "a function by its role, whose name is its session's",
      {
        userIdentity: {
          type: 'AssumedRole',
          principalId: 'AROA:podid-x',
          sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::111111111111:role/podid-x' } },
        },
        sourceIPAddress: '10.0.0.1',
      },
      'podid-x (10.0.0.1)  sts:AssumeRole',
    ],
    [
      'what is percent-encoded decoded, and no secrets, documents or escape sequences',
      {
        userIdentity: { type: 'IAMUser', userName: 'ad\u001bmin' },
        requestParameters: {
          principalArn: 'arn%3Aaws%3Ax',
          token: 'HIDDEN_X',
          input: 'HIDDEN_Y',
          policy: 'x'.repeat(81),
        },
      },
      'ad min (-)  sts:AssumeRole  principalArn=arn:aws:x',
    ],
    [
      'what went wrong at the end',
      { userIdentity: { type: 'IAMUser', userName: 'admin' }, errorCode: 'AccessDenied', errorMessage: 'no' },
      'admin (-)  sts:AssumeRole  AccessDenied: no',
    ],
    ['nothing that the record does not have', {}, 'Unknown (-)  sts:AssumeRole'],
  ])('%s', (_, fields, expected) => {
    const record = {
      eventTime: '2026-11-21T12:00:00Z',
      eventName: 'AssumeRole',
      eventSource: 'sts.amazonaws.com',
      ...fields,
    };
    expect(line(JSON.stringify(record))).toBe(`2026-11-21T12:00:00Z  payments  eu-west-1  ${expected}`);
  });
});

describe('LookupEvents', () => {
  type Answer = { readonly status: number; readonly body: object };
  let answers: Answer[];
  const asked: Array<{ headers: IncomingMessage['headers']; body: Record<string, unknown> }> = [];
  const server = createServer(async (request, response) => {
    asked.push({ headers: request.headers, body: JSON.parse(await text(request)) });
    const { status, body } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status, { 'x-amzn-requestid': 'r-1' }).end(JSON.stringify(body));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    process.env.AWS_ENDPOINT_URL_CLOUDTRAIL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    asked.length = 0;
  });
  afterAll(() => {
    delete process.env.AWS_ENDPOINT_URL_CLOUDTRAIL;
    server.close();
  });

  const place = (region: string) => ({
    account: { name: 'payments', id: '222222222222', role: 'spoke' as const, regions: [region], profile: undefined },
    region,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 's' },
  });
  const event = (eventID: string) => ({
    CloudTrailEvent: JSON.stringify({ eventID, eventTime: '2026-11-21T12:00:00Z' }),
  });

  it('is asked page by page, signed for its account and region', async () => {
    answers = [
      { status: 200, body: { Events: [event('a'), event('b')], NextToken: 'n' } },
      { status: 200, body: { Events: [event('c')] } },
    ];
    const found = await lookup(place('eu-west-1'), { from: 1_700_000_000_900 });
    expect(found.map(({ id }) => id)).toEqual(['payments/a', 'payments/b', 'payments/c']);
    expect(asked.map(({ body }) => body)).toEqual([
      { StartTime: 1_700_000_000, MaxResults: 50 },
      { StartTime: 1_700_000_000, MaxResults: 50, NextToken: 'n' },
    ]);
    expect(asked[0]?.headers.authorization).toMatch(/Credential=AKIA\/\d{8}\/eu-west-1\/cloudtrail\/aws4_request/);
  });

  it('is asked twice a second of each account and region, and at once after a rest', () => {
    const turns = new Map<string, number>();
    const waits = ['a', 'a', 'a', 'b'].map((each) => takeTurn(turns, each, 1_000));
    expect(waits).toEqual([0, 500, 1_000, 0]);
    expect(takeTurn(turns, 'a', 2_600)).toBe(0);
  });

  it('is asked again when it throttles', async () => {
    answers = [
      { status: 400, body: { __type: 'ThrottlingException', message: 'slow down' } },
      { status: 200, body: { Events: [event('a')] } },
    ];
    expect(await lookup(place('eu-west-2'), { from: 0 })).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('fails with its own error otherwise', async () => {
    answers = [{ status: 400, body: { __type: 'com.amazonaws#InvalidTimeRangeException', Message: 'no' } }];
    const error = await lookup(place('eu-west-3'), { from: 0 }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AwsRefused);
    expect(error).toMatchObject({ name: 'InvalidTimeRangeException', message: 'no', status: 400, requestId: 'r-1' });
    expect(asked).toHaveLength(1);
  });
});
