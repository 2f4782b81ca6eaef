/** GetFunction, GetFunctionConfiguration, ListFunctions. */
import { pathToFileURL } from 'node:url';
import type {
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../../contract.ts';
import { askFunction, functionNamed, functionsOf, type LambdaFunction } from './function.ts';

const PAGE = 50;

export const GetFunction: Operation<GetFunctionRequest, GetFunctionResponse> = {
  readOnly: true,
  asks: (input, call) => [askFunction('GetFunction', input.FunctionName, call)],
  run: (input, call) => {
    const found = functionNamed(input.FunctionName, call);
    return {
      Configuration: configurationOf(found),
      Code: { RepositoryType: 'S3', Location: pathToFileURL(found.directory).href },
      ...(found.reservedConcurrency === undefined
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: found.reservedConcurrency } }),
    };
  },
};

export const GetFunctionConfiguration: Operation<GetFunctionConfigurationRequest, FunctionConfiguration> = {
  readOnly: true,
  asks: (input, call) => [askFunction('GetFunctionConfiguration', input.FunctionName, call)],
  run: (input, call) => configurationOf(functionNamed(input.FunctionName, call)),
};

export const ListFunctions: Operation<ListFunctionsRequest, ListFunctionsResponse> = {
  readOnly: true,
  asks: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
  run: (input, call) => {
    const sorted = [...functionsOf(call.cloud, call.account, call.region).values()].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    const rest = sorted.filter((found) => found.name > (input.Marker ?? ''));
    const page = rest.slice(0, Math.min(input.MaxItems ?? PAGE, PAGE));
    return {
      Functions: page.map(configurationOf),
      ...(page.length < rest.length ? { NextMarker: page.at(-1)?.name } : {}),
    };
  },
};

const configurationOf = (found: LambdaFunction): FunctionConfiguration => ({
  FunctionName: found.name,
  FunctionArn: found.arn,
  Role: found.roleArn,
  Handler: found.handler,
  Runtime: 'nodejs24.x',
  Architectures: [found.architecture],
  PackageType: 'Zip',
  Description: found.description ?? '',
  Timeout: found.timeoutSeconds,
  MemorySize: found.memoryMb,
  LastModified: found.createdAt.toISOString().replace('Z', '+0000'),
  Version: '$LATEST',
  State: 'Active',
  LastUpdateStatus: 'Successful',
  TracingConfig: { Mode: found.tracing ?? 'PassThrough' },
  LoggingConfig: { LogFormat: 'Text', LogGroup: found.logGroupName ?? `/aws/lambda/${found.name}` },
  ...(Object.keys(found.environment).length === 0 ? {} : { Environment: { Variables: { ...found.environment } } }),
  ...(found.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: found.deadLetterArn } }),
});
