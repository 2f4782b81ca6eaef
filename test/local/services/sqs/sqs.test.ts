import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineQueue, setQueuePolicy, service as sqs } from '../../../../local/services/sqs/index.ts';
import { HUB, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
let client: SQSClient;
let stranger: SQSClient;
beforeAll(async () => {
  small = await smallCloud(sqs);
  const clientOf = (account: string) => {
    const { accessKeyId, secretAccessKey } = small.cloud.administrator(account).credentials;
    return new SQSClient({
      region: REGION,
      endpoint: small.cloud.endpoint,
      credentials: { accessKeyId, secretAccessKey },
    });
  };
  client = clientOf(HUB);
  stranger = clientOf(SPOKE);
});
afterAll(async () => {
  client.destroy();
  stranger.destroy();
  await small.close();
});

let count = 0;
const queue = async (settings = {}) => {
  const { name } = defineQueue(small.cloud, HUB, REGION, { name: `q${++count}`, ...settings });
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl ?? '';
};
const send = (QueueUrl: string, MessageBody: string, more = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (QueueUrl: string, more = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [];

describe('a queue', () => {
  it('shows a message again at once that its receiver gives back, and later one that it keeps for longer', async () => {
    const url = await queue();
    await send(url, 'x');
    const [first] = await receive(url);
    const change = (VisibilityTimeout: number, ReceiptHandle = first?.ReceiptHandle) =>
      client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }));
    await change(60);
    expect(await receive(url)).toEqual([]);
    await change(0);
    const [second] = await receive(url);
    expect(second?.MessageId).toBe(first?.MessageId);
    // The handle of an earlier receive is no longer the one.
    await expect(change(0)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await expect(change(43_201, second?.ReceiptHandle)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(change(0, 'none')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  it('hands out a message with its attributes until it is deleted', async () => {
    const url = await queue({ visibilitySeconds: 0 });
    await send(url, 'hé', { MessageAttributes: { RULE_ARN: { DataType: 'String', StringValue: 'arn' } } });
    const [first] = await receive(url, { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(first).toMatchObject({
      Body: 'hé',
      MessageAttributes: { RULE_ARN: { StringValue: 'arn' } },
      Attributes: { ApproximateReceiveCount: '1' },
    });
    const [again] = await receive(url);
    expect(again?.MessageId).toBe(first?.MessageId);
    expect(again?.MessageAttributes).toBeUndefined();
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle }));
    expect(await receive(url)).toEqual([]);
  });

  it('hides what is being worked on, and counts it', async () => {
    const url = await queue();
    await send(url, 'a');
    expect(await receive(url)).toHaveLength(1);
    expect(await receive(url)).toEqual([]);
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
      QueueArn: `arn:aws:sqs:${REGION}:${HUB}:q${count}`,
    });
  });

  it('wakes a receiver that waits', async () => {
    const url = await queue();
    const waiting = receive(url, { WaitTimeSeconds: 20 });
    await send(url, 'at last');
    expect(await waiting).toMatchObject([{ Body: 'at last' }]);
  });

  it('refuses what SQS refuses', async () => {
    const url = await queue();
    await expect(send(url, '')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send(url, 'x'.repeat(1_048_577))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(send(url.replace(/q\d+$/, 'nowhere'), 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const bad = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'x' });
    await expect(client.send(bad)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  it('lets another account in by its policy only', async () => {
    const url = await queue();
    const put = () => stranger.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));
    await expect(put()).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
    const Statement = [{ Effect: 'Allow', Principal: { AWS: SPOKE }, Action: 'sqs:SendMessage', Resource: '*' }];
    setQueuePolicy(
      defineQueue(small.cloud, HUB, REGION, { name: `q${count}` }),
      JSON.stringify({ Version: '2012-10-17', Statement }),
    );
    await put();
    expect(await receive(url)).toHaveLength(1);
  });

  it('is listed and purged', async () => {
    const url = await queue();
    await send(url, 'x');
    expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: `q${count}` }))).QueueUrls).toEqual([url]);
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await receive(url)).toEqual([]);
  });
});
