/** AWS Lambda: functions run from their bundles in worker threads, each with a session of its own role. */
import * as schemas from '@aws-sdk/client-lambda';
import type { Service } from '../../contract.ts';
import { GetFunction, GetFunctionConfiguration, ListFunctions } from './describe.ts';
import { Invoke } from './invoke.ts';
import { GetPolicy } from './policy.ts';

export {
  type AsyncSettings,
  defineFunction,
  type FunctionSettings,
  functionsOf,
  type LambdaFunction,
} from './function.ts';
export { addPermission, type Permission } from './policy.ts';
export { type LambdaLimits, lambdaLimits } from './settings.ts';

export const service: Service = {
  scope: 'lambda',
  eventSource: 'lambda.amazonaws.com',
  protocol: 'restJson1',
  schemas,
  operations: { GetFunction, GetFunctionConfiguration, GetPolicy, Invoke, ListFunctions },
};
