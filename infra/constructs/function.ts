/** The one way to deploy a function of ours: its bundle, its own role with what it may do, its log group, tracing. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { functionName, PREFIX } from '../../functions/names.ts';
import { named, pascal } from './logical-id.ts';
import { acknowledgeWildcards, type Permission, statementOf, TRACES } from './permission.ts';

/** Where a stack's functions come from, and for how long their logs are kept. */
export type Functions = {
  readonly stack: Stack;
  /** The output of `npm run build`: one folder a function. */
  readonly bundleDir: string;
  readonly logRetentionDays: number;
};

export type FunctionSpec = {
  /** The file's name without its ending: `cut-sessions`. */
  readonly file: string;
  readonly description: string;
  readonly roleName: string;
  readonly may: readonly Permission[];
  readonly timeoutSeconds: number;
  /** In MB; it also decides the share of a CPU. */
  readonly memory?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** At most so many run at once, and so many always can: the rest is turned away. Absent: what the account has. */
  readonly atOnce?: number;
  /** Set when events invoke it: what fails three times goes here, with its cause. */
  readonly deadLetters?: IQueue;
};

/** The folder that synth wanted to deploy isn't there. */
export class BundleMissing extends Error {
  override readonly name = 'BundleMissing';
}

/**
 * Adds the function to the stack. Its logical id is the file's name in PascalCase, its role's the same with `Role`.
 * @throws BundleMissing when the file wasn't bundled
 */
export const addFunction = ({ stack, bundleDir, logRetentionDays }: Functions, spec: FunctionSpec): LambdaFunction => {
  const id = pascal(spec.file);
  const name = functionName(spec.file);
  const logGroup = named(
    new LogGroup(stack, `${id}Logs`, {
      logGroupName: `/aws/lambda/${name}`,
      retention: logRetentionDays satisfies RetentionDays,
      // The record is the journal; logs go with the stack, so that it can be installed again under the same names.
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    `${id}Logs`,
  );
  const permissions = [
    ...spec.may,
    ...whatAllMay(spec, stack.formatArn({ service: 'logs', resource: `log-group:/aws/lambda/${name}:*` })),
  ];
  const role = named(
    new Role(stack, `${id}Role`, {
      roleName: spec.roleName,
      description: spec.description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { [PREFIX]: new PolicyDocument({ statements: permissions.map(statementOf) }) },
    }),
    `${id}Role`,
  );
  acknowledgeWildcards(role, permissions);
  return named(
    new LambdaFunction(stack, id, {
      functionName: name,
      description: spec.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(bundleDir, spec.file)),
      handler: 'index.handler',
      // What it may do stands above, in one place: nothing that the CDK would add on its own.
      role: role.withoutPolicyUpdates(),
      logGroup,
      tracing: Tracing.ACTIVE,
      timeout: Duration.seconds(spec.timeoutSeconds),
      memorySize: spec.memory ?? 512,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: spec.file,
        POWERTOOLS_METRICS_NAMESPACE: PREFIX,
        ...spec.environment,
      },
      ...(spec.atOnce === undefined ? {} : { reservedConcurrentExecutions: spec.atOnce }),
      ...(spec.deadLetters === undefined
        ? {}
        : { onFailure: new SqsDestination(spec.deadLetters), retryAttempts: 2, maxEventAge: Duration.hours(6) }),
    }),
    id,
  );
};

const whatAllMay = (spec: FunctionSpec, logs: string): Permission[] => [
  {
    sid: 'Log',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logs],
    because: 'The streams of its own log group; Lambda names them.',
  },
  TRACES,
  ...(spec.deadLetters === undefined
    ? []
    : [{ sid: 'GiveUp', actions: ['sqs:SendMessage'], resources: [spec.deadLetters.queueArn] }]),
];

const bundleOf = (bundleDir: string, file: string): string => {
  const dir = path.resolve(bundleDir, file);
  if (existsSync(path.join(dir, 'index.mjs'))) return dir;
  throw new BundleMissing(
    `${functionName(file)} has no bundle: ${dir}/index.mjs is missing. Run "npm run build", or add its source.`,
  );
};
