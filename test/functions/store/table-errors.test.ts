import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { openTable } from '../../../functions/store/table.ts';

describe("DynamoDB's errors", () => {
  const mock = mockClient(DynamoDBClient);
  const table = openTable(new DynamoDBClient({ region: 'eu-west-1' }), 'podid');
  beforeEach(() => {
    mock.reset();
  });

  const sdkError = (name: string, status?: number): Error =>
    Object.assign(new Error(`${name} it said`), {
      name,
      ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    });

  it.each([
    [sdkError('ProvisionedThroughputExceededException', 400), 'Throttled'],
    [sdkError('ThrottlingException', 400), 'Throttled'],
    [sdkError('AccessDeniedException', 400), 'AccessDenied'],
    [sdkError('ResourceNotFoundException', 400), 'NotFound'],
    [sdkError('InternalServerError', 500), 'ServiceUnavailable'],
    [sdkError('TimeoutError'), 'ServiceUnavailable'],
    [sdkError('ECONNREFUSED'), 'ServiceUnavailable'],
    [sdkError('ValidationException', 400), 'Refused'],
  ])('%s becomes %s, with its cause and the row it was about', async (cause, name) => {
    mock.on(PutItemCommand).rejects(cause).on(GetItemCommand).rejects(cause).on(QueryCommand).rejects(cause);
    const expected = { name, cause, message: expect.stringContaining('A') };
    await expect(table.put({ pk: 'A', sk: '1' }, 'absent')).rejects.toMatchObject(expected);
    await expect(table.get({ pk: 'A', sk: '1' })).rejects.toMatchObject(expected);
    await expect(table.all({ pk: 'A' })).rejects.toMatchObject(expected);
  });

  it('reads the table consistently, and an index not', async () => {
    mock.on(QueryCommand).resolves({}).on(GetItemCommand).resolves({});
    await table.get({ pk: 'A', sk: '1' });
    await table.all({ pk: 'A' });
    await table.all({ index: 'byRole', pk: 'A' });
    expect(mock.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
    const [base, index] = mock.commandCalls(QueryCommand).map((call) => call.args[0].input);
    expect(base).toMatchObject({ ConsistentRead: true });
    expect(index).toMatchObject({ IndexName: 'byRole' });
    expect(index).not.toHaveProperty('ConsistentRead');
  });
});
