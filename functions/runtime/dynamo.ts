/** The hub's DynamoDB client: one a function, made at its first use. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

let client: DynamoDBClient | undefined;

/** Six attempts with jitter are over in about 3 s, within every hub function's timeout. */
export const dynamo = (): DynamoDBClient => {
  client ??= new DynamoDBClient({ maxAttempts: 6 });
  return client;
};
