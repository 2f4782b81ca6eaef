/** SendMessage. */
import type { SendMessageRequest, SendMessageResult } from '@aws-sdk/client-sqs';
import type { Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { digestOfAttributes, digestOfBody } from './digest.ts';
import { askQueue, enqueue, queueAt } from './queue.ts';

/** 1 MiB of body and attributes (SQS quotas). */
const LARGEST = 1_048_576;

export const SendMessage: Operation<SendMessageRequest, SendMessageResult> = {
  // A data event: CloudTrail's management trail has no record of it.
  readOnly: true,
  asks: (input, call) => [askQueue('SendMessage', input.QueueUrl, call)],
  run: (input, call) => {
    const queue = queueAt(input.QueueUrl, call);
    const body = input.MessageBody ?? '';
    const attributes = input.MessageAttributes ?? {};
    if (body === '') {
      throw new ApiError('MissingParameter', 400, 'The request must contain the parameter MessageBody.');
    }
    const size = Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(attributes));
    if (size > LARGEST) {
      const because = `One or more parameters are invalid. Reason: Message must be shorter than ${LARGEST} bytes.`;
      throw new ApiError('InvalidParameterValue', 400, because);
    }
    const message = enqueue(queue, { body, attributes, senderId: call.caller.userId }, call.now, input.DelaySeconds);
    return {
      MessageId: message.id,
      MD5OfMessageBody: digestOfBody(body),
      ...(Object.keys(attributes).length === 0 ? {} : { MD5OfMessageAttributes: digestOfAttributes(attributes) }),
    };
  },
};
