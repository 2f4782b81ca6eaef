/** Clients that stop or are overtaken in the middle of writing, as a function that crashes or is slow. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Dynamo } from './dynalite.ts';

/** Does something just before the first write of a row whose keys say this; what it throws is what the writer sees. */
export const clientThat = async (
  { client, endpoint }: Dynamo,
  rowWith: string,
  first: () => Promise<void>,
): Promise<DynamoDBClient> => {
  const { credentials, region } = client.config;
  const other = new DynamoDBClient({
    endpoint,
    credentials: await credentials(),
    region: await region(),
    maxAttempts: 1,
  });
  let isFirst = true;
  other.middlewareStack.add(
    (next, context) => async (args) => {
      const writes = context.commandName === PutItemCommand.name;
      if (isFirst && writes && JSON.stringify(args.input).includes(rowWith)) {
        isFirst = false;
        await first();
      }
      return next(args);
    },
    { step: 'initialize', name: 'interrupted' },
  );
  return other;
};

/** Stops for good before it writes such a row. */
export const clientThatCrashes = (dynamo: Dynamo, rowWith: string): Promise<DynamoDBClient> =>
  clientThat(dynamo, rowWith, () => Promise.reject(new Error('crashed')));
