/** The table of constraints: what generate.ts writes from AWS's models, and check.ts reads. */
import { readFileSync } from 'node:fs';

/** What a value must satisfy. Lengths are of strings (characters), blobs (bytes), lists and maps (items). */
export type Rule = {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** The value is never shown. */
  readonly sensitive?: true;
};

export type ServiceConstraints = {
  /** By the name of the model's shape. */
  readonly rules: Readonly<Record<string, Rule>>;
  /** Of each operation, the name of the rule for each constrained part of its input: `Tags.[].Key`, `tags.{value}`. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

export type ConstraintTable = {
  /** Where it is from, and under which licence. */
  readonly source: string;
  readonly services: Readonly<Record<string, ServiceConstraints>>;
};

// The file is ours, and its generator's type is this one.
export const CONSTRAINTS = JSON.parse(
  readFileSync(new URL('./constraints.json', import.meta.url), 'utf8'),
) as ConstraintTable;
