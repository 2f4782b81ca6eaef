/** Whether an input has the types that its schema says: the SDK's deserializers let wrong ones through. */
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Service } from '../contract.ts';
import { ApiError, refusal } from './errors.ts';
import { requiredMembers } from './schema.ts';

/**
 * Checks JSON before it is decoded.
 * @throws SerializationException naming the member, as AWS's services do.
 */
export const checkShape = (
  schema: NormalizedSchema,
  value: unknown,
  protocol: Service['protocol'],
  path = '',
): void => {
  if (value === undefined || value === null || schema.isDocumentSchema()) return;
  const wanted = typeName(schema);
  const fits = wanted === undefined || FITS[wanted](value);
  if (!fits) {
    throw refusal(
      protocol,
      'malformed',
      `Expected ${wanted} for ${path === '' ? 'the body' : path}, not ${typeOf(value)}.`,
    );
  }
  if (Array.isArray(value) && schema.isListSchema()) {
    for (const [index, item] of value.entries())
      checkShape(schema.getValueSchema(), item, protocol, `${path}[${index}]`);
  } else if (typeof value === 'object' && schema.isMapSchema()) {
    for (const [key, item] of Object.entries(value))
      checkShape(schema.getValueSchema(), item, protocol, `${path}.${key}`);
  } else if (typeof value === 'object' && schema.isStructSchema()) {
    for (const [name, member] of schema.structIterator()) {
      const key = member.getMergedTraits().jsonName ?? name;
      const part: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
      checkShape(member, part, protocol, path === '' ? name : `${path}.${name}`);
    }
  }
};

/**
 * The members that an input must have.
 * @throws ValidationException (Query: ValidationError) in the words of AWS's own validation.
 */
export const checkRequired = (schema: NormalizedSchema, value: object, protocol: Service['protocol']): void => {
  if (schema.isUnitSchema()) return;
  const missing = requiredMembers(schema).filter((name) => Reflect.get(value, name) === undefined);
  if (missing.length === 0) return;
  const constraints = missing.map(
    (name) =>
      `Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
  );
  const count = missing.length === 1 ? '1 validation error' : `${missing.length} validation errors`;
  throw refusal(protocol, 'invalid', `${count} detected: ${constraints.join('; ')}`);
};

/** A member that `checkRequired` has seen: the SDK's input types call all of them optional. */
export const required = <T>(value: T | undefined): T => {
  if (value === undefined) throw new ApiError('ValidationError', 400, 'A required member is missing.');
  return value;
};

type TypeName = 'a list' | 'a map' | 'a structure' | 'a string' | 'a boolean' | 'a number';

const FITS: Record<TypeName, (value: unknown) => boolean> = {
  'a list': Array.isArray,
  'a map': (value) => typeof value === 'object' && !Array.isArray(value),
  'a structure': (value) => typeof value === 'object' && !Array.isArray(value),
  'a string': (value) => typeof value === 'string',
  'a boolean': (value) => typeof value === 'boolean',
  'a number': (value) => typeof value === 'number',
};

const typeName = (schema: NormalizedSchema): TypeName | undefined => {
  if (schema.isListSchema()) return 'a list';
  if (schema.isMapSchema()) return 'a map';
  if (schema.isStructSchema()) return 'a structure';
  if (schema.isBooleanSchema()) return 'a boolean';
  if (schema.isNumericSchema()) return 'a number';
  if (schema.isStringSchema() || schema.isBlobSchema()) return 'a string';
  return undefined;
};

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : `a ${typeof value}`);
