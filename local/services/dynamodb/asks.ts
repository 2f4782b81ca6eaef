/** What a DynamoDB call must be allowed to: its action on tables and indexes, with `dynamodb:LeadingKeys` and the like. Pure. */

/** A request's body, parsed. */
export type Body = Readonly<Record<string, unknown>>;

export type TableAsk = {
  readonly action: string;
  /** `table/NAME`, `table/NAME/index/INDEX`, or `*`. */
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
};

/** The name of the partition key of a table or of one of its indexes; undefined when there is no such table. */
export type PartitionKey = (table: string, index?: string) => string | undefined;

/** The asks of an operation. Batches ask once a table. */
export const asksOf = (operation: string, body: Body, partitionKey: PartitionKey): TableAsk[] => {
  const action = `dynamodb:${operation}`;
  switch (operation) {
    case 'ListTables':
    case 'DescribeLimits':
    case 'DescribeEndpoints':
      return [{ action, resource: '*', context: {} }];
    case 'TagResource':
    case 'UntagResource':
    case 'ListTagsOfResource':
      return [{ action, resource: resourceOf(text(body.ResourceArn)), context: {} }];
    case 'BatchGetItem':
      return entries(body.RequestItems).map(([table, request]) => {
        const keys = list(isObject(request) ? request.Keys : undefined);
        return onItems(action, table, keys, partitionKey);
      });
    case 'BatchWriteItem':
      return entries(body.RequestItems).map(([table, requests]) =>
        onItems(action, table, list(requests).map(writtenItem), partitionKey),
      );
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return list(body.TransactItems).flatMap((item) =>
        entries(item).map(([kind, request]) => {
          const part = isObject(request) ? request : {};
          return onItems(
            `dynamodb:${TRANSACTED[kind] ?? kind}`,
            text(part.TableName),
            [part.Key ?? part.Item],
            partitionKey,
          );
        }),
      );
    case 'Query':
    case 'Scan': {
      const table = nameOf(text(body.TableName));
      const index = body.IndexName === undefined ? undefined : text(body.IndexName);
      const resource = index === undefined ? `table/${table}` : `table/${table}/index/${index}`;
      const key = partitionKey(table, index);
      const leading = operation === 'Query' && key !== undefined ? queriedKey(body, key) : undefined;
      return [{ action, resource, context: contextOf(body, leading === undefined ? [] : [leading]) }];
    }
    default: {
      const ask = onItems(action, text(body.TableName), [body.Key ?? body.Item], partitionKey);
      return [{ ...ask, context: { ...ask.context, ...contextOf(body, ask.context['dynamodb:LeadingKeys'] ?? []) } }];
    }
  }
};

/** A table's name from a name or an ARN. */
export const nameOf = (given: string): string => given.split(':table/').at(-1)?.split('/')[0] ?? given;

const TRANSACTED: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

const resourceOf = (arn: string): string => (arn.includes(':table/') ? `table/${arn.split(':table/')[1]}` : '*');

const onItems = (action: string, table: string, items: readonly unknown[], partitionKey: PartitionKey): TableAsk => {
  const name = nameOf(table);
  const key = partitionKey(name);
  const leading = items.flatMap((item) => (isObject(item) && key !== undefined ? plain(item[key]) : []));
  return {
    action,
    resource: `table/${name}`,
    context: leading.length === 0 ? {} : { 'dynamodb:LeadingKeys': leading },
  };
};

const contextOf = (body: Body, leading: readonly string[]): TableAsk['context'] => {
  const single = (key: string, value: unknown) => (value === undefined ? {} : { [key]: [text(value)] });
  return {
    ...(leading.length === 0 ? {} : { 'dynamodb:LeadingKeys': leading }),
    ...single('dynamodb:Select', body.Select),
    ...single('dynamodb:ReturnValues', body.ReturnValues),
    ...single('dynamodb:ReturnConsumedCapacity', body.ReturnConsumedCapacity),
  };
};

const writtenItem = (request: unknown): unknown => {
  if (!isObject(request)) return undefined;
  const { PutRequest: put, DeleteRequest: remove } = request;
  return isObject(put) ? put.Item : isObject(remove) ? remove.Key : undefined;
};

/** The value that a query wants the partition key to equal, from an expression or from the old KeyConditions. */
const queriedKey = (body: Body, key: string): string | undefined => {
  const { KeyConditions: conditions } = body;
  if (isObject(conditions)) {
    const condition = conditions[key];
    return plain(list(isObject(condition) ? condition.AttributeValueList : undefined)[0])[0];
  }
  const names = isObject(body.ExpressionAttributeNames) ? body.ExpressionAttributeNames : {};
  const values = isObject(body.ExpressionAttributeValues) ? body.ExpressionAttributeValues : {};
  // Either side may hold the value; brackets may stand around a condition.
  for (const [, left = '', right = ''] of text(body.KeyConditionExpression).matchAll(
    /([#:]?[\w.-]+)\s*=\s*([#:]?[\w.-]+)/g,
  )) {
    const [name, value] = left.startsWith(':') ? [right, left] : [left, right];
    if ((name.startsWith('#') ? names[name] : name) === key) return plain(values[value])[0];
  }
  return undefined;
};

/** `{"S": "x"}` as policies see it. Keys are text, numbers or bytes. */
const plain = (value: unknown): string[] => {
  if (!isObject(value)) return [];
  const inner = value.S ?? value.N ?? value.B;
  return typeof inner === 'string' ? [inner] : [];
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const entries = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
