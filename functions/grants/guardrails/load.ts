/** From the text of the guardrails to something that can be asked; what is wrong with them is told with file, line and column. */
import { createHash } from 'node:crypto';
import type * as Cedar from '@cedar-policy/cedar-wasm/web';
import { type Place, placeOf, placeOfByte } from './text-places.ts';

/** What is used of Cedar. It is handed in: loading it reads a file. `functions/runtime/cedar.ts` does. */
export type CedarEngine = Pick<
  typeof Cedar,
  | 'checkParseSchema'
  | 'getValidRequestEnvsPolicy'
  | 'policySetTextToParts'
  | 'policyToJson'
  | 'preparsePolicySet'
  | 'preparseSchema'
  | 'schemaToJson'
  | 'statefulIsAuthorized'
  | 'validate'
>;

/** The file's name is for people. */
export type SourceFile = { readonly file: string; readonly text: string };
export type GuardrailSource = { readonly schema: SourceFile; readonly policies: readonly SourceFile[] };

/** Something wrong with the guardrails. A warning alone refuses nothing. */
export type Problem = Place & {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly sentence: string;
};

/** One policy. Its `@id` is also what Cedar calls it. */
export type Guardrail = {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** `@reason`: why it says so, to the person who asked. */
  readonly reason: string;
  /** `@otherwise`, of a permit: what to say when nothing permits. */
  readonly otherwise?: string;
  /** `@missing`, of a forbid: what would satisfy it. */
  readonly missing?: string;
  readonly file: string;
  readonly place: Place;
  readonly text: string;
  readonly json: Cedar.PolicyJson;
};

export type Guardrails = {
  readonly engine: CedarEngine;
  /** With an error among them, every question is answered with a denial. */
  readonly problems: readonly Problem[];
  readonly policies: ReadonlyMap<string, Guardrail>;
  readonly schema: string;
  /** Under what Cedar keeps them, parsed. */
  readonly name: string;
};

/**
 * Parses and validates the guardrails, once for many decisions. Doesn't throw: guardrails with an error deny everything, and say why.
 * @example const guardrails = loadGuardrails(cedar(), { schema, policies }); decide(guardrails, …)
 */
export const loadGuardrails = (engine: CedarEngine, source: GuardrailSource): Guardrails => {
  const schemaProblems = judgeSchema(engine, source.schema);
  const read = source.policies.map((file) => readPolicies(engine, file));
  const all = read.flatMap(({ policies }) => policies);
  const policies = new Map(all.map((policy) => [policy.id, policy]));
  const problems = [
    ...schemaProblems,
    ...read.flatMap((each) => each.problems),
    ...duplicates(all),
    ...(schemaProblems.length === 0 ? source.policies.flatMap((file) => validate(engine, file, source.schema)) : []),
    ...(source.policies.length === 0
      ? [{ ...START, severity: 'error' as const, file: source.schema.file, sentence: 'There are no policies.' }]
      : []),
  ];
  const name = createHash('sha256').update(JSON.stringify(source)).digest('hex');
  if (!problems.some(isError)) problems.push(...keep(engine, name, source.schema, policies));
  return { engine, problems, policies, schema: source.schema.text, name };
};

/**
 * The types of actions and resources that a policy can be about: `Request`, `Grant`. Nothing when it fits nowhere in the schema. Some 4 ms,
 * so it is found out when it is needed.
 */
export const aboutWhat = (
  { engine, schema }: Guardrails,
  { text }: Guardrail,
): { readonly actions: readonly string[]; readonly resources: readonly string[] } => {
  const answer = engine.getValidRequestEnvsPolicy(text, schema);
  if (answer.type === 'failure') return { actions: [], resources: [] };
  return { actions: answer.actions.map((uid) => /"(.*)"$/.exec(uid)?.[1] ?? uid), resources: answer.resources };
};

export const isError = ({ severity }: Problem): boolean => severity === 'error';

const START: Place = { line: 1, column: 1 };

const judgeSchema = (engine: CedarEngine, { file, text }: SourceFile): readonly Problem[] => {
  const answer = engine.checkParseSchema(text);
  return answer.type === 'success' ? [] : answer.errors.map((error) => problem('error', file, text, error));
};

const readPolicies = (
  engine: CedarEngine,
  { file, text }: SourceFile,
): { readonly policies: readonly Guardrail[]; readonly problems: readonly Problem[] } => {
  const parts = engine.policySetTextToParts(text);
  if (parts.type === 'failure') {
    return { policies: [], problems: parts.errors.map((error) => problem('error', file, text, error)) };
  }
  const problems: Problem[] = parts.policy_templates.map((template) => ({
    severity: 'error',
    file,
    ...placeOf(text, Math.max(0, text.indexOf(template))),
    sentence: 'Templates are not linked by anybody: write a policy without ?principal and ?resource.',
  }));
  const policies = parts.policies.flatMap((part) => {
    const place = placeOf(text, Math.max(0, text.indexOf(part)));
    const parsed = engine.policyToJson(part);
    if (parsed.type === 'failure') {
      problems.push(...parsed.errors.map((error) => ({ ...problem('error', file, part, error), ...place })));
      return [];
    }
    const { id = '', reason = '', otherwise, missing } = parsed.json.annotations ?? {};
    for (const [annotation, value] of Object.entries({ id, reason })) {
      if (value.trim() !== '') continue;
      problems.push({ severity: 'error', file, ...place, sentence: `The policy has no @${annotation}("…").` });
    }
    return [
      {
        id,
        effect: parsed.json.effect,
        reason,
        ...(otherwise !== undefined && { otherwise }),
        ...(missing !== undefined && { missing }),
        file,
        place,
        text: part,
        json: parsed.json,
      },
    ];
  });
  // Cedar sorts them by names of its own, in which policy10 comes before policy2.
  policies.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return { policies, problems };
};

const duplicates = (policies: readonly Guardrail[]): readonly Problem[] => {
  const first = new Map<string, Guardrail>();
  return policies.flatMap((policy) => {
    const { id, file, place } = policy;
    const twin = first.get(id);
    if (twin === undefined) first.set(id, policy);
    if (twin === undefined || id === '') return [];
    const where = `${twin.file}:${twin.place.line}`;
    return [{ severity: 'error' as const, file, ...place, sentence: `The id ${id} is taken: see ${where}.` }];
  });
};

/** A file at a time, so that Cedar's places are places in that file. */
const validate = (engine: CedarEngine, { file, text }: SourceFile, schema: SourceFile): readonly Problem[] => {
  const answer = engine.validate({ schema: schema.text, policies: { staticPolicies: text } });
  // What doesn't parse was told when it was read.
  if (answer.type === 'failure') return [];
  const wrong = new Set(answer.validationErrors.map(({ policyId }) => policyId));
  return [
    ...answer.validationErrors.map(({ error }) => problem('error', file, text, error)),
    ...answer.validationWarnings
      .filter(({ policyId }) => !wrong.has(policyId))
      .map(({ error }) => problem(NEVER_APPLIES.test(error.message) ? 'error' : 'warning', file, text, error)),
    ...answer.otherWarnings.map((error) => problem('warning', file, text, error)),
  ];
};

/** Cedar only warns of it; but a guardrail that can never say anything is one that somebody relies on. */
const NEVER_APPLIES = /policy is impossible|unable to find an applicable action/;

const problem = (severity: Problem['severity'], file: string, text: string, error: Cedar.DetailedError): Problem => {
  const { message, help, sourceLocations: [location] = [] } = error;
  const said = message.replace(/^for policy `policy\d+`, /, '');
  return {
    severity,
    file,
    ...(location === undefined ? START : placeOfByte(text, location.start)),
    sentence: [said, location?.label, help].filter(Boolean).join('; '),
  };
};

/** Has Cedar keep schema and policies under the hash of their text: the same guardrails are kept once. */
const keep = (
  engine: CedarEngine,
  name: string,
  schema: SourceFile,
  policies: ReadonlyMap<string, Guardrail>,
): readonly Problem[] => {
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  const answers = [engine.preparseSchema(name, schema.text), engine.preparsePolicySet(name, { staticPolicies })];
  return answers.flatMap((answer) =>
    answer.type === 'success'
      ? []
      : answer.errors.map(({ message }) => ({
          ...START,
          severity: 'error' as const,
          file: schema.file,
          sentence: message,
        })),
  );
};
