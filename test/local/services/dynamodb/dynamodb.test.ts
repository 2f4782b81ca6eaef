import { Duplex } from 'node:stream';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { asksOf } from '../../../../local/services/dynamodb/asks.ts';
import { defineTable, service as dynamodb } from '../../../../local/services/dynamodb/index.ts';
import { HUB, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
let admin: DynamoDBClient;
const clients: DynamoDBClient[] = [];
const ARN = `arn:aws:dynamodb:${REGION}:${HUB}:table/podid`;

const clientFor = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}) => {
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const client = new DynamoDBClient({ region: REGION, endpoint: small.cloud.endpoint, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
};
const as = async (role: string, statements: object[]) =>
  clientFor(small.cloud.issueSession(await small.role(role, statements), 'test', 'lambda.amazonaws.com').credentials);

beforeAll(async () => {
  small = await smallCloud(dynamodb);
  admin = clientFor(small.cloud.administrator(HUB).credentials);
  await defineTable(small.cloud, HUB, REGION, {
    TableName: 'podid',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: ['pk', 'sk', 'role'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byRole',
        KeySchema: [{ AttributeName: 'role', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await small.close();
});

describe('DynamoDB', () => {
  it('keeps items, and its errors are those of DynamoDB', async () => {
    const Item = { pk: { S: 'A' }, sk: { S: 'é' }, n: { N: '1' } };
    const put = new PutItemCommand({ TableName: 'podid', Item, ConditionExpression: 'attribute_not_exists(pk)' });
    await admin.send(put);
    await expect(admin.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(
      (await admin.send(new GetItemCommand({ TableName: ARN, Key: { pk: { S: 'A' }, sk: { S: 'é' } } }))).Item,
    ).toEqual(Item);
    await expect(admin.send(new ScanCommand({ TableName: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('describes tables with the ARNs of their account and region, and tags them by these', async () => {
    const { Table } = await admin.send(new DescribeTableCommand({ TableName: 'podid' }));
    expect(Table).toMatchObject({
      TableArn: ARN,
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [{ IndexArn: `${ARN}/index/byRole` }],
    });
    await admin.send(new TagResourceCommand({ ResourceArn: ARN, Tags: [{ Key: 'a', Value: 'b' }] }));
    expect((await admin.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))).Tags).toEqual([
      { Key: 'a', Value: 'b' },
    ]);
  });

  it('keeps accounts apart, and lets people make tables of their own', async () => {
    const spoke = clientFor(small.cloud.administrator(SPOKE).credentials);
    await expect(spoke.send(new ScanCommand({ TableName: 'podid' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await spoke.send(
      new CreateTableCommand({
        TableName: 'orders',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    expect((await spoke.send(new DescribeTableCommand({ TableName: 'orders' }))).Table?.TableArn).toBe(
      `arn:aws:dynamodb:${REGION}:${SPOKE}:table/orders`,
    );
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    const answer = await spoke.send(new UpdateTimeToLiveCommand({ TableName: 'orders', TimeToLiveSpecification }));
    expect(answer.TimeToLiveSpecification).toEqual(TimeToLiveSpecification);
  });

  it('asks for the action on the table or on the index', async () => {
    const reader = await as('reader', [{ Effect: 'Allow', Action: 'dynamodb:Query', Resource: `${ARN}/index/byRole` }]);
    const ask = {
      ExpressionAttributeNames: { '#k': 'role' },
      ExpressionAttributeValues: { ':v': { S: 'x' } },
      KeyConditionExpression: '#k = :v',
    };
    expect((await reader.send(new QueryCommand({ TableName: 'podid', IndexName: 'byRole', ...ask }))).Count).toBe(0);
    await expect(reader.send(new ScanCommand({ TableName: 'podid' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`is not authorized to perform: dynamodb:Scan on resource: ${ARN}`),
    });
  });

  it("denies by the partition key: the journal can't be rewritten", async () => {
    const writer = await as('writer', [
      {
        Effect: 'Allow',
        Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'],
        Resource: ARN,
      },
      {
        Effect: 'Deny',
        Action: ['dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'],
        Resource: ARN,
        Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': 'JOURNAL#*' } },
      },
    ]);
    const update = (pk: string) =>
      writer.send(
        new UpdateItemCommand({
          TableName: 'podid',
          Key: { pk: { S: pk }, sk: { S: '1' } },
          UpdateExpression: 'SET a = :a',
          ExpressionAttributeValues: { ':a': { S: 'x' } },
        }),
      );
    const denied = { name: 'AccessDeniedException', message: expect.stringContaining('explicit deny') };
    await writer.send(new PutItemCommand({ TableName: 'podid', Item: { pk: { S: 'JOURNAL#1' }, sk: { S: '1' } } }));
    await update('STATE#1');
    await expect(update('JOURNAL#1')).rejects.toMatchObject(denied);
    const batch = [
      { PutRequest: { Item: { pk: { S: 'B' }, sk: { S: '1' } } } },
      { DeleteRequest: { Key: { pk: { S: 'JOURNAL#1' }, sk: { S: '1' } } } },
    ];
    await expect(writer.send(new BatchWriteItemCommand({ RequestItems: { podid: batch } }))).rejects.toMatchObject(
      denied,
    );
  });

  it('says that it has no transactions', async () => {
    await expect(admin.send(new TransactWriteItemsCommand({ TransactItems: [] }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
  });

  it('serves many requests at once', async () => {
    const puts = Array.from({ length: 100 }, (_, n) =>
      admin.send(new PutItemCommand({ TableName: 'podid', Item: { pk: { S: 'MANY' }, sk: { S: String(n) } } })),
    );
    await Promise.all(puts);
    const ask = { ExpressionAttributeValues: { ':v': { S: 'MANY' } }, KeyConditionExpression: 'pk = :v' };
    expect((await admin.send(new QueryCommand({ TableName: 'podid', ...ask }))).Count).toBe(100);
  });

  it('keeps nothing of requests that are over', async () => {
    const get = () => admin.send(new GetItemCommand({ TableName: 'podid', Key: { pk: { S: 'A' }, sk: { S: '1' } } }));
    const ends = new Set<Duplex>();
    const destroy = Duplex.prototype.destroy;
    const watched = jest.spyOn(Duplex.prototype, 'destroy').mockImplementation(function (this: Duplex, error) {
      // What `duplexPair` makes two of for each request.
      if (this.constructor.name === 'DuplexSide') ends.add(this);
      return destroy.call(this, error);
    });
    for (let request = 0; request < 10; request += 1) await get();
    watched.mockRestore();
    expect(ends.size).toBe(20);
  });
});

describe('what a call asks for', () => {
  const key = (table: string, index?: string) => (table !== 't' ? undefined : index === 'i' ? 'gpk' : 'pk');
  const value = { S: 'v' };
  it.each<[operation: string, body: object, resource: string, leading: string[] | undefined]>([
    ['GetItem', { TableName: 't', Key: { pk: value } }, 'table/t', ['v']],
    ['PutItem', { TableName: 't', Item: { pk: { N: '5' } } }, 'table/t', ['5']],
    ['PutItem', { TableName: `arn:aws:dynamodb:eu-west-1:${HUB}:table/t`, Item: { pk: value } }, 'table/t', ['v']],
    [
      'Query',
      {
        TableName: 't',
        KeyConditionExpression: 'pk=:a AND sk > :b',
        ExpressionAttributeValues: { ':a': value, ':b': { S: 'w' } },
      },
      'table/t',
      ['v'],
    ],
    [
      'Query',
      {
        TableName: 't',
        KeyConditionExpression: '(:a = #p)',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':a': value },
      },
      'table/t',
      ['v'],
    ],
    [
      'Query',
      {
        TableName: 't',
        IndexName: 'i',
        KeyConditionExpression: 'gpk = :a',
        ExpressionAttributeValues: { ':a': value },
      },
      'table/t/index/i',
      ['v'],
    ],
    [
      'Query',
      { TableName: 't', KeyConditions: { pk: { AttributeValueList: [value], ComparisonOperator: 'EQ' } } },
      'table/t',
      ['v'],
    ],
    [
      'Query',
      { TableName: 't', KeyConditionExpression: 'sk = :a', ExpressionAttributeValues: { ':a': value } },
      'table/t',
      undefined,
    ],
    ['Scan', { TableName: 't' }, 'table/t', undefined],
    ['BatchGetItem', { RequestItems: { t: { Keys: [{ pk: value }, { pk: { S: 'w' } }] } } }, 'table/t', ['v', 'w']],
    ['ListTables', {}, '*', undefined],
    ['GetItem', { TableName: 'unknown', Key: { pk: value } }, 'table/unknown', undefined],
  ])('%s %j', (operation, body, resource, leading) => {
    const [ask, ...more] = asksOf(operation, { ...body }, key);
    expect(more).toEqual([]);
    expect(ask).toMatchObject({ action: `dynamodb:${operation}`, resource });
    expect(ask?.context['dynamodb:LeadingKeys']).toEqual(leading);
  });
});
