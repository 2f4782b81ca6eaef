/** The constraints of AWS's models: each place in the table is reached by the inputs of the SDK, refused just beyond its bounds, and taken at them. */

import { expect, test } from '@jest/globals';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Service } from '../../../../local/contract.ts';
import { services } from '../../../../local/services/index.ts';
import { checkConstraints } from '../../../../local/wire/constraints/check.ts';
import { OWN_WORDS } from '../../../../local/wire/constraints/own.ts';
import { CONSTRAINTS, type Rule } from '../../../../local/wire/constraints/table.ts';
import { type Violation, violationsOf } from '../../../../local/wire/constraints/violations.ts';
import { operationSchema } from '../../../../local/wire/schema.ts';

type Placed = { readonly scope: string; readonly operation: string; readonly place: string; readonly rule: Rule };

const PLACED: readonly Placed[] = Object.entries(CONSTRAINTS.services).flatMap(([scope, { operations, rules }]) =>
  Object.entries(operations).flatMap(([operation, places]) =>
    Object.entries(places).map(([place, name]) => ({ scope, operation, place, rule: rules[name] ?? {} })),
  ),
);
const CHECKED = PLACED.filter(({ scope, place }) => !OWN_WORDS[scope]?.has(place));

const serviceOf = (scope: string): Service => {
  const service = services.find((one) => one.scope === scope);
  if (service === undefined) throw new Error(`There is no service ${scope}.`);
  return service;
};

const named = ({ scope, operation, place }: Placed): string => `${scope}:${operation} ${place}`;

/** The schema at a place; undefined when the SDK's input has no such member. */
const schemaAt = ({ scope, operation, place }: Placed): NormalizedSchema | undefined => {
  let schema = operationSchema(serviceOf(scope).schemas, operation)?.input;
  for (const step of place.split('.')) {
    if (schema === undefined) return undefined;
    if (step === '[]') schema = schema.isListSchema() ? schema.getValueSchema() : undefined;
    else if (step === '{key}') schema = schema.isMapSchema() ? schema.getKeySchema() : undefined;
    else if (step === '{value}') schema = schema.isMapSchema() ? schema.getValueSchema() : undefined;
    else schema = new Map<string, NormalizedSchema>(schema.isStructSchema() ? schema.structIterator() : []).get(step);
  }
  return schema;
};

/** An input that has a value at one place and nothing else. */
const inputWith = (place: string, value: unknown): object => {
  const built = place.split('.').reduceRight<unknown>((inner, step) => {
    if (step === '[]') return [inner];
    if (step === '{key}') return { [String(inner)]: '' };
    return { [step === '{value}' ? 'k' : step]: inner };
  }, value);
  return Object(built);
};

const sized = (schema: NormalizedSchema, length: number): unknown => {
  if (schema.isListSchema()) return Array.from({ length }, () => 'a');
  if (schema.isMapSchema()) return Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, 'v']));
  return schema.isBlobSchema() ? new Uint8Array(length) : 'a'.repeat(length);
};

const brokenAt = ({ scope, operation, place }: Placed, value: unknown): Violation['broken'][] =>
  violationsOf(scope, operation, inputWith(place, value))
    // Filling a list breaks what its items must be: only the place itself counts.
    .filter((violation) => violation.rule === ruleAt(scope, operation, place))
    .map(({ broken }) => broken);

const ruleAt = (scope: string, operation: string, place: string): Rule | undefined => {
  const service = CONSTRAINTS.services[scope];
  return service?.rules[service.operations[operation]?.[place] ?? ''];
};

test.each(Object.entries(CONSTRAINTS.services))(
  'the table has the operations of %s that are here (else: local/wire/constraints/generate.ts)',
  (scope, { operations }) => {
    expect(Object.keys(operations).sort()).toEqual(Object.keys(serviceOf(scope).operations).sort());
  },
);

test('every place in the table is one of the SDK’s inputs', () => {
  expect(PLACED.length).toBeGreaterThan(300);
  expect(PLACED.filter((placed) => schemaAt(placed) === undefined).map(named)).toEqual([]);
});

test('what a service refuses in its own words is in the table', () => {
  const places = Object.entries(OWN_WORDS).flatMap(([scope, own]) => [...own].map((place) => `${scope} ${place}`));
  const known = new Set(PLACED.map(({ scope, place }) => `${scope} ${place}`));
  expect(places.filter((place) => !known.has(place))).toEqual([]);
});

test('one more than the most is too long, the most is not', () => {
  const wrong = CHECKED.filter((placed) => {
    const schema = schemaAt(placed);
    const { maxLength } = placed.rule;
    if (maxLength === undefined || schema === undefined) return false;
    const over = brokenAt(placed, sized(schema, maxLength + 1));
    return !over.includes('maxLength') || brokenAt(placed, sized(schema, maxLength)).includes('maxLength');
  });
  expect(wrong.map(named)).toEqual([]);
});

test('one less than the least is too short, the least is not', () => {
  const wrong = CHECKED.filter((placed) => {
    const schema = schemaAt(placed);
    const { minLength = 0 } = placed.rule;
    if (minLength === 0 || schema === undefined) return false;
    const under = brokenAt(placed, sized(schema, minLength - 1));
    return !under.includes('minLength') || brokenAt(placed, sized(schema, minLength)).includes('minLength');
  });
  expect(wrong.map(named)).toEqual([]);
});

test('numbers beyond a range, and values outside of an enumeration', () => {
  const wrong = CHECKED.filter((placed) => {
    const { minimum, maximum, enum: values } = placed.rule;
    return (
      (minimum !== undefined && String(brokenAt(placed, minimum - 1)) !== 'minimum') ||
      (minimum !== undefined && brokenAt(placed, minimum).length > 0) ||
      (maximum !== undefined && String(brokenAt(placed, maximum + 1)) !== 'maximum') ||
      (maximum !== undefined && brokenAt(placed, maximum).length > 0) ||
      (values !== undefined && String(brokenAt(placed, 'none of them')) !== 'enum') ||
      (values ?? []).some((value) => brokenAt(placed, value).length > 0)
    );
  });
  expect(wrong.map(named)).toEqual([]);
});

test('a pattern is of the whole value', () => {
  const roleName = (RoleName: string) => violationsOf('iam', 'GetRole', { RoleName }).map(({ broken }) => broken);
  expect([roleName('a+=,.@-_9'), roleName('a/b'), roleName('a\n'), roleName('/a')]).toEqual([
    [],
    ['pattern'],
    ['pattern'],
    ['pattern'],
  ]);
});

test('characters are counted, not their halves', () => {
  const tagged = (Key: string) => violationsOf('sts', 'AssumeRole', { Tags: [{ Key }] }).map(({ broken }) => broken);
  // A letter outside of the first plane.
  expect([tagged('𠀀'.repeat(128)), tagged('𠀀'.repeat(129))]).toEqual([[], ['maxLength']]);
});

test.each<[string, string, string, object, string, string]>([
  [
    'places of items are numbered',
    'iam',
    'TagRole',
    { RoleName: 'r', Tags: [{ Key: 'a' }, { Key: '' }] },
    'ValidationError',
    "2 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+; Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a secret is not shown',
    'sts',
    'AssumeRoleWithWebIdentity',
    { WebIdentityToken: 'abc' },
    'ValidationError',
    "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4",
  ],
  [
    'EKS has its own exception',
    'eks',
    'ListClusters',
    { maxResults: 0 },
    'InvalidParameterException',
    'maxResults must be between 1 and 100, not 0.',
  ],
  [
    'JSON services have another name for it',
    'events',
    'PutTargets',
    { Rule: 'r', Targets: [] },
    'ValidationException',
    "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
])('%s', (_what, scope, operation, input, name, message) => {
  expect(() => checkConstraints(serviceOf(scope), operation, input)).toThrow(
    expect.objectContaining({ name, message }),
  );
});
