/** The one way to make a function: logger, metrics, a checked input, and a clock that is handed in. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { Failure } from './errors.ts';
import { problems } from './problems.ts';

/** What a function gets besides its input. */
export type Surroundings = {
  readonly now: () => Date;
  readonly log: Logger;
  readonly count: Count;
  /** Milliseconds until Lambda ends this call. */
  readonly remainingMillis: () => number;
  /** Our own ARN: its account and region are ours. */
  readonly functionArn: string;
  readonly functionName: string;
  readonly context: Context;
};

/**
 * Adds one to the CloudWatch metric of this name: that of the function, which is the dimension `service`, or the one with these dimensions and no
 * others. Each value of a dimension is a metric of its own, and paid for: only what has few.
 * @example count('FindingOpened', { reason: 'PolicyAttached', mode: 'notify' });
 */
export type Count = (metric: string, by?: Readonly<Record<string, string>>) => void;

export type Handler<Output> = (event: unknown, context: Context) => Promise<Output>;

/**
 * A Lambda handler: checks the input against the schema, runs, logs and counts what fails under the error's name.
 * Traces come from Lambda's own active tracing.
 *
 * @example export const handler = entry(CutInput, async (cut, { now }) => …);
 * @throws InputMalformed naming the path of the first wrong field
 */
export const entry = <Schema extends z.ZodType, Output>(
  schema: Schema,
  run: (input: z.output<Schema>, around: Surroundings) => Promise<Output>,
): Handler<Output> => bareEntry((event, around) => run(checked(schema, event, around.functionName), around));

/** The same without a schema, for functions that read their input in another way. */
export const bareEntry = <Output>(run: (event: unknown, around: Surroundings) => Promise<Output>): Handler<Output> => {
  const log = new Logger();
  const metrics = new Metrics();
  const count: Count = (metric, by) => {
    if (by === undefined) {
      metrics.addMetric(metric, MetricUnit.Count, 1);
      return;
    }
    // Printed by itself: dimensions would be those of everything else that this call counts.
    const single = metrics.singleMetric();
    single.clearDefaultDimensions();
    single.addDimensions(by);
    single.addMetric(metric, MetricUnit.Count, 1);
  };
  const publish = (): void => {
    // Publishing nothing makes powertools print a warning on each call.
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  const handler = middy((event: unknown, context: Context) =>
    run(event, {
      now: () => new Date(),
      log,
      count,
      remainingMillis: () => context.getRemainingTimeInMillis(),
      functionArn: context.invokedFunctionArn,
      functionName: context.functionName,
      context,
    }),
  )
    .use(injectLambdaContext(log, { resetKeys: true }))
    .after(publish)
    .onError(({ error }) => {
      log.error(error?.message ?? 'failed without an error', { error });
      count(error?.name ?? 'Failed');
      publish();
    });
  return async (event, context) => handler(event, context);
};

const checked = <Schema extends z.ZodType>(schema: Schema, event: unknown, functionName: string): z.output<Schema> => {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  throw new Failure(
    'InputMalformed',
    `${functionName} was given an input that it can't read: ${problems(result.error)}`,
    {
      cause: result.error,
    },
  );
};
