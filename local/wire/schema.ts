/** Finds operations, routes and errors among the exports of an SDK client: the schemas are the only description of the wire we use. */
import { NormalizedSchema } from '@smithy/core/schema';
import type { $Schema, $SchemaRef, StaticErrorSchema, StaticOperationSchema } from '@smithy/types';

type Schemas = Readonly<Record<string, unknown>>;

export type OperationSchema = {
  readonly name: string;
  readonly namespace: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method, path template and status of success; REST protocols only. */
  readonly http?: { readonly method: string; readonly path: string; readonly status: number };
};

/** The schema of an operation; undefined when the service has no such operation. */
export const operationSchema = (schemas: Schemas, name: string): OperationSchema | undefined => {
  const cached = cacheOf(schemas).operations;
  if (!cached.has(name)) {
    const found = Object.hasOwn(schemas, `${name}$`) ? schemas[`${name}$`] : undefined;
    cached.set(name, isOperation(found) ? describe(found) : undefined);
  }
  return cached.get(name);
};

/** The schema of an exception by its name; undefined when it isn't modelled. */
export const errorSchema = (schemas: Schemas, name: string): StaticErrorSchema | undefined => {
  const found = Object.hasOwn(schemas, `${name}$`) ? schemas[`${name}$`] : undefined;
  return Array.isArray(found) && found[0] === -3 ? (found as StaticErrorSchema) : undefined;
};

/** All operations of a REST service. */
export const restOperations = (schemas: Schemas): readonly OperationSchema[] => {
  const cache = cacheOf(schemas);
  cache.rest ??= Object.values(schemas)
    .filter(isOperation)
    .map(describe)
    .filter((operation) => operation.http !== undefined);
  return cache.rest;
};

/** How many of a structure's members, which come first in it, are required. */
export const requiredMembers = (schema: NormalizedSchema): readonly string[] => {
  const raw: unknown = schema.getSchema();
  if (!Array.isArray(raw) || !Array.isArray(raw[4])) return [];
  const count: unknown = raw[6];
  return raw[4].slice(0, typeof count === 'number' ? count : 0).map(String);
};

type Cache = { readonly operations: Map<string, OperationSchema | undefined>; rest?: readonly OperationSchema[] };

const CACHES = new WeakMap<Schemas, Cache>();
const cacheOf = (schemas: Schemas): Cache => {
  const cache = CACHES.get(schemas) ?? { operations: new Map() };
  CACHES.set(schemas, cache);
  return cache;
};

const isOperation = (value: unknown): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9;

const describe = ([, namespace, name, traits, input, output]: StaticOperationSchema): OperationSchema => {
  const http = typeof traits === 'object' ? traits.http : undefined;
  return {
    name,
    namespace,
    input: NormalizedSchema.of(resolve(input)),
    output: NormalizedSchema.of(resolve(output)),
    ...(http === undefined ? {} : { http: { method: http[0], path: http[1], status: http[2] } }),
  };
};

const resolve = (ref: $SchemaRef): $Schema => (typeof ref === 'function' ? ref() : ref);
