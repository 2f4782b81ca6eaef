/** Where everything goes that nobody could handle: a queue with its alarm. */
import { Duration, type Stack, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { named } from './logical-id.ts';

/** A queue that keeps its messages as long as SQS can (14 days), encrypted, over TLS only, with an alarm on the first message. */
export const deadLetters = (stack: Stack, queueName: string): Queue => {
  const queue = named(
    new Queue(stack, 'DeadLetters', {
      queueName,
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    }),
    'DeadLetters',
  );
  Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'This queue is the dead-letter queue.' });
  const alarm = queue
    .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' })
    .createAlarm(stack, 'DeadLettersWaiting', {
      alarmName: `${queueName}-waiting`,
      alarmDescription: 'Something could not be handled. The message says what and why.',
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  named(alarm, 'DeadLettersWaiting');
  return queue;
};
