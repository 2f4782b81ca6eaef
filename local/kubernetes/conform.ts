/** Makes a request's body fit its kind's schema: unknown fields are found and dropped, wrong types refused. */
import { isObject, type Json, type JsonObject } from './json.ts';
import { type GroupVersionKind, referenceOf, resolved, type Schema, schemaOf } from './schema.ts';
import { badRequest } from './status.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** The error for a body that doesn't fit; patches have words of their own. */
export type Refuse = (why: string) => Error;

/**
 * A copy of the body without unknown fields, nulls and empty lists, as Go's decoder and encoder leave it. Kinds without
 * a schema pass as they are.
 * @throws ApiError 400 (or what `refuse` makes) on a wrong type, and on unknown fields when strict
 */
export const conform = (
  kind: GroupVersionKind,
  body: JsonObject,
  validation: FieldValidation,
  refuse: Refuse = (why) =>
    badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`),
): { object: JsonObject; warnings: string[] } => {
  const schema = schemaOf(kind);
  if (schema === undefined) return { object: structuredClone(body), warnings: [] };
  const unknown: string[] = [];
  const object = walkObject(body, { schema, path: '', struct: kind.kind, top: '', unknown, refuse });
  const warnings = unknown.map((field) => `unknown field "${field}"`);
  if (warnings.length > 0 && validation === 'Strict') throw refuse(`strict decoding error: ${warnings.join(', ')}`);
  return { object, warnings: validation === 'Warn' ? warnings : [] };
};

type Place = {
  schema: Schema;
  /** With indexes, as strict errors name a field: `spec.containers[0].imagee`. */
  path: string;
  /** The Go struct that the field is in, and the path below the request's kind, as type errors name it. */
  struct: string;
  top: string;
  /** Where unknown fields are collected. */
  unknown: string[];
  refuse: Refuse;
};

const walkObject = (value: JsonObject, place: Place): JsonObject => {
  const out: JsonObject = {};
  const { properties, additionalProperties, required = [] } = place.schema;
  for (const [key, field] of Object.entries(value)) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const schema = properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (schema === undefined && isClosed(place.schema)) {
      place.unknown.push(path);
    } else if (field !== null) {
      const top = properties === undefined ? place.top : place.top === '' ? key : `${place.top}.${key}`;
      const kept = schema === undefined ? structuredClone(field) : walk(field, { ...place, schema, path, top });
      if (schema === undefined || required.includes(key) || !isOmitted(kept, schema)) out[key] = kept;
    }
  }
  return out;
};

/** A raw extension, or a bare `type: object`, takes any field. */
const isClosed = (schema: Schema): boolean =>
  schema.properties !== undefined || typeof schema.additionalProperties === 'object';

/** Go's `omitempty` on lists and maps: an empty one is none. */
const isOmitted = (value: Json, schema: Schema): boolean => {
  if (Array.isArray(value)) return value.length === 0;
  return typeof schema.additionalProperties === 'object' && isObject(value) && Object.keys(value).length === 0;
};

const walk = (value: Json, place: Place): Json => {
  const reference = referenceOf(place.schema);
  const schema = resolved(place.schema);
  const mismatch = () =>
    place.refuse(
      `json: cannot unmarshal ${typeOf(value)} into Go struct field ${place.struct}.${place.top} of type ${goType(schema, reference)}`,
    );
  if (schema.oneOf !== undefined) {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw mismatch();
  }
  if (schema.type === 'array') {
    if (!Array.isArray(value)) throw mismatch();
    const items = schema.items ?? {};
    return value.map((item, index) => walk(item, { ...place, schema: items, path: `${place.path}[${index}]` }));
  }
  if (schema.type === 'object' || schema.properties !== undefined) {
    if (!isObject(value)) throw mismatch();
    const struct = schema.properties === undefined ? place.struct : (reference?.split('.').at(-1) ?? place.struct);
    return walkObject(value, { ...place, schema, struct });
  }
  const expected = SCALARS[schema.type ?? ''];
  if (expected !== undefined && !expected(value)) throw mismatch();
  const wrong = schema.format === 'byte' && typeof value === 'string' ? firstNotBase64(value) : undefined;
  if (wrong !== undefined) throw place.refuse(`illegal base64 data at input byte ${wrong}`);
  return typeof value === 'object' ? structuredClone(value) : value;
};

const SCALARS: { [type: string]: (value: Json) => boolean } = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
};

/** Where Go's decoder stops; undefined when it reads to the end. */
const firstNotBase64 = (text: string): number | undefined => {
  const illegal = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (illegal >= 0) return illegal;
  const rest = text.replace(/[\r\n]/g, '').length % 4;
  return rest === 0 ? undefined : text.length - rest;
};

const typeOf = (value: Json): string => {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

const goType = (schema: Schema, reference: string | undefined): string => {
  if (schema.type === 'integer') return schema.format ?? 'int32';
  if (schema.type === 'boolean') return 'bool';
  if (schema.type === 'array') return `[]${goType(resolved(schema.items ?? {}), referenceOf(schema.items ?? {}))}`;
  if (reference !== undefined) return reference.split('.').slice(-2).join('.');
  if (schema.type === 'object') {
    const values = schema.additionalProperties;
    return typeof values === 'object' ? `map[string]${goType(resolved(values), referenceOf(values))}` : 'interface {}';
  }
  return schema.type ?? 'string';
};
