/** LookupEvents as a client sends it: what it finds by each attribute, its pages, its regions, and what it refuses. */

import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import type { Credentials } from '../../../../local/contract.ts';
import { MAX_RECORDS } from '../../../../local/services/cloudtrail/history.ts';
import { service as cloudtrail } from '../../../../local/services/cloudtrail/index.ts';
import { emit, trailEvent } from '../../../../local/trail.ts';
import { ACCOUNT, allow, type Listening, OTHER, PODS_TRUST, startListening, trustOf } from '../../wire/listening.ts';

const Answer = z.object({
  Events: z
    .array(
      z.object({
        EventId: z.string(),
        EventName: z.string(),
        ReadOnly: z.string(),
        AccessKeyId: z.string().optional(),
        EventTime: z.number(),
        EventSource: z.string(),
        Username: z.string().optional(),
        Resources: z.array(z.object({ ResourceType: z.string(), ResourceName: z.string() })),
        CloudTrailEvent: z.string(),
      }),
    )
    .default([]),
  NextToken: z.string().optional(),
  __type: z.string().optional(),
  message: z.string().optional(),
});

let here: Listening;
let now = new Date('2026-11-21T12:00:00Z');
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
const seconds = (date: Date) => date.getTime() / 1000;

/** The call byte by byte: it can say what no client would. */
const lookup = async (input: object, { region = 'us-east-1', credentials = here.config().credentials } = {}) => {
  const { host, hostname, port } = new URL(here.endpoint);
  const body = JSON.stringify(input);
  const signer = new SignatureV4({ credentials, region, service: 'cloudtrail', sha256: Hash.bind(null, 'sha256') });
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents',
      },
      body,
    }),
  );
  const answer = await fetch(here.endpoint, { method: 'POST', headers: signed.headers, body });
  return { status: answer.status, ...Answer.parse(await answer.json()) };
};

const by = (AttributeKey: string, AttributeValue: string) => ({ LookupAttributes: [{ AttributeKey, AttributeValue }] });
const names = ({ status, message, Events }: Awaited<ReturnType<typeof lookup>>) => {
  expect([status, message]).toEqual([200, undefined]);
  return Events.map(({ EventName }) => EventName);
};

const iam = (operation: string, input: object, account = ACCOUNT) =>
  here.cloud.call('iam', operation, input, {
    caller: here.cloud.administrator(account).caller,
    region: 'eu-west-1',
  });

let session: Credentials & { readonly accessKeyId: string };
beforeAll(async () => {
  here = await startListening({ now: () => now });
  here.cloud.addService(cloudtrail);
  await iam('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: PODS_TRUST });
  later(10);
  const trust = trustOf(`arn:aws:iam::${ACCOUNT}:root`);
  await iam('CreateRole', { RoleName: 'person', AssumeRolePolicyDocument: trust });
  await iam('PutRolePolicy', { RoleName: 'person', PolicyName: 'p', PolicyDocument: allow('iam:*') });
  later(10);
  const { Credentials: given } = await here.sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/person`, RoleSessionName: 'ada' }),
  );
  session = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  later(10);
  await here.iam.send(new ListRolesCommand({}));
  await iam('DeleteRole', { RoleName: 'app' });
  await here.cloud.call(
    'eks',
    'CreateAccessEntry',
    { clusterName: 'payments', principalArn: `arn:aws:iam::${ACCOUNT}:role/person` },
    { caller: here.cloud.administrator(ACCOUNT).caller, region: 'eu-west-1' },
  );
});
afterAll(() => here.cloud.close());

describe('LookupEvents', () => {
  it('finds the records of the region, newest first, and no reads', async () => {
    expect(names(await lookup({}))).toEqual(['DeleteRole', 'PutRolePolicy', 'CreateRole', 'CreateRole']);
    // STS and EKS are regional; the session was handed out, which is a read that is recorded.
    expect(names(await lookup({}, { region: 'eu-west-1' }))).toEqual(['CreateAccessEntry', 'AssumeRole']);
    expect(names(await lookup({}, { region: 'ap-south-1' }))).toEqual([]);
  });

  it('shows of a record what the API reference promises', async () => {
    const [deleted] = (await lookup({})).Events;
    const record = here.records.find(({ detail }) => detail.eventName === 'DeleteRole');
    expect(deleted).toMatchObject({
      EventId: record?.detail.eventID,
      ReadOnly: 'false',
      EventTime: seconds(now),
      EventSource: 'iam.amazonaws.com',
      Username: 'admin',
      AccessKeyId: here.config().credentials.accessKeyId,
      Resources: [{ ResourceType: 'AWS::IAM::Role', ResourceName: 'app' }],
    });
    expect(JSON.parse(deleted?.CloudTrailEvent ?? '')).toEqual(record?.detail);
  });

  it('answers the SDK’s client, page by page', async () => {
    const client = new CloudTrailClient({ ...here.config(), region: 'us-east-1' });
    const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'CreateRole' }];
    const range = { StartTime: new Date(now.getTime() - 60_000), EndTime: now };
    const pages: string[][] = [];
    for await (const { Events = [] } of paginateLookupEvents({ client, pageSize: 1 }, { LookupAttributes, ...range })) {
      pages.push(Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent).requestParameters.roleName));
      expect(Events).toMatchObject([{ EventName: 'CreateRole', Username: 'admin', EventTime: expect.any(Date) }]);
    }
    client.destroy();
    expect(pages).toEqual([['person'], ['app']]);
  });

  it.each<[string, string, string[], string?]>([
    ['EventName', 'CreateRole', ['CreateRole', 'CreateRole']],
    ['EventName', 'createrole', []],
    ['EventSource', 'iam.amazonaws.com', ['DeleteRole', 'PutRolePolicy', 'CreateRole', 'CreateRole']],
    ['EventSource', 'sts.amazonaws.com', ['AssumeRole'], 'eu-west-1'],
    ['ReadOnly', 'true', ['AssumeRole'], 'eu-west-1'],
    ['ReadOnly', 'false', ['CreateAccessEntry'], 'eu-west-1'],
    ['Username', 'admin', ['DeleteRole', 'PutRolePolicy', 'CreateRole', 'CreateRole']],
    ['Username', 'nobody', []],
    ['ResourceName', 'app', ['DeleteRole', 'CreateRole']],
    ['ResourceName', 'payments', ['CreateAccessEntry'], 'eu-west-1'],
    ['ResourceName', `arn:aws:iam::${ACCOUNT}:role/person`, ['AssumeRole'], 'eu-west-1'],
    ['ResourceType', 'AWS::IAM::Role', ['DeleteRole', 'PutRolePolicy', 'CreateRole', 'CreateRole']],
    ['ResourceType', 'AWS::EKS::Cluster', ['CreateAccessEntry'], 'eu-west-1'],
  ])('by %s %s', async (key, value, expected, region = 'us-east-1') => {
    expect(names(await lookup(by(key, value), { region }))).toEqual(expected);
  });

  it('by event id and by access key', async () => {
    const [first] = (await lookup({})).Events;
    expect((await lookup(by('EventId', first?.EventId ?? ''))).Events).toEqual([first]);
    const { accessKeyId } = here.config().credentials;
    expect((await lookup(by('AccessKeyId', accessKeyId ?? ''))).Events).toHaveLength(4);
  });

  it('needs a permission', async () => {
    await expect(lookup({}, { credentials: session })).resolves.toMatchObject({
      status: 400,
      __type: expect.stringContaining('AccessDeniedException'),
      message: expect.stringContaining('is not authorized to perform: cloudtrail:LookupEvents on resource: *'),
    });
  });

  it('by the name of a session', async () => {
    const caller = { kind: 'role' as const, arn: 'x', account: ACCOUNT, userId: 'AROAAAAAAAAAAAAAAAAAA:ada' };
    const call = { cloud: here.cloud, caller, account: ACCOUNT, region: 'sa-east-1', requestId: 'r', now };
    emit(
      here.cloud,
      trailEvent({ ...call, sourceIp: '', userAgent: '' }, { eventSource: 's', eventName: 'E', readOnly: false }),
    );
    expect(names(await lookup(by('Username', 'ada'), { region: 'sa-east-1' }))).toEqual(['E']);
  });

  it('in a range of time, both ends included', async () => {
    const at = (offset: number) => seconds(now) + offset;
    expect(names(await lookup({ StartTime: at(-20) }))).toEqual(['DeleteRole', 'PutRolePolicy', 'CreateRole']);
    expect(names(await lookup({ EndTime: at(-20) }))).toEqual(['PutRolePolicy', 'CreateRole', 'CreateRole']);
    expect(names(await lookup({ StartTime: at(-30), EndTime: at(-30) }))).toEqual(['CreateRole']);
    expect(names(await lookup({ StartTime: at(1) }))).toEqual([]);
  });

  it('only of the caller’s own account', async () => {
    const { credentials } = here.cloud.administrator(OTHER);
    expect(names(await lookup({}, { credentials }))).toEqual([]);
    await iam('CreateRole', { RoleName: 'theirs', AssumeRolePolicyDocument: PODS_TRUST }, OTHER);
    expect(names(await lookup({}, { credentials }))).toEqual(['CreateRole']);
  });

  it('in pages that new records do not shift', async () => {
    const first = await lookup({ MaxResults: 2 });
    expect(names(first)).toEqual(['DeleteRole', 'PutRolePolicy']);
    await iam('CreateRole', { RoleName: 'meanwhile', AssumeRolePolicyDocument: PODS_TRUST });
    const second = await lookup({ MaxResults: 2, NextToken: first.NextToken });
    expect([names(second), second.NextToken]).toEqual([['CreateRole', 'CreateRole'], undefined]);
    await iam('DeleteRole', { RoleName: 'meanwhile' });
    for (const input of [{ ...by('EventName', 'CreateRole') }, { StartTime: 0 }]) {
      await expect(lookup({ ...input, NextToken: first.NextToken })).resolves.toMatchObject({
        status: 400,
        __type: expect.stringContaining('InvalidNextTokenException'),
      });
    }
  });

  it.each<[object, string, string]>([
    [{ MaxResults: 0 }, 'InvalidMaxResultsException', 'between 1 and 50'],
    [{ MaxResults: 51 }, 'InvalidMaxResultsException', 'between 1 and 50'],
    [{ NextToken: 'nonsense' }, 'InvalidNextTokenException', 'next token'],
    [{ StartTime: 2, EndTime: 1 }, 'InvalidTimeRangeException', 'before end time'],
    [by('Color', 'blue'), 'InvalidLookupAttributesException', 'Color'],
    [by('EventName', ''), 'InvalidLookupAttributesException', 'EventName'],
    [
      { LookupAttributes: [...by('EventName', 'a').LookupAttributes, ...by('EventName', 'b').LookupAttributes] },
      'InvalidLookupAttributesException',
      'only one',
    ],
    [{ EventCategory: 'weather' }, 'InvalidEventCategoryException', 'weather'],
    [{ MaxResults: 'many' }, 'SerializationException', 'MaxResults'],
  ])('refuses %j', async (input, name, text) => {
    await expect(lookup(input)).resolves.toMatchObject({
      status: 400,
      __type: expect.stringContaining(name),
      message: expect.stringContaining(text),
    });
  });

  it('has no insights', async () => {
    expect(names(await lookup({ EventCategory: 'insight' }))).toEqual([]);
  });

  it('forgets the oldest records when there are too many', async () => {
    const caller = here.cloud.administrator(ACCOUNT).caller;
    const call = { cloud: here.cloud, caller, account: ACCOUNT, region: 'eu-north-1', requestId: 'r', now };
    for (let number = 0; number < MAX_RECORDS * 1.2; number += 1) {
      const special = { eventSource: 's', eventName: `E${number}`, readOnly: false };
      emit(here.cloud, trailEvent({ ...call, sourceIp: '', userAgent: '' }, special));
    }
    const region = 'eu-north-1';
    const [newest] = (await lookup({ MaxResults: 1 }, { region })).Events;
    expect(newest?.EventName).toBe(`E${MAX_RECORDS * 1.2 - 1}`);
    expect(names(await lookup(by('EventName', 'E0'), { region }))).toEqual([]);
    expect((await lookup(by('EventName', `E${MAX_RECORDS * 0.3}`), { region })).Events).toHaveLength(1);
  });
});
