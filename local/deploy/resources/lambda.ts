/** AWS::Lambda::Function, its permissions, and what becomes of its failed asynchronous invocations. */
import { addPermission, defineFunction, functionsOf, type LambdaFunction } from '../../services/lambda/index.ts';
import type { Deploy, Target } from '../contract.ts';
import { TemplateUnsupported } from '../intrinsics.ts';

type FunctionProperties = {
  readonly FunctionName: string;
  readonly Description?: string;
  readonly Role: string;
  readonly Handler: string;
  readonly Runtime: string;
  readonly Architectures?: readonly ('arm64' | 'x86_64')[];
  readonly Code: { readonly S3Key?: string };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly TracingConfig?: { readonly Mode: 'Active' | 'PassThrough' };
  readonly LoggingConfig?: { readonly LogGroup?: string };
  readonly ReservedConcurrentExecutions?: number;
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
};

export const lambdaFunction: Deploy<FunctionProperties> = (properties, { cloud, account, region, asset }) => {
  const key = properties.Code.S3Key;
  if (key === undefined) throw new TemplateUnsupported('only code that is an asset of the CDK runs here');
  const optional = {
    description: properties.Description,
    tracing: properties.TracingConfig?.Mode,
    logGroupName: properties.LoggingConfig?.LogGroup,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    deadLetterArn: properties.DeadLetterConfig?.TargetArn,
  };
  const made = defineFunction(cloud, account, region, {
    name: properties.FunctionName,
    roleArn: properties.Role,
    handler: properties.Handler,
    directory: asset(key.replace(/\.zip$/, '')),
    runtime: properties.Runtime,
    architecture: properties.Architectures?.[0] ?? 'x86_64',
    environment: properties.Environment?.Variables ?? {},
    // Lambda's own defaults.
    timeoutSeconds: properties.Timeout ?? 3,
    memoryMb: properties.MemorySize ?? 128,
    ...defined(optional),
  });
  return { ref: made.name, attributes: { Arn: made.arn } };
};

type PermissionProperties = {
  readonly Action: string;
  readonly FunctionName: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly PrincipalOrgID?: string;
};

export const permission: Deploy<PermissionProperties> = (properties, target, id) => {
  const optional = {
    sourceArn: properties.SourceArn,
    sourceAccount: properties.SourceAccount,
    organization: properties.PrincipalOrgID,
  };
  const { Action: action, Principal: principal } = properties;
  addPermission(functionOf(target, properties.FunctionName), { id, action, principal, ...defined(optional) });
  return { ref: id, attributes: {} };
};

type InvokeConfigProperties = {
  readonly FunctionName: string;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnFailure?: { readonly Destination: string };
    readonly OnSuccess?: { readonly Destination: string };
  };
};

export const eventInvokeConfig: Deploy<InvokeConfigProperties> = (properties, target, id) => {
  const optional = {
    onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
    onSuccessArn: properties.DestinationConfig?.OnSuccess?.Destination,
  };
  functionOf(target, properties.FunctionName).async = {
    retries: properties.MaximumRetryAttempts ?? 2,
    maxAgeSeconds: properties.MaximumEventAgeInSeconds ?? 21_600,
    ...defined(optional),
  };
  return { ref: id, attributes: {} };
};

/** By name or ARN. */
const functionOf = ({ cloud, account, region }: Target, given: string): LambdaFunction => {
  const found = functionsOf(cloud, account, region).get(given.split(':function:').at(-1) ?? '');
  if (found === undefined) throw new TemplateUnsupported(`there is no function ${given}`);
  return found;
};

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
