/** Errors on their way to a client: what AWS calls them in each protocol, and with which status. */
import type { StaticErrorSchema } from '@smithy/types';
import type { Service } from '../contract.ts';
import { errorSchema } from './schema.ts';

/** An error that no SDK client has a class for: AccessDenied in IAM and STS, everything about signatures, NotImplemented. */
export class ApiError extends Error {
  override readonly name: string;
  /** HTTP status; below 500 the client is to blame. */
  readonly status: number;

  constructor(name: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.status = status;
  }
}

/** No answer is sent: the connection is closed, or left open until the client gives up. Callers from inside just get this. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly how: 'closed' | 'silent';

  constructor(how: 'closed' | 'silent', options?: ErrorOptions) {
    super('The call has no answer, on purpose.', options);
    this.how = how;
  }
}

export type WireError = {
  /** The exception's name: `NoSuchEntityException`. */
  readonly name: string;
  /** What the Query protocols call it: `NoSuchEntity`. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
  /** The shape, where the service's model has one, with the value that fills it. */
  readonly schema?: StaticErrorSchema;
  readonly value: object;
  /** Whether the model gives the error a name for Query clients: SQS's answers then repeat it in a header. */
  readonly queryCompatible: boolean;
};

/** What a thrown value says on the wire. What nobody foresaw is an InternalFailure that tells its message: this cloud is for developers. */
export const wireError = (thrown: unknown, service: Service | undefined): WireError => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof ApiError) return unmodelled(error.name, error.status, error.message);
  const schema = service === undefined ? undefined : errorSchema(service.schemas, error.name);
  if (schema === undefined) {
    const status = '$fault' in error && error.$fault === 'client' ? 400 : 500;
    return '$fault' in error
      ? unmodelled(error.name, status, error.message)
      : unmodelled('InternalFailure', 500, `${error.name}: ${error.message}`);
  }
  const traits: unknown = schema[3];
  const fault = trait(traits, 'error') === 'server' ? 'server' : 'client';
  const query = trait(traits, 'awsQueryError');
  const status = trait(traits, 'httpError');
  return {
    name: error.name,
    code: Array.isArray(query) && typeof query[0] === 'string' ? query[0] : error.name,
    message: error.message,
    status: typeof status === 'number' ? status : fault === 'client' ? 400 : 500,
    fault,
    schema,
    value: { ...error, message: error.message, Message: error.message },
    queryCompatible: query !== undefined,
  };
};

const unmodelled = (name: string, status: number, message: string): WireError => ({
  name,
  code: name,
  message,
  status,
  fault: status < 500 ? 'client' : 'server',
  value: { message },
  queryCompatible: false,
});

const trait = (traits: unknown, name: string): unknown =>
  typeof traits === 'object' && traits !== null ? Reflect.get(traits, name) : undefined;

/** What goes wrong before an operation is reached, as each family of services calls it. */
export type Refusal =
  | 'accessDenied'
  | 'unknownKey'
  | 'expired'
  | 'unsigned'
  | 'badSignature'
  | 'skewed'
  | 'incomplete'
  | 'throttled'
  | 'malformed'
  | 'invalid'
  | 'unknownOperation';

type Name = readonly [name: string, status: number];

const QUERY: Record<Refusal, Name> = {
  accessDenied: ['AccessDenied', 403],
  unknownKey: ['InvalidClientTokenId', 403],
  expired: ['ExpiredToken', 403],
  unsigned: ['MissingAuthenticationToken', 403],
  badSignature: ['SignatureDoesNotMatch', 403],
  skewed: ['SignatureDoesNotMatch', 403],
  incomplete: ['IncompleteSignature', 400],
  throttled: ['Throttling', 400],
  malformed: ['MalformedInput', 400],
  invalid: ['ValidationError', 400],
  unknownOperation: ['InvalidAction', 400],
};

const EC2: Record<Refusal, Name> = {
  ...QUERY,
  accessDenied: ['UnauthorizedOperation', 403],
  unknownKey: ['AuthFailure', 401],
  expired: ['RequestExpired', 400],
  skewed: ['RequestExpired', 400],
  throttled: ['RequestLimitExceeded', 503],
  invalid: ['InvalidParameterValue', 400],
};

const JSON_RPC: Record<Refusal, Name> = {
  accessDenied: ['AccessDeniedException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  expired: ['ExpiredTokenException', 400],
  unsigned: ['MissingAuthenticationTokenException', 400],
  badSignature: ['InvalidSignatureException', 400],
  skewed: ['InvalidSignatureException', 400],
  incomplete: ['IncompleteSignatureException', 400],
  throttled: ['ThrottlingException', 400],
  malformed: ['SerializationException', 400],
  invalid: ['ValidationException', 400],
  unknownOperation: ['UnknownOperationException', 400],
};

const REST: Record<Refusal, Name> = {
  accessDenied: ['AccessDeniedException', 403],
  unknownKey: ['UnrecognizedClientException', 403],
  expired: ['ExpiredTokenException', 403],
  unsigned: ['MissingAuthenticationTokenException', 403],
  badSignature: ['InvalidSignatureException', 403],
  skewed: ['InvalidSignatureException', 403],
  incomplete: ['IncompleteSignatureException', 403],
  throttled: ['ThrottlingException', 429],
  malformed: ['SerializationException', 400],
  invalid: ['ValidationException', 400],
  unknownOperation: ['UnknownOperationException', 404],
};

const NAMES: Record<Service['protocol'], Record<Refusal, Name>> = {
  awsQuery: QUERY,
  ec2Query: EC2,
  awsJson1_0: JSON_RPC,
  awsJson1_1: JSON_RPC,
  restJson1: REST,
};

/** A refusal in the words of a service's protocol; REST's when it is not known whom the client wanted. */
export const refusal = (protocol: Service['protocol'] | undefined, kind: Refusal, message: string): ApiError => {
  const [name, status] = NAMES[protocol ?? 'restJson1'][kind];
  return new ApiError(name, status, message);
};

/** The exception of a service's own model by its code, with or without the `Exception` of the SDK's class; undefined when it has none. */
export const modelledError = ({ schemas }: Service, code: string, message: string): Error | undefined => {
  const name = [code, `${code}Exception`].find((one) => errorSchema(schemas, one) !== undefined);
  if (name === undefined) return undefined;
  const SdkClass: unknown = schemas[name];
  const made: unknown =
    typeof SdkClass === 'function' ? Reflect.construct(SdkClass, [{ message, $metadata: {} }]) : undefined;
  // A service without an SDK package here has only the shape: the wire needs no more.
  return made instanceof Error ? made : Object.assign(new Error(message), { name });
};

/** What the local cloud does not have: 501, which no SDK retries. */
export const notImplemented = (scope: string, operation: string): ApiError =>
  new ApiError('NotImplemented', 501, `${scope}:${operation} is not supported by the local cloud.`);
