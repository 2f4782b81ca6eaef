/** Asynchronous invocations: retries, then the destination or the dead-letter queue, with the records that Lambda writes there. */
import { parseArn } from '../../../functions/partition.ts';
import type { Cloud } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { sessionOf } from '../sessions.ts';
import { queuesOf, queueUrl } from '../sqs/queue.ts';
import type { Outcome } from './environment.ts';
import type { LambdaFunction } from './function.ts';
import { poolOf } from './pool.ts';
import { lambdaLimits } from './settings.ts';

type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';

/** Runs an event until it succeeds or the attempts are used up, and tells the destination. */
export const invokeLater = async (
  cloud: Cloud,
  target: LambdaFunction,
  requestId: string,
  event: string,
): Promise<void> => {
  const background = backgroundOf(cloud);
  const received = cloud.now().getTime();
  for (let attempt = 1; ; attempt++) {
    const outcome = await poolOf(cloud, target).invoke(requestId, event);
    if (!outcome.failed) return tell(cloud, target, { requestId, event, outcome, attempt, condition: 'Success' });
    const tooOld = cloud.now().getTime() - received > target.async.maxAgeSeconds * 1000;
    if (attempt > target.async.retries || tooOld) {
      const condition = attempt > target.async.retries ? 'RetriesExhausted' : 'EventAgeExceeded';
      return tell(cloud, target, { requestId, event, outcome, attempt, condition });
    }
    const delays = lambdaLimits(cloud).asyncDelaysMs;
    if (!(await background.wait(delays[attempt - 1] ?? delays.at(-1) ?? 0))) return;
  }
};

type End = {
  readonly requestId: string;
  readonly event: string;
  readonly outcome: Outcome;
  readonly attempt: number;
  readonly condition: Condition;
};

const tell = async (cloud: Cloud, target: LambdaFunction, end: End): Promise<void> => {
  const succeeded = end.condition === 'Success';
  const destination = succeeded ? target.async.onSuccessArn : target.async.onFailureArn;
  if (destination !== undefined)
    await send(cloud, target, destination, JSON.stringify(recordOf(cloud, target, end)), {});
  if (succeeded) return;
  if (target.deadLetterArn !== undefined) {
    await send(cloud, target, target.deadLetterArn, end.event, {
      RequestID: { DataType: 'String', StringValue: end.requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: messageOf(end.outcome.payload).slice(0, 1024) },
    });
  } else if (destination === undefined) {
    backgroundOf(cloud).report(`${target.name} failed and nobody is told: ${end.outcome.payload}`);
  }
};

/** Lambda guide, "Capturing records of Lambda asynchronous invocations". */
const recordOf = (cloud: Cloud, target: LambdaFunction, { requestId, event, outcome, attempt, condition }: End) => ({
  version: '1.0',
  timestamp: cloud.now().toISOString(),
  requestContext: {
    requestId,
    functionArn: `${target.arn}:$LATEST`,
    condition,
    approximateInvokeCount: attempt,
  },
  requestPayload: JSON.parse(event),
  responseContext: {
    statusCode: 200,
    executedVersion: '$LATEST',
    ...(outcome.failed ? { functionError: 'Unhandled' } : {}),
  },
  responsePayload: JSON.parse(outcome.payload),
});

/** Lambda sends with the permissions of the function's own role. */
const send = async (
  cloud: Cloud,
  target: LambdaFunction,
  arn: string,
  body: string,
  attributes: object,
): Promise<void> => {
  const { service, region, account, resource } = parseArn(arn) ?? {
    service: '',
    region: '',
    account: '',
    resource: arn,
  };
  const queue = service === 'sqs' ? queuesOf(cloud, account, region).get(resource) : undefined;
  if (queue === undefined) throw new Error(`${target.name}: there is no queue ${arn} to tell about a failure`);
  const { caller } = sessionOf(cloud, target.roleArn, target.name, 'lambda.amazonaws.com');
  const input = { QueueUrl: queueUrl(cloud, queue), MessageBody: body, MessageAttributes: attributes };
  await cloud.call('sqs', 'SendMessage', input, { caller, region });
};

const messageOf = (payload: string): string => {
  const parsed: unknown = JSON.parse(payload);
  return typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed
    ? String(parsed.errorMessage)
    : payload;
};
