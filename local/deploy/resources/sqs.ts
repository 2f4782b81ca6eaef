/** AWS::SQS::Queue and its policy. */
import { defineQueue, queuesOf, queueUrl, setQueuePolicy } from '../../services/sqs/index.ts';
import type { Deploy } from '../contract.ts';
import { TemplateUnsupported } from '../intrinsics.ts';

type QueueProperties = {
  readonly QueueName?: string;
  readonly VisibilityTimeout?: number;
  readonly DelaySeconds?: number;
  readonly MessageRetentionPeriod?: number;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
};

export const queue: Deploy<QueueProperties> = (properties, { cloud, account, region }, id) => {
  const { QueueName: name = id, VisibilityTimeout, DelaySeconds, MessageRetentionPeriod, RedrivePolicy } = properties;
  const made = defineQueue(cloud, account, region, {
    name,
    ...(VisibilityTimeout === undefined ? {} : { visibilitySeconds: VisibilityTimeout }),
    ...(DelaySeconds === undefined ? {} : { delaySeconds: DelaySeconds }),
    ...(MessageRetentionPeriod === undefined ? {} : { retentionSeconds: MessageRetentionPeriod }),
    ...(RedrivePolicy === undefined ? {} : { redrive: RedrivePolicy }),
  });
  const url = queueUrl(cloud, made);
  return { ref: url, attributes: { Arn: made.arn, QueueName: name, QueueUrl: url } };
};

type PolicyProperties = { readonly Queues: readonly string[]; readonly PolicyDocument: object };

export const queuePolicy: Deploy<PolicyProperties> = ({ Queues, PolicyDocument }, { cloud, account, region }, id) => {
  for (const url of Queues) {
    const found = queuesOf(cloud, account, region).get(url.split('/').at(-1) ?? '');
    if (found === undefined) throw new TemplateUnsupported(`there is no queue ${url}`);
    setQueuePolicy(found, JSON.stringify(PolicyDocument));
  }
  return { ref: id, attributes: {} };
};
