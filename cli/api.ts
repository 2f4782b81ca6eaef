/** The client of podid's API: one call, its retries, and its answer. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import type * as z from 'zod';
import { problems } from '../functions/runtime/problems.ts';
import { readAnswer } from './api-answer.ts';
import { EXIT, refusal, Unanswered } from './api-problem.ts';
import { apiAddress, timeoutMillis } from './api-settings.ts';
import { openTokens, type Tokens } from './api-token.ts';
import { Told } from './told.ts';

export type Call<Schema extends z.ZodType> = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Begins with a slash; its parts are encoded: `at('/grants', id)`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** The ETag of what the change is based on. */
  readonly ifMatch?: string | undefined;
  /** The answer's body. */
  readonly answer: Schema;
};

export type Answer<Body> = {
  readonly body: Body;
  /** As it came, for programs: with what this command line doesn't know of. */
  readonly whole: unknown;
  readonly etag?: string;
};

export type Api = {
  /** @throws Told with the API's sentence and the exit code that stands for it */
  readonly call: <Schema extends z.ZodType>(call: Call<Schema>) => Promise<Answer<z.output<Schema>>>;
};

export type ApiOptions = {
  /** By default a new one: all tries of an invocation are one request. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds that one try may take. */
  readonly timeout?: number;
  /** How often a call is tried that got no answer, or was told to come again. */
  readonly tries?: number;
};

/** The API that PODID_API names, as whom PODID_TOKEN or `podid login` says. @throws Told when one of them is missing */
export const openApi = ({ idempotencyKey, timeout, tries = 4 }: ApiOptions = {}): Api => {
  const base = apiAddress(process.env);
  const tokens = openTokens(base, process.env);
  const limits = { timeout: timeout ?? timeoutMillis(process.env), tries };
  // An invocation changes one thing, and every try of that is the same request.
  const key = idempotencyKey ?? randomUUID();
  return {
    call: async (call) => {
      const response = await authorized(tokens, (token) => retried(limits, () => requestOf(base, call, key, token)));
      const text = await response.text();
      if (!response.ok) throw refusal(response.status, text);
      const etag = response.headers.get('etag');
      return { ...understood(call.answer, text, base), ...(etag !== null && { etag }) };
    },
  };
};

/** A path of parts that may bear any character. */
export const at = (prefix: string, ...parts: readonly string[]): string =>
  [prefix, ...parts.map(encodeURIComponent)].join('/');

const requestOf = (base: string, call: Call<z.ZodType>, key: string, token: string): Request => {
  const url = new URL(`${base}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return new Request(url, {
    method: call.method,
    // A token goes to the address that it is for, and nowhere that this one points to.
    redirect: 'error',
    headers: {
      accept: 'application/json, application/problem+json',
      authorization: `Bearer ${token}`,
      ...(call.method !== 'GET' && { 'idempotency-key': key }),
      ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
};

/** Once more with a new token when the first is refused and there can be a new one. */
const authorized = async (tokens: Tokens, send: (token: string) => Promise<Response>): Promise<Response> => {
  const first = await send(await tokens.current());
  if (first.status !== 401) return first;
  const renewed = await tokens.renewed();
  if (renewed === undefined) throw new Told(tokens.whenRefused, EXIT.whoAreYou);
  const second = await send(renewed);
  if (second.status === 401) throw new Told(tokens.whenRefused, EXIT.whoAreYou);
  return second;
};

type Limits = { readonly timeout: number; readonly tries: number };

/** Answers that mean: the same again, later. */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * A conflict says when to come again while the same request, tried before, is still being answered. A 500 that is no problem document is the
 * gateway's: the function behind it crashed or was out of time, which the API's own 500 would say.
 */
const comesAgain = ({ status, headers }: Response): boolean => {
  if (status === 409) return headers.has('retry-after');
  return AGAIN.has(status) || (status === 500 && !headers.get('content-type')?.startsWith('application/problem+json'));
};

const retried = async (limits: Limits, request: () => Request, tried = 1): Promise<Response> => {
  const outcome = await sent(request(), limits.timeout);
  const isLast = tried >= limits.tries;
  if (outcome instanceof Response && (isLast || !comesAgain(outcome))) return outcome;
  if (outcome instanceof Told && isLast) throw outcome;
  await pause(outcome instanceof Response ? waitOf(outcome, tried) : backoff(tried));
  return retried(limits, request, tried + 1);
};

const sent = async (request: Request, timeout: number): Promise<Response | Told> => {
  const limited = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(request, { signal: limited });
    // The body may still break off: that is no answer either.
    return new Response(await response.text(), { status: response.status, headers: response.headers });
  } catch (error) {
    const slow = limited.aborted ? `no answer within ${timeout / 1000} s` : reasonOf(error);
    return new Unanswered(`The API at ${new URL(request.url).origin} can't be reached: ${slow}. Is PODID_API right?`);
  }
};

/** fetch fails with `fetch failed`; what failed is its cause. */
const reasonOf = (error: unknown): string => {
  if (!isNativeError(error)) return String(error);
  if (!isNativeError(error.cause)) return error.message;
  return error.cause.message || ('code' in error.cause ? String(error.cause.code) : error.cause.name);
};

/** Milliseconds: what the answer asks for, up to 20 s, else ours. */
const waitOf = (response: Response, tried: number): number => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? Math.min(seconds, 20) * 1000 : backoff(tried);
};

const backoff = (tried: number): number => 150 * 2 ** tried * (0.5 + Math.random() / 2);

const understood = <Schema extends z.ZodType>(schema: Schema, text: string, base: string): Answer<z.output<Schema>> => {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    throw new Told(`What answers at ${base} is not podid's API: it sends no JSON. Is PODID_API right?`, EXIT.later);
  }
  const read = readAnswer(schema, whole);
  if (read.success) return { body: read.data, whole };
  throw new Told(
    `The API answers what this podid doesn't understand (${problems(read.error)}): is one older than the other?`,
    EXIT.later,
  );
};
