/** Amazon SQS: standard queues. */
import * as schemas from '@aws-sdk/client-sqs';
import type { Service } from '../../contract.ts';
import { GetQueueAttributes, GetQueueUrl, ListQueues, PurgeQueue } from './queues.ts';
import { ChangeMessageVisibility, DeleteMessage, ReceiveMessage } from './receive.ts';
import { SendMessage } from './send.ts';

export { defineQueue, enqueue, type Queue, queuesOf, queueUrl, setQueuePolicy } from './queue.ts';

export const service: Service = {
  scope: 'sqs',
  eventSource: 'sqs.amazonaws.com',
  protocol: 'awsJson1_0',
  schemas,
  operations: {
    ChangeMessageVisibility,
    DeleteMessage,
    GetQueueAttributes,
    GetQueueUrl,
    ListQueues,
    PurgeQueue,
    ReceiveMessage,
    SendMessage,
  },
};
