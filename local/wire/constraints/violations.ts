/** Which constraints of AWS's models an input breaks. */
import { OWN_WORDS } from './own.ts';
import { compilePattern } from './pattern.ts';
import { CONSTRAINTS, type Rule } from './table.ts';

export type Violation = {
  /** As AWS's messages have it: `tags.1.member.key`. */
  readonly place: string;
  readonly value: unknown;
  readonly rule: Rule;
  /** Exactly one of the rule's constraints. */
  readonly broken: Exclude<keyof Rule, 'sensitive'>;
};

/** Every violation, in the order of the model's members. None for operations that the table doesn't have. */
export const violationsOf = (scope: string, operation: string, input: object): readonly Violation[] =>
  checksOf(scope, operation).flatMap(({ steps, rule, pattern }) =>
    [...valuesAt(input, steps, [])].flatMap(([place, value]) =>
      breaks(rule, pattern, value).map((broken) => ({ place, value, rule, broken })),
    ),
  );

type Check = { readonly steps: readonly string[]; readonly rule: Rule; readonly pattern: RegExp | undefined };

/** Compiled at the first call of each operation: big fleets make hundreds of thousands of calls. */
const compiled = new Map<string, readonly Check[]>();

const checksOf = (scope: string, operation: string): readonly Check[] => {
  const key = `${scope}:${operation}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const service = CONSTRAINTS.services[scope];
  const checks = Object.entries(service?.operations[operation] ?? {}).flatMap(([place, name]): Check[] => {
    const rule = service?.rules[name];
    if (rule === undefined || OWN_WORDS[scope]?.has(place)) return [];
    const pattern = rule.pattern === undefined ? undefined : compilePattern(rule.pattern);
    return [{ steps: place.split('.'), rule, pattern }];
  });
  compiled.set(key, checks);
  return checks;
};

/** The values at a place of the model, with their own places: those of lists are numbered from 1. */
function* valuesAt(
  value: unknown,
  [step, ...rest]: readonly string[],
  above: readonly string[],
): Generator<[string, unknown]> {
  if (value === undefined || value === null) return;
  if (step === undefined) {
    yield [above.join('.'), value];
  } else if (step === '[]' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* valuesAt(item, rest, [...above, String(index + 1), 'member']);
  } else if ((step === '{key}' || step === '{value}') && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      yield* valuesAt(step === '{key}' ? key : item, rest, [...above, key, 'member']);
    }
  } else if (typeof value === 'object' && Object.hasOwn(value, step)) {
    yield* valuesAt(Reflect.get(value, step), rest, [...above, step.charAt(0).toLowerCase() + step.slice(1)]);
  }
}

const breaks = (rule: Rule, pattern: RegExp | undefined, value: unknown): Violation['broken'][] => {
  const length = lengthOf(value);
  const broken: Record<Violation['broken'], boolean> = {
    pattern: pattern !== undefined && typeof value === 'string' && !pattern.test(value),
    minLength: length !== undefined && length < (rule.minLength ?? 0),
    maxLength: length !== undefined && length > (rule.maxLength ?? Number.POSITIVE_INFINITY),
    minimum: typeof value === 'number' && value < (rule.minimum ?? Number.NEGATIVE_INFINITY),
    maximum: typeof value === 'number' && value > (rule.maximum ?? Number.POSITIVE_INFINITY),
    enum: rule.enum !== undefined && typeof value === 'string' && !rule.enum.includes(value),
  };
  return ORDER.filter((constraint) => broken[constraint]);
};

const ORDER: readonly Violation['broken'][] = ['enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'];

const lengthOf = (value: unknown): number | undefined => {
  // Smithy counts characters, not UTF-16's halves of them.
  if (typeof value === 'string') return /[\ud800-\udfff]/.test(value) ? [...value].length : value.length;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
};
