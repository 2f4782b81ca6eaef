/** Amazon DynamoDB: dynalite behind the same authorization as everything else. Requests and answers pass through as they are. */
import * as schemas from '@aws-sdk/client-dynamodb';
import type { Call, RawAnswer, Service } from '../../contract.ts';
import { ApiError, notImplemented } from '../../wire/errors.ts';
import { asksOf, type Body, nameOf } from './asks.ts';
import { serverOf } from './server.ts';
import { noteTable, partitionKeysOf } from './tables.ts';

export { defineTable } from './tables.ts';

/** What dynalite can do. No transactions, no streams, no PartiQL. */
const SUPPORTED: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
  'UpdateTimeToLive',
]);

const raw = async (operation: string, bytes: Uint8Array, call: Call): Promise<RawAnswer> => {
  if (!SUPPORTED.has(operation)) throw notImplemented('dynamodb', operation);
  const { cloud, account, region, caller } = call;
  const body = parse(bytes);
  for (const ask of asksOf(operation, body, partitionKeysOf(cloud, account, region))) {
    const resource =
      ask.resource === '*' ? '*' : `arn:${cloud.partition}:dynamodb:${region}:${account}:${ask.resource}`;
    cloud.authorize(caller, { ...ask, resource }, region);
  }
  if (operation === 'UpdateTimeToLive') return timeToLive(body);
  const answer = await serverOf(cloud, account, region).ask(operation, named(body, bytes, call));
  if (operation === 'CreateTable' && answer.status === 200) noteTable(cloud, account, region, body);
  return answer;
};

const parse = (bytes: Uint8Array): Body => {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // Told below, as DynamoDB tells it.
  }
  throw new ApiError('SerializationException', 400, 'Unable to parse the request body as a JSON object.');
};

/** A table may be named by its ARN, which dynalite doesn't know. Another account's would need a resource policy: not here. */
const named = (body: Body, bytes: Uint8Array, { account, region }: Call): Uint8Array | string => {
  const { TableName: table } = body;
  if (typeof table !== 'string' || !table.startsWith('arn:')) return bytes;
  if (!table.includes(`:${region}:${account}:table/`)) {
    throw new ApiError('ResourceNotFoundException', 400, `Requested resource not found: Table: ${table} not found`);
  }
  return JSON.stringify({ ...body, TableName: nameOf(table) });
};

/** Accepted, and without effect: nothing expires by itself within the life of a process. */
const timeToLive = ({ TimeToLiveSpecification }: Body): RawAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify({ TimeToLiveSpecification })),
});

export const service: Service = {
  scope: 'dynamodb',
  eventSource: 'dynamodb.amazonaws.com',
  protocol: 'awsJson1_0',
  schemas,
  operations: {},
  raw,
  rawOperations: SUPPORTED,
};
