/** A stored row read back: through its schema, or not at all. */
import type * as z from 'zod';
import { Failure } from '../runtime/errors.ts';
import { problems } from '../runtime/problems.ts';
import type { Stored } from './table.ts';

/**
 * The row as its schema has it; keys and index keys are dropped by the schema.
 * @throws RowMalformed naming the row and the field
 */
export const readRow = <Schema extends z.ZodType>(schema: Schema, stored: Stored): z.output<Schema> =>
  fitting(schema, `the row ${String(stored.pk)}/${String(stored.sk)}`, stored);

/**
 * What was kept, as its schema has it, where it is not a row of its own; `what` names it.
 * @throws RowMalformed naming it and the field
 */
export const fitting = <Schema extends z.ZodType>(schema: Schema, what: string, kept: unknown): z.output<Schema> => {
  const result = schema.safeParse(kept);
  if (result.success) return result.data;
  throw new Failure('RowMalformed', `${what} does not fit this version's schema: ${problems(result.error)}`, {
    cause: result.error,
  });
};

/** An instant in the one form in which text order is time order: UTC with milliseconds. */
export const instant = (at: string | Date): string => new Date(at).toISOString();
