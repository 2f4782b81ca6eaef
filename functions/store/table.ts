/** The one table: the few DynamoDB expressions that the hub needs, and its errors turned into ours. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { failureOf } from '../runtime/aws-failures.ts';
import { Failure } from '../runtime/errors.ts';

export type Key = { readonly pk: string; readonly sk: string };
export type Item = Key & Readonly<Record<string, unknown>>;
/** A row as it was read: to be checked against a schema before use. */
export type Stored = Record<string, unknown>;

/** When a put may happen: the row is absent; a field is as it was read; or, where there is a row, a field (an ISO time) is not newer. */
export type Condition =
  | 'absent'
  | { readonly field: string; readonly equals: string | number }
  | { readonly field: string; readonly notAfter: string };

/** Rows of one partition in the order of their sort keys. An index is read with eventual consistency, the table consistently. */
export type Range = {
  readonly index?: keyof typeof KEYS;
  readonly pk: string;
  /** Sort keys that begin with this. */
  readonly prefix?: string;
  /** Sort keys up to this. */
  readonly upTo?: string;
  /** Sort keys from this on. Of prefix, upTo and from there is one. */
  readonly from?: string;
  readonly newestFirst?: boolean;
};
export type Page = { readonly items: readonly Stored[]; readonly next?: string };

const KEYS = {
  table: ['pk', 'sk'],
  byRole: ['gsiRolePk', 'gsiRoleSk'],
  byTime: ['gsiTimePk', 'gsiTimeSk'],
  due: ['duePk', 'dueSk'],
} as const;

export type Table = ReturnType<typeof openTable>;

/** The table behind a client. Conditions that don't hold are an answer (false), not an error; all else is thrown as a Failure. */
export const openTable = (client: DynamoDBClient, TableName: string) => {
  /** One page; `cursor` is the `next` of the page before. */
  const page = async (range: Range, limit?: number, cursor?: string): Promise<Page> => {
    const start = cursor === undefined ? {} : { ExclusiveStartKey: marshall(readCursor(cursor)) };
    const query = { TableName, ...rangeOf(range), ...start, ...(limit === undefined ? {} : { Limit: limit }) };
    const answer = await client.send(new QueryCommand(query)).catch(failed(`a query of ${range.pk}`));
    return {
      items: (answer.Items ?? []).map((item) => unmarshall(item)),
      ...(answer.LastEvaluatedKey ? { next: writeCursor(unmarshall(answer.LastEvaluatedKey)) } : {}),
    };
  };

  return {
    /** A consistent read of one row. */
    get: async ({ pk, sk }: Key): Promise<Stored | undefined> => {
      const get = new GetItemCommand({ TableName, Key: marshall({ pk, sk }), ConsistentRead: true });
      const answer = await client.send(get).catch(failed(`a read of ${pk}/${sk}`));
      return answer.Item && unmarshall(answer.Item);
    },

    /** Puts the whole item: an update would leave its index keys stale. False when the condition does not hold. */
    put: async (item: Item, only?: Condition): Promise<boolean> => {
      const Item = marshall(item, { removeUndefinedValues: true });
      const put = new PutItemCommand({ TableName, Item, ...(only === undefined ? {} : conditionOf(only)) });
      return client.send(put).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw failureOf(`a write of ${item.pk}/${item.sk}`, error);
        },
      );
    },

    page,

    /** All rows of a range, page by page. */
    all: async (range: Range): Promise<Stored[]> => {
      const items: Stored[] = [];
      let cursor: string | undefined;
      do {
        const { items: some, next } = await page(range, undefined, cursor);
        items.push(...some);
        cursor = next;
      } while (cursor !== undefined);
      return items;
    },

    /** How many rows of a range have no `field`, or one (an ISO time) after `after`. */
    countUnset: async (range: Range, field: string, after: string): Promise<number> => {
      const query = rangeOf(range);
      let count = 0;
      let from: QueryCommandInput['ExclusiveStartKey'];
      do {
        const command = new QueryCommand({
          TableName,
          ...query,
          Select: 'COUNT',
          FilterExpression: 'attribute_not_exists(#field) OR #field > :after',
          ExpressionAttributeNames: { ...query.ExpressionAttributeNames, '#field': field },
          ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ...marshall({ ':after': after }) },
          ExclusiveStartKey: from,
        });
        const answer = await client.send(command).catch(failed(`a count of ${range.pk}`));
        count += answer.Count ?? 0;
        from = answer.LastEvaluatedKey;
      } while (from !== undefined);
      return count;
    },

    /** Adds a member to the string set `members` and answers all of them; adding twice is adding once. `expiresAt` is in epoch seconds. */
    addToSet: async ({ pk, sk }: Key, member: string, expiresAt: number): Promise<ReadonlySet<string>> => {
      const command = new UpdateItemCommand({
        TableName,
        Key: marshall({ pk, sk }),
        UpdateExpression: 'ADD #members :member SET #expiresAt = :expiresAt',
        ExpressionAttributeNames: { '#members': 'members', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: marshall({ ':member': new Set([member]), ':expiresAt': expiresAt }),
        ReturnValues: 'ALL_NEW',
      });
      const answer = await client.send(command).catch(failed(`an addition to ${pk}/${sk}`));
      return new Set(answer.Attributes?.members?.SS ?? []);
    },
  };
};

const failed =
  (what: string) =>
  (error: unknown): never => {
    throw failureOf(what, error);
  };

const rangeOf = ({ index = 'table', pk, prefix, upTo, from, newestFirst }: Range) => {
  const [pkName, skName] = KEYS[index];
  const sk = prefix ?? upTo ?? from;
  const bound =
    sk === undefined ? '' : prefix === sk ? ' AND begins_with(#sk, :sk)' : ` AND #sk ${upTo === sk ? '<=' : '>='} :sk`;
  return {
    ...(index === 'table' ? { ConsistentRead: true } : { IndexName: index }),
    KeyConditionExpression: `#pk = :pk${bound}`,
    ExpressionAttributeNames: { '#pk': pkName, ...(sk === undefined ? {} : { '#sk': skName }) },
    ExpressionAttributeValues: marshall({ ':pk': pk, ...(sk === undefined ? {} : { ':sk': sk }) }),
    ScanIndexForward: newestFirst !== true,
  };
};

const conditionOf = (only: Condition) => {
  if (only === 'absent')
    return { ConditionExpression: 'attribute_not_exists(#field)', ExpressionAttributeNames: { '#field': 'pk' } };
  const [expression, value] =
    'equals' in only
      ? ['#field = :value', only.equals]
      : ['attribute_not_exists(#field) OR #field <= :value', only.notAfter];
  return {
    ConditionExpression: expression,
    ExpressionAttributeNames: { '#field': only.field },
    ExpressionAttributeValues: marshall({ ':value': value }),
  };
};

const writeCursor = (key: Stored): string => Buffer.from(JSON.stringify(key)).toString('base64url');

const readCursor = (cursor: string): Stored => {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof key === 'object' && key !== null && !Array.isArray(key)) return { ...key };
  } catch {
    // Falls through: whatever it is, it is no cursor of ours.
  }
  throw new Failure('InputMalformed', 'the cursor is not one that a page before has given; begin without one');
};
