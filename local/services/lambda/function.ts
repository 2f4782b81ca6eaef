/** Functions as they are deployed, by account and region. */
import { ResourceNotFoundException } from '@aws-sdk/client-lambda';
import type { NamedPolicy } from '../../../functions/policy/index.ts';
import type { Ask, Call, Cloud } from '../../contract.ts';

/** What the template says of a function. */
export type FunctionSettings = {
  readonly name: string;
  readonly description?: string;
  readonly roleArn: string;
  /** `index.handler`: the file without its suffix, and the export. */
  readonly handler: string;
  /** The folder of the asset. */
  readonly directory: string;
  readonly runtime: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly tracing?: 'Active' | 'PassThrough';
  readonly logGroupName?: string;
  readonly reservedConcurrency?: number;
  readonly deadLetterArn?: string;
};

/** AWS::Lambda::EventInvokeConfig: what happens to an asynchronous invocation that fails. */
export type AsyncSettings = {
  readonly retries: number;
  readonly maxAgeSeconds: number;
  readonly onFailureArn?: string;
  readonly onSuccessArn?: string;
};

export type FunctionPolicy = { readonly statements: readonly object[]; readonly parsed: NamedPolicy };

export type LambdaFunction = FunctionSettings & {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Date;
  /** Two retries and six hours, as Lambda's own defaults. */
  async: AsyncSettings;
  policy?: FunctionPolicy;
};

/** Makes a function; it starts when it is invoked. */
export const defineFunction = (
  cloud: Cloud,
  account: string,
  region: string,
  settings: FunctionSettings,
): LambdaFunction => {
  const made: LambdaFunction = {
    ...settings,
    arn: functionArn(cloud, account, region, settings.name),
    account,
    region,
    createdAt: cloud.now(),
    async: { retries: 2, maxAgeSeconds: 21_600 },
  };
  functionsOf(cloud, account, region).set(made.name, made);
  return made;
};

export const functionsOf = (cloud: Cloud, account: string, region: string): Map<string, LambdaFunction> =>
  cloud.state('lambda', `${account}/${region}`, () => new Map<string, LambdaFunction>());

export const functionArn = (cloud: Cloud, account: string, region: string, name: string): string =>
  `arn:${cloud.partition}:lambda:${region}:${account}:function:${name}`;

/** What a caller may mean by `FunctionName`: a name, `ACCOUNT:function:NAME`, or an ARN; each with a qualifier or without. */
const REFERENCE =
  /^(?:(?:arn:[^:]+:lambda:(?<region>[^:]+):)?(?<account>\d{12}):function:)?(?<name>[\w-]{1,64})(?::(?<qualifier>[\w$-]+))?$/;

type Reference = { readonly region: string; readonly account: string; readonly name: string };

/**
 * The function that a call names.
 * @throws ResourceNotFoundException also for another region's functions and for versions, which aren't here.
 */
export const functionNamed = (given: string | undefined, call: Call): LambdaFunction => {
  const { region, account, name } = referenceOf(given, call);
  if (region !== call.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${call.region}')`);
  }
  const found = functionsOf(call.cloud, account, region).get(name);
  const qualifier = REFERENCE.exec(given ?? '')?.groups?.qualifier ?? '$LATEST';
  const arn = functionArn(call.cloud, account, region, name);
  if (found === undefined) throw notFound(`Function not found: ${arn}`);
  if (qualifier !== '$LATEST') throw notFound(`Function not found: ${arn}:${qualifier}`);
  return found;
};

/** What a call on a function must be allowed to; the function's own policy counts. */
export const askFunction = (action: string, given: string | undefined, call: Call): Ask => {
  const { region, account, name } = referenceOf(given, call);
  const policy = functionsOf(call.cloud, account, region).get(name)?.policy;
  return {
    action: `lambda:${action}`,
    resource: functionArn(call.cloud, account, region, name),
    resourceAccount: account,
    ...(policy === undefined ? {} : { resourcePolicy: policy.parsed }),
  };
};

const referenceOf = (given: string | undefined, call: Call): Reference => {
  const {
    region = call.region,
    account = call.account,
    name = given ?? '',
  } = REFERENCE.exec(given ?? '')?.groups ?? {};
  return { region, account, name };
};

const notFound = (message: string): ResourceNotFoundException =>
  new ResourceNotFoundException({ Type: 'User', Message: message, message, $metadata: {} });
