/** ReceiveMessage with visibility timeout, long polling and redrive; ChangeMessageVisibility; DeleteMessage. */
import { randomUUID } from 'node:crypto';
import {
  type ChangeMessageVisibilityRequest,
  type DeleteMessageRequest,
  MessageNotInflight,
  type Message as MessageOut,
  ReceiptHandleIsInvalid,
  type ReceiveMessageRequest,
  type ReceiveMessageResult,
} from '@aws-sdk/client-sqs';
import { parseArn } from '../../../functions/partition.ts';
import type { Cloud, Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { backgroundOf } from '../background.ts';
import { digestOfAttributes, digestOfBody } from './digest.ts';
import { askQueue, enqueue, type Message, type Queue, queueAt, queuesOf } from './queue.ts';

/** A long poll never lasts longer (SQS quotas). */
const LONGEST_WAIT_SECONDS = 20;

export const ReceiveMessage: Operation<ReceiveMessageRequest, ReceiveMessageResult> = {
  readOnly: true,
  asks: (input, call) => [askQueue('ReceiveMessage', input.QueueUrl, call)],
  run: async (input, call) => {
    const { cloud } = call;
    const queue = queueAt(input.QueueUrl, call);
    const until = cloud.now().getTime() + Math.min(input.WaitTimeSeconds ?? 0, LONGEST_WAIT_SECONDS) * 1000;
    let taken = take(cloud, queue, input);
    while (taken.length === 0 && cloud.now().getTime() < until && !backgroundOf(cloud).signal.aborted) {
      await arrival(cloud, queue, until);
      taken = take(cloud, queue, input);
    }
    return taken.length === 0 ? {} : { Messages: taken.map((message) => show(message, input)) };
  },
};

export const DeleteMessage: Operation<DeleteMessageRequest, Record<string, never>> = {
  readOnly: true,
  asks: (input, call) => [askQueue('DeleteMessage', input.QueueUrl, call)],
  run: (input, call) => {
    const queue = queueAt(input.QueueUrl, call);
    // Deleting what is gone already succeeds, as in SQS; a handle of no message of this queue's form does not.
    const message = messageOf(queue, input.ReceiptHandle);
    if (message !== undefined && message.receipt === input.ReceiptHandle) queue.messages.delete(message.id);
    return {};
  },
};

/** The longest that a message can be out of sight: 12 hours (SQS quotas). */
const LONGEST_VISIBILITY = 43_200;

export const ChangeMessageVisibility: Operation<ChangeMessageVisibilityRequest, Record<string, never>> = {
  readOnly: true,
  asks: (input, call) => [askQueue('ChangeMessageVisibility', input.QueueUrl, call)],
  run: (input, call) => {
    const queue = queueAt(input.QueueUrl, call);
    const seconds = input.VisibilityTimeout ?? 0;
    if (seconds < 0 || seconds > LONGEST_VISIBILITY) {
      const because = `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${LONGEST_VISIBILITY}.`;
      throw new ApiError('InvalidParameterValue', 400, because);
    }
    const message = messageOf(queue, input.ReceiptHandle);
    const now = call.now.getTime();
    if (message === undefined || message.receipt !== input.ReceiptHandle || message.visibleAt <= now) {
      const because = `Value ${input.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
      throw new MessageNotInflight({ message: because, $metadata: {} });
    }
    message.visibleAt = now + seconds * 1000;
    for (const wake of queue.waiting) wake();
    return {};
  },
};

/** @throws ReceiptHandleIsInvalid for what has the form of no handle */
const messageOf = (queue: Queue, handle = ''): Message | undefined => {
  const [id = ''] = handle.split('#');
  const message = queue.messages.get(id);
  if (message === undefined && !/^[\da-f-]{36}#/.test(handle)) {
    const text = `The input receipt handle "${handle}" is not a valid receipt handle.`;
    throw new ReceiptHandleIsInvalid({ message: text, $metadata: {} });
  }
  return message;
};

const take = (cloud: Cloud, queue: Queue, input: ReceiveMessageRequest): Message[] => {
  const now = cloud.now().getTime();
  const most = Math.min(Math.max(input.MaxNumberOfMessages ?? 1, 1), 10);
  const taken: Message[] = [];
  for (const message of queue.messages.values()) {
    if (taken.length === most) break;
    if (now - message.sentAt > queue.retentionSeconds * 1000) queue.messages.delete(message.id);
    else if (message.visibleAt <= now && !redriven(cloud, queue, message)) taken.push(message);
  }
  for (const message of taken) {
    message.visibleAt = now + (input.VisibilityTimeout ?? queue.visibilitySeconds) * 1000;
    message.receives++;
    message.firstReceivedAt ??= now;
    message.receipt = `${message.id}#${randomUUID()}`;
  }
  return taken;
};

/** A message that was received as often as allowed goes to the dead-letter queue instead. */
const redriven = (cloud: Cloud, queue: Queue, message: Message): boolean => {
  if (queue.redrive === undefined || message.receives < queue.redrive.maxReceiveCount) return false;
  const target = parseArn(queue.redrive.deadLetterTargetArn);
  const dead = target && queuesOf(cloud, target.account, target.region).get(target.resource);
  if (dead === undefined) return false;
  queue.messages.delete(message.id);
  enqueue(dead, message, cloud.now());
  return true;
};

/** Waits for a message to be sent, or for one in flight to come back into sight. */
const arrival = async (cloud: Cloud, queue: Queue, until: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.waiting.add(resolve);
  const next = Math.min(until, ...[...queue.messages.values()].map((message) => message.visibleAt));
  await Promise.race([promise, backgroundOf(cloud).wait(Math.max(next - cloud.now().getTime(), 1))]);
  queue.waiting.delete(resolve);
};

const show = (message: Message, input: ReceiveMessageRequest): MessageOut => {
  const system = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  const wanted: readonly string[] = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
  const attributes = Object.entries(system).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  const custom = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) =>
      (input.MessageAttributeNames ?? []).some((it) => names(it, name)),
    ),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: digestOfBody(message.body),
    ...(attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) }),
    ...(Object.keys(custom).length === 0
      ? {}
      : { MessageAttributes: custom, MD5OfMessageAttributes: digestOfAttributes(custom) }),
  };
};

/** `All`, `.*`, a name, or a prefix with `.*`. */
const names = (asked: string, name: string): boolean =>
  asked === 'All' || asked === name || (asked.endsWith('.*') && name.startsWith(asked.slice(0, -2)));
