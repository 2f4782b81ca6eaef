/** The bytes of a request and of an answer, and what a protocol does with them. */
import type { RawAnswer, Service } from '../contract.ts';
import type { WireError } from './errors.ts';
import type { OperationSchema } from './schema.ts';

export type WireRequest = {
  readonly method: string;
  /** As it came: percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly sourceIp: string;
};

export type WireAnswer = RawAnswer;

export type Protocol = {
  /** The operation's name; undefined when the request names none. */
  readonly operationOf: (request: WireRequest, service: Service) => string | undefined;
  /** @throws ApiError when the bytes are no such input. */
  readonly decode: (request: WireRequest, operation: OperationSchema) => Promise<object> | object;
  readonly encode: (operation: OperationSchema, output: object, service: Service, requestId: string) => WireAnswer;
  readonly encodeError: (error: WireError, service: Service | undefined, requestId: string) => WireAnswer;
};

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
