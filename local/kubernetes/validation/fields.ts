/** The small questions that all rules ask: reading fields, ranges, choices. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { type FieldError, invalidValue, requiredValue, unsupportedValue } from '../status.ts';

export type Rule = (object: JsonObject) => FieldError[];

export const at = (object: Json | undefined, ...keys: string[]): Json | undefined => {
  let value = object;
  for (const key of keys) value = isObject(value) ? value[key] : undefined;
  return value;
};

export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const list = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Each of these fields, where it is given, is zero or more. */
export const nonNegative = (parent: Json | undefined, path: string, ...fields: string[]): FieldError[] =>
  fields.flatMap((field) => {
    const value = at(parent, field);
    return typeof value === 'number' && value < 0
      ? [invalidValue(`${path}.${field}`, value, 'must be greater than or equal to 0')]
      : [];
  });

/** A field, where it is given, is one of these; the order is that in which the server lists them. */
export const oneOf = (value: Json | undefined, path: string, supported: readonly string[]): FieldError[] =>
  value === undefined || supported.some((each) => each === value) ? [] : [unsupportedValue(path, value, supported)];

export const required = (parent: Json | undefined, path: string, field: string): FieldError[] =>
  at(parent, field) ? [] : [requiredValue(`${path}.${field}`)];

/** The second and later ones of the same name. */
export const duplicates = (items: readonly JsonObject[], path: string): FieldError[] =>
  items.flatMap(({ name }, index) =>
    items.findIndex((item) => item.name === name) < index
      ? [
          {
            field: `${path}[${index}].name`,
            reason: 'FieldValueDuplicate',
            message: `Duplicate value: ${JSON.stringify(name ?? '')}`,
          },
        ]
      : [],
  );
