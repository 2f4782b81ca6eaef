/** Calls a spoke function as Lambda would, in account 111122223333 and eu-west-1, and keeps its log lines quiet. */
import type { Context } from 'aws-lambda';

process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
process.env.POWERTOOLS_METRICS_DISABLED = 'true';
process.env.AWS_REGION = 'eu-west-1';
process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
process.env.AWS_SECRET_ACCESS_KEY = 'secret';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'podid-test',
  functionVersion: '$LATEST',
  invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:podid-test`,
  memoryLimitInMB: '512',
  awsRequestId: '0b0c0d0e-0000-4000-8000-000000000000',
  logGroupName: '/aws/lambda/podid-test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 60_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

type SpokeFile = 'assess' | 'cut-sessions' | 'lift-deny' | 'read-associations' | 'restart' | 'trace-roles' | 'verify';

/** Imported only now: powertools reads its environment when a function is made. */
export const handlerOf = async (folder: string, file: string): Promise<(event: unknown) => Promise<unknown>> => {
  const { handler } = await import(`../../../functions/${folder}/${file}.spoke.ts`);
  return (event) => handler(event, context);
};

export const spoke = (file: SpokeFile) => handlerOf('revocation', file);
