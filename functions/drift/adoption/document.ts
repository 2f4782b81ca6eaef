/** A policy's text as the object that a wish bears. Pure. */
import { jsonOf } from '../../json.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Undefined for a text that is no JSON object. */
export const documentOf = (text: string): Record<string, unknown> | undefined => {
  const value = jsonOf(text);
  return isFields(value) ? { ...value } : undefined;
};

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
