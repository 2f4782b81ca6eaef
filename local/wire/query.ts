/** awsQuery and ec2Query: input from a form, output as XML. */
import { XmlCodec } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { refusal } from './errors.ts';
import { type Protocol, utf8, type WireAnswer, type WireRequest } from './message.ts';

const TIMESTAMPS = { useTrait: true, default: 5 } as const;
const scalars = new FromStringShapeDeserializer({ timestampFormat: TIMESTAMPS });

/** IAM and STS. */
export const awsQuery: Protocol = {
  operationOf: (request) => formOf(request).get('Action') ?? undefined,
  decode: (request, operation) => decodeForm(formOf(request), operation.input, false),
  encode: (operation, output, service, requestId) => {
    const { namespace, name } = operation;
    const result: StaticStructureSchema = [
      3,
      namespace,
      `${name}Response`,
      0,
      [`${name}Result`, 'ResponseMetadata'],
      [() => operation.output.getSchema(), () => metadata(namespace)],
    ];
    const noResult: StaticStructureSchema = [
      3,
      namespace,
      `${name}Response`,
      0,
      ['ResponseMetadata'],
      [() => metadata(namespace)],
    ];
    const empty = operation.output.isUnitSchema();
    const value = { [`${name}Result`]: output, ResponseMetadata: { RequestId: requestId } };
    return xml(200, requestId, write(empty ? noResult : result, value, service.xmlNamespace));
  },
  encodeError: (error, service, requestId) => {
    const body: StaticStructureSchema = [3, '', 'Error', 0, ['Type', 'Code', 'Message'], [0, 0, 0]];
    const answer: StaticStructureSchema = [3, '', 'ErrorResponse', 0, ['Error', 'RequestId'], [() => body, 0]];
    const value = {
      Error: { Type: error.fault === 'client' ? 'Sender' : 'Receiver', Code: error.code, Message: error.message },
      RequestId: requestId,
    };
    return xml(error.status, requestId, write(answer, value, service?.xmlNamespace));
  },
};

/** EC2: flat lists, capitalised keys, no result wrapper. */
export const ec2Query: Protocol = {
  operationOf: awsQuery.operationOf,
  decode: (request, operation) => decodeForm(formOf(request), operation.input, true),
  encode: (operation, output, service, requestId) => {
    const names: string[] = ['requestId'];
    const members: StaticStructureSchema[5] = [0];
    for (const [member, schema] of operation.output.isUnitSchema() ? [] : operation.output.structIterator()) {
      names.push(member);
      members.push([schema.getSchema(), schema.getMergedTraits()]);
    }
    const answer: StaticStructureSchema = [3, operation.namespace, `${operation.name}Response`, 0, names, members];
    return xml(200, requestId, write(answer, { requestId, ...output }, service.xmlNamespace));
  },
  encodeError: (error, _service, requestId) => {
    const one: StaticStructureSchema = [3, '', 'Error', 0, ['Code', 'Message'], [0, 0]];
    const list: StaticStructureSchema = [3, '', 'Errors', 0, ['Error'], [() => one]];
    const answer: StaticStructureSchema = [3, '', 'Response', 0, ['Errors', 'RequestID'], [() => list, 0]];
    const value = { Errors: { Error: { Code: error.code, Message: error.message } }, RequestID: requestId };
    return xml(error.status, requestId, write(answer, value, undefined));
  },
};

const metadata = (namespace: string): StaticStructureSchema => [
  3,
  namespace,
  'ResponseMetadata',
  0,
  ['RequestId'],
  [0],
];

const write = (schema: StaticStructureSchema, value: object, xmlNamespace: string | undefined): string => {
  const codec = new XmlCodec({
    timestampFormat: TIMESTAMPS,
    httpBindings: false,
    xmlNamespace: xmlNamespace ?? '',
    serviceNamespace: schema[1],
  });
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  const written = serializer.flush();
  return typeof written === 'string' ? written : new TextDecoder().decode(written);
};

const xml = (status: number, requestId: string, body: string): WireAnswer => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`),
});

/** The parameters: from the body of a POST, or from the query (presigned GETs). */
const formOf = (request: WireRequest): URLSearchParams =>
  request.method === 'POST' && request.body.length > 0
    ? new URLSearchParams(new TextDecoder().decode(request.body))
    : request.query;

type Node = { value?: string; readonly children: Map<string, Node> };

// Deeper than any shape of the Query services; a bound against hostile keys.
const MAX_DEPTH = 32;

const decodeForm = (form: URLSearchParams, input: NormalizedSchema, ec2: boolean): object => {
  if (input.isUnitSchema()) return {};
  const root: Node = { children: new Map() };
  for (const [key, value] of form) {
    let node = root;
    const steps = key.split('.');
    if (steps.length > MAX_DEPTH)
      throw refusal('awsQuery', 'malformed', `The parameter ${key.slice(0, 60)}… is nested too deeply.`);
    for (const step of steps) {
      const next = node.children.get(step) ?? { children: new Map() };
      node.children.set(step, next);
      node = next;
    }
    node.value = value;
  }
  return readStruct(input, root, ec2);
};

const readStruct = (schema: NormalizedSchema, node: Node, ec2: boolean): Record<string, unknown> => {
  const value: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const found = node.children.get(keyOf(name, member, ec2));
    if (found !== undefined) value[name] = readNode(member, found, ec2);
  }
  return value;
};

const readNode = (schema: NormalizedSchema, node: Node, ec2: boolean): unknown => {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const flat = ec2 || schema.getMergedTraits().xmlFlattened === 1;
    const container = flat ? node : node.children.get(item.getMergedTraits().xmlName ?? 'member');
    return numbered(container).map((child) => readNode(item, child, ec2));
  }
  if (schema.isMapSchema()) {
    const container = schema.getMergedTraits().xmlFlattened === 1 ? node : node.children.get('entry');
    const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
    const valueName = schema.getValueSchema().getMergedTraits().xmlName ?? 'value';
    return Object.fromEntries(
      numbered(container).map((entry) => {
        const value = entry.children.get(valueName);
        return [entry.children.get(keyName)?.value ?? '', value && readNode(schema.getValueSchema(), value, ec2)];
      }),
    );
  }
  if (schema.isStructSchema()) return readStruct(schema, node, ec2);
  return readScalar(schema, node.value ?? '');
};

const readScalar = (schema: NormalizedSchema, text: string): unknown => {
  const value: unknown = scalars.read(schema, text);
  if (typeof value === 'number' && Number.isNaN(value)) {
    throw refusal('awsQuery', 'malformed', `The value '${text}' of ${schema.getMemberName()} is no number.`);
  }
  return value;
};

/** The children `1`, `2`, … in order. */
const numbered = (node: Node | undefined): Node[] =>
  [...(node?.children ?? [])]
    .filter(([key]) => /^\d{1,6}$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);

const keyOf = (name: string, member: NormalizedSchema, ec2: boolean): string => {
  const traits = member.getMemberTraits();
  if (!ec2) return traits.xmlName ?? name;
  const queryName = traits.ec2QueryName;
  if (typeof queryName === 'string') return queryName;
  const key = traits.xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
};
