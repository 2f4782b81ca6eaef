/** What Lambda hands to a handler beside the event, as far as ours look. */
import type { Context } from 'aws-lambda';

export const context = (functionName: string): Context => ({
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: `arn:aws:lambda:eu-west-1:999988887777:function:${functionName}`,
  memoryLimitInMB: '512',
  awsRequestId: '7f8d9b80-3603-40eb-827b-e0afafc49507',
  logGroupName: `/aws/lambda/${functionName}`,
  logStreamName: 'stream',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});
