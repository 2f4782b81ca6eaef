/** DynamoDB in memory, with the hub's two tables as infra/constructs/tables.ts has them. */
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { IDEMPOTENCY_TABLE, TABLE } from '../../../functions/names.ts';

const dynalite: (options: { createTableMs: number }) => Server = createRequire(import.meta.url)('dynalite');

const INDEXES = {
  byRole: ['gsiRolePk', 'gsiRoleSk'],
  byTime: ['gsiTimePk', 'gsiTimeSk'],
  due: ['duePk', 'dueSk'],
} as const;

export type Dynamo = {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  readonly close: () => Promise<void>;
};

export const startDynamo = async (): Promise<Dynamo> => {
  const server = dynalite({ createTableMs: 0 });
  // The client asks once: a connection that is closed at five seconds, as a busy machine comes back to it, would be a failure.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${address.port}`;
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const keys = (pk: string, sk?: string): KeySchemaElement[] => [
    { AttributeName: pk, KeyType: 'HASH' },
    ...(sk === undefined ? [] : [{ AttributeName: sk, KeyType: 'RANGE' } as const]),
  ];
  const names = ['pk', 'sk', ...Object.values(INDEXES).flat()];
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys('pk', 'sk'),
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, [pk, sk]]) => ({
        IndexName,
        KeySchema: keys(pk, sk),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: IDEMPOTENCY_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys('id'),
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  return {
    client,
    endpoint,
    close: async () => {
      client.destroy();
      // Not dynalite's own close: it throws into the process when its database goes while a request is on its way, and a test
      // may end before all that it has set off. A database in memory needs no closing.
      const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
