/** A function's log event as a line for a person: level, time, message, and the fields that are its own. */

import { styleText } from 'node:util';
import * as z from 'zod';
import { jsonOf } from '../functions/json.ts';
import { printable } from './api-problem.ts';

/** What powertools puts into each line (its logger's standard fields): the same in every one, so it is left out. */
const STANDARD = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_name',
  'function_arn',
  'function_memory_size',
  'function_request_id',
]);

const Line = z.looseObject({ level: z.string(), message: z.unknown(), timestamp: z.string().optional() });
/** A metric in CloudWatch's embedded format. */
const Metrics = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});
const Failed = z.looseObject({ name: z.string(), message: z.string() });

/** Lambda's own lines about each call; its report alone says something. */
const PLATFORM = /^(START|END|INIT_START|XRAY) /;
const REPORT = /^REPORT RequestId: (\S+)\s+Duration: ([\d.]+ ms)(?:.*Init Duration: ([\d.]+ ms))?/s;

/** Undefined for what says nothing to a person. `at`: milliseconds since 1970, where the line has no time of its own. */
export const logLine = (text: string, at: number, stream: NodeJS.WriteStream): string | undefined => {
  if (PLATFORM.test(text)) return undefined;
  const value = jsonOf(text);
  const time = new Date(at).toISOString();
  const [, call, duration, init] = REPORT.exec(text) ?? [];
  if (call !== undefined)
    return `${time}  CALL    ${duration}${init === undefined ? '' : `, ${init} to start`}  ${call}`;
  const metrics = Metrics.safeParse(value).data;
  if (metrics !== undefined) {
    const names = metrics._aws.CloudWatchMetrics.flatMap(({ Metrics: all }) => all.map(({ Name }) => Name));
    return printable(`${time}  METRIC  ${names.map((name) => `${name}=${shown(metrics[name])}`).join(' ')}`);
  }
  const line = Line.safeParse(value).data;
  if (line === undefined) return `${time}         ${printable(text.trimEnd())}`;
  const { level, message, timestamp = time, error, ...more } = line;
  const failed = Failed.safeParse(error).data;
  const fields = Object.entries(more).filter(([name]) => !STANDARD.has(name));
  const rest = [
    shown(message),
    ...(failed === undefined || failed.message === message ? [] : [`${failed.name}: ${failed.message}`]),
    ...(failed !== undefined && failed.message === message ? [`(${failed.name})`] : []),
    ...fields.map(([name, field]) => `${name}=${shown(field)}`),
  ];
  return `${timestamp}  ${coloured(level, stream)}  ${printable(rest.join(' '))}`;
};

const coloured = (level: string, stream: NodeJS.WriteStream): string => {
  const text = printable(level).padEnd(6);
  if (level === 'ERROR' || level === 'CRITICAL') return styleText('red', text, { stream });
  return level === 'WARN' ? styleText('yellow', text, { stream }) : text;
};

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
