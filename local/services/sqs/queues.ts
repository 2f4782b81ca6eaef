/** GetQueueUrl, ListQueues, GetQueueAttributes, PurgeQueue. */
import type {
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListQueuesRequest,
  ListQueuesResult,
  PurgeQueueRequest,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { pageOf } from '../page.ts';
import { askNamed, askQueue, noQueue, type Queue, queueAt, queuesOf, queueUrl } from './queue.ts';

export const GetQueueUrl: Operation<GetQueueUrlRequest, GetQueueUrlResult> = {
  readOnly: true,
  asks: (input, call) => [askNamed('GetQueueUrl', ownerOf(input, call.account), input.QueueName ?? '', call)],
  run: (input, call) => {
    const queue = queuesOf(call.cloud, ownerOf(input, call.account), call.region).get(input.QueueName ?? '');
    if (queue === undefined) throw noQueue();
    return { QueueUrl: queueUrl(call.cloud, queue) };
  },
};

export const ListQueues: Operation<ListQueuesRequest, ListQueuesResult> = {
  readOnly: true,
  asks: () => [{ action: 'sqs:ListQueues', resource: '*' }],
  run: (input, call) => {
    const queues = [...queuesOf(call.cloud, call.account, call.region).values()].filter(({ name }) =>
      name.startsWith(input.QueueNamePrefix ?? ''),
    );
    // Without MaxResults there are 1,000 and no token (API reference).
    const page = pageOf(queues, ({ name }) => name, input.MaxResults ?? 1000, input.NextToken);
    if (page === undefined) throw new ApiError('InvalidParameterValue', 400, 'Invalid or expired next token.');
    return {
      ...(page.items.length === 0 ? {} : { QueueUrls: page.items.map((queue) => queueUrl(call.cloud, queue)) }),
      ...(page.next === undefined || input.MaxResults === undefined ? {} : { NextToken: page.next }),
    };
  },
};

export const GetQueueAttributes: Operation<GetQueueAttributesRequest, GetQueueAttributesResult> = {
  readOnly: true,
  asks: (input, call) => [askQueue('GetQueueAttributes', input.QueueUrl, call)],
  run: (input, call) => {
    const wanted: readonly string[] = input.AttributeNames ?? [];
    const all = Object.entries(attributesOf(queueAt(input.QueueUrl, call), call.now));
    return { Attributes: Object.fromEntries(all.filter(([name]) => wanted.includes('All') || wanted.includes(name))) };
  },
};

export const PurgeQueue: Operation<PurgeQueueRequest, Record<string, never>> = {
  readOnly: false,
  asks: (input, call) => [askQueue('PurgeQueue', input.QueueUrl, call)],
  run: (input, call) => {
    queueAt(input.QueueUrl, call).messages.clear();
    return {};
  },
};

const ownerOf = (input: GetQueueUrlRequest, account: string): string => input.QueueOwnerAWSAccountId ?? account;

const attributesOf = (queue: Queue, at: Date): Record<string, string> => {
  const messages = [...queue.messages.values()];
  const now = at.getTime();
  const delayed = messages.filter((message) => message.receives === 0 && message.visibleAt > now);
  const inFlight = messages.filter((message) => message.receives > 0 && message.visibleAt > now);
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(messages.length - delayed.length - inFlight.length),
    ApproximateNumberOfMessagesNotVisible: String(inFlight.length),
    ApproximateNumberOfMessagesDelayed: String(delayed.length),
    CreatedTimestamp: String(Math.floor(queue.createdAt.getTime() / 1000)),
    VisibilityTimeout: String(queue.visibilitySeconds),
    DelaySeconds: String(queue.delaySeconds),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    ...(queue.policy === undefined ? {} : { Policy: queue.policy.text }),
    ...(queue.redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(queue.redrive) }),
  };
};
