/** Reading what the API answers: strict about what is there, deaf to what a newer API adds. Pure. */
import type * as z from 'zod';

/**
 * The answer as the schema has it, without the fields that the schema doesn't know: an API may add some, and an older
 * command line must go on.
 */
export const readAnswer = <Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.ZodSafeParseResult<z.output<Schema>> => {
  const read = schema.safeParse(body);
  if (read.success) return read;
  const unknown = read.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length < read.error.issues.length) return read;
  const known: unknown = structuredClone(body);
  for (const { path, keys } of unknown) remove(known, path, keys);
  return schema.safeParse(known);
};

const remove = (body: unknown, path: readonly PropertyKey[], keys: readonly string[]): void => {
  const place = path.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), body);
  if (isRecord(place)) for (const key of keys) delete place[key];
};

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === 'object' && value !== null;
