/** The names that the hub and its spokes agree on without telling each other: a stolen hub can't be told others. */
import { partitionOf } from './partition.ts';

/** Everything that we deploy is called `podid-…`. A function's name is its file's: `cut-sessions.spoke.ts` is `podid-cut-sessions`. */
export const PREFIX = 'podid';
export const TABLE = PREFIX;
export const BUS = PREFIX;
export const functionName = (file: string): string => `${PREFIX}-${file}`;
export const machineName = (file: string): string => `${PREFIX}-${file}`;

/** The ARN of a spoke function in an account and region. */
export const spokeFunctionArn = (file: string, account: string, region: string): string =>
  `arn:${partitionOf(region).name}:lambda:${region}:${account}:function:${functionName(file)}`;

/** The ARN of one of the hub's state machines. */
export const machineArn = (file: string, account: string, region: string): string =>
  `arn:${partitionOf(region).name}:states:${region}:${account}:stateMachine:${machineName(file)}`;
