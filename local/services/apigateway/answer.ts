/** What a function answers, as HTTP (API Gateway guide, "Lambda function response for format 2.0"). Pure. */
import * as z from 'zod';
import { utf8, type WireAnswer } from '../../wire/message.ts';

const Structured = z.looseObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

/** The answer; undefined when the function's is none that the gateway understands. What has no status is the body of a 200. */
export const answerOf = (payload: string): WireAnswer | undefined => {
  const parsed: unknown = JSON.parse(payload);
  if (typeof parsed !== 'object' || parsed === null || !('statusCode' in parsed)) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: utf8(payload) };
  }
  const { success, data } = Structured.safeParse(parsed);
  if (!success) return undefined;
  const headers = Object.entries(data.headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status: data.statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...Object.fromEntries(headers) },
    body: data.isBase64Encoded ? Buffer.from(data.body ?? '', 'base64') : utf8(data.body ?? ''),
  };
};

const MESSAGES = {
  401: 'Unauthorized',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** An answer of the gateway's own. */
export const gatewayAnswer = (
  status: keyof typeof MESSAGES,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: utf8(JSON.stringify({ message: MESSAGES[status] })),
});
