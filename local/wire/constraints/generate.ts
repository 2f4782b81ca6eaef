/** Makes constraints.json from the models in botocore's Python package: `generate.ts FOLDER` (see NOTICE). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { services } from '../../services/index.ts';
import { compilePattern } from './pattern.ts';
import type { ConstraintTable, Rule, ServiceConstraints } from './table.ts';

const VERSION = '1.43.11';

/** The models of the services whose inputs are checked, by the scopes of their signatures. */
const MODELS: Readonly<Record<string, string>> = {
  cloudtrail: 'cloudtrail/2013-11-01',
  eks: 'eks/2017-11-01',
  'eks-auth': 'eks-auth/2023-11-26',
  events: 'events/2015-10-07',
  iam: 'iam/2010-05-08',
  lambda: 'lambda/2015-03-31',
  sqs: 'sqs/2012-11-05',
  sts: 'sts/2011-06-15',
};

const Reference = z.object({ shape: z.string() });
const Shape = z.object({
  type: z.string(),
  members: z.record(z.string(), Reference).optional(),
  member: Reference.optional(),
  key: Reference.optional(),
  value: Reference.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.string()).optional(),
  sensitive: z.boolean().optional(),
});
const Model = z.object({
  operations: z.record(z.string(), z.object({ input: Reference.optional() })),
  shapes: z.record(z.string(), Shape),
});
type Model = z.infer<typeof Model>;
type Shape = z.infer<typeof Shape>;

const constraintsOf = (model: Model, operations: readonly string[]): ServiceConstraints => {
  const rules: Record<string, Rule> = {};
  const checked = operations.map((operation) => {
    const members: Record<string, string> = {};
    const input = model.operations[operation]?.input?.shape;
    if (input !== undefined) collect(model, input, '', [], members, rules);
    return [operation, members] as const;
  });
  return {
    rules: Object.fromEntries(Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1))),
    // Also those without any: a test sees which operations came later than the table.
    operations: Object.fromEntries(checked),
  };
};

/** Every constrained part below a shape, by its place. A shape inside itself is followed once: no input here nests deeper. */
const collect = (
  model: Model,
  name: string,
  place: string,
  above: readonly string[],
  members: Record<string, string>,
  rules: Record<string, Rule>,
): void => {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`The model has no shape ${name}.`);
  if (above.includes(name)) return;
  const rule = ruleOf(shape);
  if (place !== '' && rule !== undefined) {
    rules[name] = rule;
    members[place] = name;
  }
  const below = (part: string, reference: { shape: string } | undefined) => {
    if (reference === undefined) return;
    collect(model, reference.shape, place === '' ? part : `${place}.${part}`, [...above, name], members, rules);
  };
  for (const [member, reference] of Object.entries(shape.members ?? {})) below(member, reference);
  below('[]', shape.member);
  below('{key}', shape.key);
  below('{value}', shape.value);
};

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'long', 'float', 'double']);

const ruleOf = ({ type, min, max, pattern, enum: values, sensitive }: Shape): Rule | undefined => {
  if (pattern !== undefined) compilePattern(pattern);
  const [least, most] = NUMBERS.has(type) ? (['minimum', 'maximum'] as const) : (['minLength', 'maxLength'] as const);
  const rule: Rule = {
    ...(min === undefined ? {} : { [least]: min }),
    ...(max === undefined ? {} : { [most]: max }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(values === undefined ? {} : { enum: values }),
  };
  if (Object.keys(rule).length === 0) return undefined;
  return sensitive === true ? { ...rule, sensitive } : rule;
};

const readModel = (folder: string, model: string): Model => {
  const plain = path.join(folder, 'data', model, 'service-2.json');
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return Model.parse(JSON.parse(text.toString()));
};

const [folder = ''] = process.argv.slice(2);
const version = /__version__ = '([^']+)'/.exec(readFileSync(path.join(folder, '__init__.py'), 'utf8'))?.[1];
if (version !== VERSION) throw new Error(`${folder} is botocore ${version}, and the table is of ${VERSION}.`);
const table: ConstraintTable = {
  source: `botocore ${VERSION}, service-2.json (Apache-2.0, Copyright Amazon.com, Inc. or its affiliates)`,
  services: Object.fromEntries(
    Object.entries(MODELS).map(([scope, model]) => {
      const operations = services.find((service) => service.scope === scope)?.operations ?? {};
      return [scope, constraintsOf(readModel(folder, model), Object.keys(operations).sort())];
    }),
  ),
};
writeFileSync(path.join(import.meta.dirname, 'constraints.json'), `${JSON.stringify(table, null, 1)}\n`);
