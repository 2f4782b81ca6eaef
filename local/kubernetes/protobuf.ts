/** Decodes Kubernetes' protobuf request bodies into the JSON that the same client would have sent. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { isObject, type Json, type JsonObject } from './json.ts';
import { badRequest } from './status.ts';

/** The four bytes before every Kubernetes protobuf message. */
const MAGIC = Buffer.from('k8s\0');

let root: protobuf.Root | undefined;

const descriptors = (): protobuf.Root => {
  root ??= protobuf.Root.fromJSON(
    JSON.parse(readFileSync(new URL('./schemas/protobuf.json', import.meta.url), 'utf8')),
  );
  return root;
};

/**
 * The object in a body of `application/vnd.kubernetes.protobuf`.
 * @throws ApiError 400 when it is none, or of a kind that the descriptors lack
 */
export const decodeProtobuf = (body: Buffer): JsonObject => {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest('the body is not in Kubernetes protobuf format: it does not begin with k8s\\0');
  }
  const types = descriptors();
  try {
    const unknown = types.lookupType('k8s.io.apimachinery.pkg.runtime.Unknown');
    const envelope = toJson(unknown, unknown.decode(body.subarray(MAGIC.length)));
    const { apiVersion = '', kind = '', raw = '' } = isObject(envelope) ? envelope : {};
    const type = types.lookupType(`${packageOf(String(apiVersion))}.${kind}`);
    const object = toJson(type, type.decode(Buffer.from(String(raw), 'base64')));
    return { apiVersion, kind, ...(isObject(object) ? object : {}) };
  } catch (error) {
    throw badRequest(`the protobuf body could not be decoded: ${error instanceof Error ? error.message : error}`);
  }
};

/** `apps/v1` → `k8s.io.api.apps.v1`: the first label of the group names the Go package. */
const packageOf = (apiVersion: string): string => {
  if (apiVersion === 'meta.k8s.io/v1') return 'k8s.io.apimachinery.pkg.apis.meta.v1';
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  return `k8s.io.api.${group.split('.')[0]}.${version}`;
};

type Message = { [field: string]: unknown };

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null;

const toJson = (type: protobuf.Type, value: unknown): Json => {
  if (!isMessage(value)) return null;
  const special = SPECIAL[type.fullName];
  if (special !== undefined) return special(value);
  // Named lists in Go's maps of lists, such as ExtraValue, are a message with nothing but `items`.
  if (type.fieldsArray.length === 1 && type.fields.items?.repeated && type.name === 'ExtraValue') {
    return fieldToJson(type.fields.items, value.items);
  }
  const out: JsonObject = {};
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(value, field.name)) continue;
    const json = fieldToJson(field, value[field.name]);
    // An embedded struct's fields stand beside the others in JSON.
    if (field.options?.['(inline)'] === true && isObject(json)) Object.assign(out, json);
    else if (!isOmitted(field, json)) out[field.name] = json;
  }
  return out;
};

/** Go always encodes a plain field, even when it is zero and `omitempty` would leave it out of JSON. */
const isOmitted = (field: protobuf.Field, json: Json): boolean => {
  if (json === null) return true;
  if (Array.isArray(json)) return json.length === 0;
  if (field.map) return isObject(json) && Object.keys(json).length === 0;
  return field.options?.['(keepZero)'] !== true && (json === '' || json === 0 || json === false);
};

const fieldToJson = (field: protobuf.Field, value: unknown): Json => {
  if (field.map) {
    const entries = isMessage(value) ? Object.entries(value) : [];
    return Object.fromEntries(entries.map(([key, item]) => [key, itemToJson(field, item)]));
  }
  if (field.repeated) return Array.isArray(value) ? value.map((item) => itemToJson(field, item)) : [];
  return itemToJson(field, value);
};

const itemToJson = (field: protobuf.Field, value: unknown): Json => {
  if (field.resolvedType instanceof protobuf.Type) return toJson(field.resolvedType, value);
  if (field.type === 'bytes') return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : '';
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return number(value);
};

/** 64-bit integers come as Long; Kubernetes' fit into a double. */
const number = (value: unknown): number => Number(String(value));

const time =
  (digits: number) =>
  (value: Message): Json => {
    const seconds = number(value.seconds ?? 0);
    if (seconds === 0) return null;
    const fraction = String(number(value.nanos ?? 0))
      .padStart(9, '0')
      .slice(0, digits);
    return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, digits === 0 ? 'Z' : `.${fraction}Z`);
  };

const raw = (bytes: unknown): Json => {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return null;
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
};

/** Types whose JSON form is not that of their message. */
const SPECIAL: { [fullName: string]: (value: Message) => Json } = {
  '.k8s.io.apimachinery.pkg.apis.meta.v1.Time': time(0),
  '.k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': time(6),
  '.k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': (value) => raw(value.Raw),
  '.k8s.io.apimachinery.pkg.api.resource.Quantity': (value) => String(value.string ?? ''),
  '.k8s.io.apimachinery.pkg.util.intstr.IntOrString': (value) =>
    number(value.type ?? 0) === 0 ? number(value.intVal ?? 0) : String(value.strVal ?? ''),
  '.k8s.io.apimachinery.pkg.runtime.RawExtension': (value) => raw(value.raw),
};
