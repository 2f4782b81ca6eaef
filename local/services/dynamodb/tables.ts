/** What we know of tables beside dynalite: their keys, for LeadingKeys; and how deploy makes one. */
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import type { Cloud } from '../../contract.ts';
import type { Body, PartitionKey } from './asks.ts';
import { serverOf } from './server.ts';

type Keys = { readonly table: string; readonly indexes: ReadonlyMap<string, string> };

/** The partition keys of an account's and region's tables. */
export const partitionKeysOf = (cloud: Cloud, account: string, region: string): PartitionKey => {
  const keys = keysOf(cloud, account, region);
  return (table, index) => (index === undefined ? keys.get(table)?.table : keys.get(table)?.indexes.get(index));
};

/** Notes the keys of a table that was created or changed. */
export const noteTable = (cloud: Cloud, account: string, region: string, body: Body): void => {
  const { TableName: name, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = body;
  const indexes = [...items(GlobalSecondaryIndexes), ...items(LocalSecondaryIndexes)];
  keysOf(cloud, account, region).set(String(name), {
    table: hashKey(KeySchema),
    indexes: new Map(indexes.map((index) => [String(index.IndexName), hashKey(index.KeySchema)])),
  });
};

/**
 * Makes a table and returns its ARN.
 * @throws an Error with DynamoDB's own message
 */
export const defineTable = async (
  cloud: Cloud,
  account: string,
  region: string,
  input: CreateTableInput,
): Promise<string> => {
  const answer = await serverOf(cloud, account, region).ask('CreateTable', JSON.stringify(input));
  const body: unknown = JSON.parse(Buffer.from(answer.body).toString());
  if (answer.status !== 200) {
    const message =
      typeof body === 'object' && body !== null ? (Reflect.get(body, 'message') ?? Reflect.get(body, 'Message')) : body;
    throw new Error(`${input.TableName}: ${String(message)}`);
  }
  noteTable(cloud, account, region, { ...input });
  await active(cloud, account, region, input.TableName ?? '');
  return `arn:${cloud.partition}:dynamodb:${region}:${account}:table/${input.TableName}`;
};

/** dynalite lets a table be CREATING for a turn or two of the event loop. */
const active = async (cloud: Cloud, account: string, region: string, table: string): Promise<void> => {
  for (;;) {
    const { body } = await serverOf(cloud, account, region).ask('DescribeTable', JSON.stringify({ TableName: table }));
    const { Table }: { Table?: { TableStatus?: string } } = JSON.parse(Buffer.from(body).toString());
    if (Table?.TableStatus !== 'CREATING') return;
  }
};

const keysOf = (cloud: Cloud, account: string, region: string): Map<string, Keys> =>
  cloud.state('dynamodb-keys', `${account}/${region}`, () => new Map<string, Keys>());

const items = (value: unknown): readonly Body[] => (Array.isArray(value) ? value : []);

const hashKey = (schema: unknown): string =>
  String(items(schema).find((element) => element.KeyType === 'HASH')?.AttributeName ?? '');
