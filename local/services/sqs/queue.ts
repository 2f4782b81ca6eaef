/** Queues and their messages, by account and region. */

import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { type NamedPolicy, parsePolicy } from '../../../functions/policy/index.ts';
import type { Ask, Call, Cloud } from '../../contract.ts';

export type Message = {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly senderId: string;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** The receipt handle of the last receive: only that one deletes. */
  receipt?: string;
};

export type Queue = {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Date;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  policy?: { readonly text: string; readonly parsed: NamedPolicy };
  readonly messages: Map<string, Message>;
  /** Receivers that wait for a message. */
  readonly waiting: Set<() => void>;
};

export type QueueSettings = Pick<Queue, 'name'> &
  Partial<Pick<Queue, 'visibilitySeconds' | 'delaySeconds' | 'retentionSeconds' | 'redrive'>>;

/** Makes a queue; the template's defaults are SQS's own: 30 s of visibility, no delay, four days. */
export const defineQueue = (cloud: Cloud, account: string, region: string, settings: QueueSettings): Queue => {
  const queue: Queue = {
    visibilitySeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 345_600,
    ...settings,
    arn: queueArn(cloud, account, region, settings.name),
    account,
    region,
    createdAt: cloud.now(),
    messages: new Map(),
    waiting: new Set(),
  };
  queuesOf(cloud, account, region).set(queue.name, queue);
  return queue;
};

/** Sets a queue's resource policy from its JSON text. */
export const setQueuePolicy = (queue: Queue, text: string): void => {
  queue.policy = {
    text,
    parsed: { name: `${queue.name} queue policy`, document: parsePolicy(text, { kind: 'resource' }) },
  };
};

export const queuesOf = (cloud: Cloud, account: string, region: string): Map<string, Queue> =>
  cloud.state('sqs', `${account}/${region}`, () => new Map<string, Queue>());

export const queueArn = (cloud: Cloud, account: string, region: string, name: string): string =>
  `arn:${cloud.partition}:sqs:${region}:${account}:${name}`;

/** `http://127.0.0.1:PORT/ACCOUNT/NAME`. */
export const queueUrl = (cloud: Cloud, queue: Queue): string => `${cloud.endpoint}/${queue.account}/${queue.name}`;

/**
 * The queue that a URL names, in the call's region.
 * @throws QueueDoesNotExist
 */
export const queueAt = (url: string | undefined, call: Call): Queue => {
  const { account, name } = partsOf(url, call);
  const queue = queuesOf(call.cloud, account, call.region).get(name);
  if (queue === undefined) throw noQueue();
  return queue;
};

export const noQueue = (): QueueDoesNotExist =>
  new QueueDoesNotExist({ message: 'The specified queue does not exist.', $metadata: {} });

/** What a call on a queue must be allowed to. A queue that isn't there has no policy. */
export const askQueue = (action: string, url: string | undefined, call: Call): Ask => {
  const { account, name } = partsOf(url, call);
  return askNamed(action, account, name, call);
};

export const askNamed = (action: string, account: string, name: string, call: Call): Ask => {
  const policy = queuesOf(call.cloud, account, call.region).get(name)?.policy;
  return {
    action: `sqs:${action}`,
    resource: queueArn(call.cloud, account, call.region, name),
    resourceAccount: account,
    ...(policy === undefined ? {} : { resourcePolicy: policy.parsed }),
  };
};

/** Puts a message into a queue and wakes who waits for one. */
export const enqueue = (
  queue: Queue,
  message: Pick<Message, 'body' | 'attributes' | 'senderId'>,
  now: Date,
  delaySeconds = queue.delaySeconds,
): Message => {
  const sentAt = now.getTime();
  const entry: Message = { ...message, id: randomUUID(), sentAt, visibleAt: sentAt + delaySeconds * 1000, receives: 0 };
  queue.messages.set(entry.id, entry);
  for (const wake of queue.waiting) wake();
  return entry;
};

const partsOf = (url: string | undefined, call: Call): { account: string; name: string } => {
  const [, account, name] = /^https?:\/\/[^/]+\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(url ?? '') ?? [];
  // boto3 and old CLIs also take a bare name.
  return { account: account ?? call.account, name: name ?? url ?? '' };
};
