/** awsJson1.0, awsJson1.1 and restJson1: the SDK's JSON codec, and for REST the bindings of members to path, query and headers. */
import { JsonCodec2 } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { checkShape } from './check.ts';
import { refusal } from './errors.ts';
import { type Protocol, utf8, type WireAnswer } from './message.ts';
import { labelsOf, matchRoute } from './route.ts';

const TIMESTAMPS = { useTrait: true, default: 7 } as const;
const codec = new JsonCodec2({ timestampFormat: TIMESTAMPS, jsonName: false });
const restCodec = new JsonCodec2({ timestampFormat: TIMESTAMPS, jsonName: true, httpBindings: true });
const bindings = new FromStringShapeDeserializer({ timestampFormat: TIMESTAMPS, httpBindings: true });

const jsonRpc = (version: '1.0' | '1.1'): Protocol => ({
  operationOf: (request) => request.headers['x-amz-target']?.split('.').at(-1),
  decode: async (request, operation) => {
    if (operation.input.isUnitSchema()) return {};
    const body = parse(request.body, `awsJson${version === '1.0' ? '1_0' : '1_1'}`);
    checkShape(operation.input, body, 'awsJson1_0');
    return codec.createDeserializer().read(operation.input, text(request.body));
  },
  encode: (operation, output, _service, requestId) => ({
    status: 200,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': requestId },
    body: operation.output.isUnitSchema() ? utf8('{}') : serialize(codec, operation.output, output),
  }),
  encodeError: (error, _service, requestId) => ({
    status: error.status,
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.name,
      ...(error.queryCompatible
        ? { 'x-amzn-query-error': `${error.code};${error.fault === 'client' ? 'Sender' : 'Receiver'}` }
        : {}),
    },
    body: utf8(
      JSON.stringify({
        __type: error.schema === undefined ? error.name : `${error.schema[1]}#${error.name}`,
        ...errorMembers(error.schema?.[4] ?? [], error.value),
        message: error.message,
      }),
    ),
  }),
});

export const awsJson1_0 = jsonRpc('1.0');
export const awsJson1_1 = jsonRpc('1.1');

export const restJson1: Protocol = {
  operationOf: (request, service) => matchRoute(service.schemas, request)?.operation.name,
  decode: async (request, operation) => {
    const input: Record<string, unknown> = {};
    const labels = labelsOf(operation, request);
    let payload: [string, NormalizedSchema] | undefined;
    if (operation.input.isUnitSchema()) return input;
    const body = new Map<string, NormalizedSchema>();
    for (const [name, member] of operation.input.structIterator()) {
      const traits = member.getMergedTraits();
      if (traits.httpLabel) input[name] = readText(member, labels?.get(name));
      else if (traits.httpQuery) input[name] = readQuery(member, request.query.getAll(traits.httpQuery));
      else if (traits.httpHeader) input[name] = readText(member, request.headers[traits.httpHeader.toLowerCase()]);
      else if (traits.httpPayload) payload = [name, member];
      else body.set(name, member);
      if (input[name] === undefined) delete input[name];
    }
    if (payload !== undefined && request.body.length > 0) {
      const [name, member] = payload;
      input[name] = member.isBlobSchema()
        ? request.body
        : await restCodec.createDeserializer().read(member, text(request.body));
    } else if (body.size > 0 && request.body.length > 0) {
      const value = parse(request.body, 'restJson1');
      for (const [name, member] of body) {
        const key = member.getMergedTraits().jsonName ?? name;
        const part = Object.hasOwn(value, key) ? value[key] : undefined;
        if (part === undefined || part === null) continue;
        checkShape(member, part, 'restJson1');
        input[name] = await readJson(member, part);
      }
    }
    return input;
  },
  encode: (operation, output, _service, requestId) => {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
    let status = operation.http?.status ?? 200;
    if (operation.output.isUnitSchema()) return { status, headers, body: utf8('{}') };
    const value = new Map(Object.entries(output));
    let payload: Uint8Array | undefined;
    for (const [name, member] of operation.output.structIterator()) {
      const traits = member.getMergedTraits();
      const part: unknown = value.get(name);
      if (part === undefined || part === null) continue;
      if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = String(part);
      else if (traits.httpResponseCode && typeof part === 'number') status = part;
      else if (traits.httpPayload) payload = part instanceof Uint8Array ? part : serialize(restCodec, member, part);
      else continue;
      value.delete(name);
    }
    const body = payload ?? serialize(restCodec, operation.output, Object.fromEntries(value));
    return { status, headers, body };
  },
  encodeError: (error, _service, requestId): WireAnswer => ({
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.name,
    },
    body: utf8(JSON.stringify({ ...errorMembers(error.schema?.[4] ?? [], error.value), message: error.message })),
  }),
};

const serialize = (of: JsonCodec2, schema: NormalizedSchema, value: unknown): Uint8Array => {
  const serializer = of.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
};

const text = (body: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(body);

const parse = (body: Uint8Array, protocol: 'awsJson1_0' | 'awsJson1_1' | 'restJson1'): Record<string, unknown> => {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(text(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw refusal(
      protocol,
      'malformed',
      `The request body is not JSON: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
  throw refusal(protocol, 'malformed', 'The request body is not a JSON object.');
};

const readJson = (schema: NormalizedSchema, value: unknown): Promise<unknown> =>
  restCodec.createDeserializer().read(schema, JSON.stringify(value));

const readText = (schema: NormalizedSchema, value: string | undefined): unknown =>
  value === undefined ? undefined : bindings.read(schema, value);

const readQuery = (schema: NormalizedSchema, values: readonly string[]): unknown => {
  if (values.length === 0) return undefined;
  if (schema.isListSchema()) return values.map((value) => readText(schema.getValueSchema(), value));
  return readText(schema, values[0]);
};

const errorMembers = (names: readonly string[], value: object): Record<string, unknown> =>
  Object.fromEntries(
    names
      .filter((name) => name.toLowerCase() !== 'message')
      .map((name) => [name, Reflect.get(value, name)] as const)
      .filter(([, part]) => part !== undefined),
  );
