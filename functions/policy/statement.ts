/** One statement of a policy: read from JSON, and held against a question. */
import { type Condition, parseConditions } from './condition.ts';
import { memberPath, PolicyMalformed } from './malformed.ts';
import { compileGlob, type Glob, globMatches, symbolsOf, withinArnSegments } from './pattern.ts';
import { type Grade, gradeOf, type PrincipalElement, parsePrincipal } from './principal.ts';
import type { ContextLookup, Question } from './request.ts';
import { membersOf, stringOf, stringsOf } from './shape.ts';
import { judgeTrustAction, judgeTrustPrincipal } from './trust-only.ts';
import { and, every, not, some, type Truth } from './truth.ts';
import { parseTemplate, templateMatcher } from './variables.ts';

/** What a policy is attached to; it decides which elements IAM wants and which it refuses. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

export type Statement = {
  /** Its place in the policy, from 0. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principal?: PrincipalElement;
  readonly actions: { readonly negated: boolean; readonly patterns: readonly ActionPattern[] };
  readonly resources?: { readonly negated: boolean; readonly patterns: readonly ResourcePattern[] };
  readonly conditions: readonly Condition[];
};

/** Matches in lower case: "The prefix and the action name are case insensitive" (IAM guide, "Action"). */
export type ActionPattern = { readonly source: string; readonly glob: Glob };

export type ResourcePattern = {
  readonly source: string;
  readonly matches: (resource: string, lookup: ContextLookup) => Truth;
};

/** Whether a statement applies; when it does, how its principal reaches the caller; when not, why. */
export type StatementMatch =
  | { readonly applies: Exclude<Truth, false>; readonly grade: Grade }
  | { readonly applies: false; readonly because: string };

/** @throws PolicyMalformed naming the element that IAM would refuse. */
export const parseStatement = (
  element: unknown,
  index: number,
  path: string,
  options: { readonly kind: PolicyKind | undefined; readonly variables: boolean },
): Statement => {
  const members = new Map(membersOf(element, path));
  for (const key of members.keys()) {
    if (!STATEMENT_ELEMENTS.includes(key)) throw new PolicyMalformed(memberPath(path, key), `Unknown field ${key}`);
  }
  const principal = oneOf(members, path, 'Principal', 'NotPrincipal');
  const actions = oneOf(members, path, 'Action', 'NotAction');
  const resources = oneOf(members, path, 'Resource', 'NotResource');
  judgeKind(options.kind, path, principal, resources);
  if (actions === undefined) throw new PolicyMalformed(path, 'Policy statement must contain actions.');
  const sid = members.get('Sid');
  return {
    index,
    ...(sid !== undefined && { sid: stringOf(sid, memberPath(path, 'Sid')) }),
    effect: effectOf(members.get('Effect'), memberPath(path, 'Effect')),
    ...(principal && { principal: principalOf(principal, options.kind) }),
    actions: {
      negated: actions.negated,
      patterns: stringsOf(actions.value, actions.path).map((written) => {
        if (options.kind === 'trust' && !actions.negated) judgeTrustAction(...written);
        return actionPattern(written, options.kind);
      }),
    },
    ...(resources && {
      resources: {
        negated: resources.negated,
        patterns: stringsOf(resources.value, resources.path).map(([source, at]) =>
          resourcePattern(source, at, options),
        ),
      },
    }),
    conditions: members.has('Condition')
      ? parseConditions(members.get('Condition'), memberPath(path, 'Condition'), options.variables)
      : [],
  };
};

/**
 * Whether the statement applies to the question. A statement without a Principal is about whoever the policy is
 * attached to, and one without a Resource about whatever it is attached to.
 */
export const matchStatement = (statement: Statement, question: Question): StatementMatch => {
  const { actions, principal, resources, conditions } = statement;
  if (actions.patterns.some(({ glob }) => globMatches(glob, question.action)) === actions.negated) {
    return OTHER_ACTION;
  }
  const grade =
    principal === undefined ? 'direct' : gradeOf(principal, question.principal, statement.effect, question.bounded);
  if (grade === undefined) return OTHER_PRINCIPAL;
  const resource = resources === undefined || resourceTruth(resources, question);
  if (resource === false) return OTHER_RESOURCE;
  let failed: Condition | undefined;
  const condition = every(conditions, (each) => {
    const holds = each.holds(question.lookup);
    if (holds === false) failed = each;
    return holds;
  });
  if (failed !== undefined) return { applies: false, because: `${failed.operator} ${failed.key} does not hold` };
  const applies = and(resource, condition);
  return applies === false ? OTHER_RESOURCE : { applies, grade };
};

const OTHER_ACTION: StatementMatch = { applies: false, because: 'it is about other actions' };
const OTHER_PRINCIPAL: StatementMatch = { applies: false, because: 'it is about other principals' };
const OTHER_RESOURCE: StatementMatch = { applies: false, because: 'it is about other resources' };

const resourceTruth = (resources: NonNullable<Statement['resources']>, question: Question): Truth => {
  const matched = some(resources.patterns, ({ matches }) => matches(question.resource, question.lookup));
  return resources.negated ? not(matched) : matched;
};

/** In the order in which people write them. */
export const STATEMENT_ELEMENTS: readonly string[] = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

type Element = { readonly value: unknown; readonly path: string; readonly negated: boolean };

const principalOf = ({ value, path, negated }: Element, kind: PolicyKind | undefined): PrincipalElement => {
  const principal = parsePrincipal(value, path, negated);
  if (kind === 'trust') judgeTrustPrincipal(value, path);
  return principal;
};

const oneOf = (
  members: ReadonlyMap<string, unknown>,
  path: string,
  name: string,
  negatedName: string,
): Element | undefined => {
  const negated = members.has(negatedName);
  if (negated && members.has(name)) {
    throw new PolicyMalformed(memberPath(path, negatedName), `${name} and ${negatedName} exclude each other`);
  }
  const present = negated ? negatedName : name;
  return members.has(present) ? { value: members.get(present), path: memberPath(path, present), negated } : undefined;
};

const judgeKind = (
  kind: PolicyKind | undefined,
  path: string,
  principal: Element | undefined,
  resources: Element | undefined,
): void => {
  if (kind === 'identity') {
    if (principal) throw new PolicyMalformed(principal.path, 'Policy document should not specify a principal.');
    if (!resources) throw new PolicyMalformed(path, 'Policy statement must contain resources.');
  }
  if (kind === 'resource' || kind === 'trust') {
    if (!principal) throw new PolicyMalformed(path, 'Missing required field Principal');
  }
  if (kind === 'trust') {
    if (principal?.negated) throw new PolicyMalformed(principal.path, 'Has prohibited field NotPrincipal');
    if (resources) throw new PolicyMalformed(resources.path, 'Has prohibited field Resource');
  }
};

const effectOf = (value: unknown, path: string): 'Allow' | 'Deny' => {
  if (value === undefined) throw new PolicyMalformed(path, 'Missing required field Effect');
  if (value === 'Allow' || value === 'Deny') return value;
  throw new PolicyMalformed(path, `Invalid effect: ${JSON.stringify(value)}; it is Allow or Deny`);
};

/** IAM's messages; how other services judge their resource policies is their own matter. */
const actionPattern = ([source, path]: readonly [string, string], kind: PolicyKind | undefined): ActionPattern => {
  if (!/^(?:\*+|[^:]+:.+)$/s.test(source)) {
    throw new PolicyMalformed(path, 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  const vendor = source.split(':', 1)[0] ?? '';
  if ((kind === 'identity' || kind === 'trust') && source !== vendor) {
    if (/[*?]/.test(vendor)) {
      throw new PolicyMalformed(path, 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards');
    }
    if (source.includes(':', vendor.length + 1)) {
      throw new PolicyMalformed(path, 'Actions/Condition can contain only one colon');
    }
  }
  return { source, glob: compileGlob(symbolsOf(source.toLowerCase(), true)) };
};

/** Variables stand only in the part of an ARN after the fifth colon; before it, they are plain text. */
const resourcePattern = (
  source: string,
  path: string,
  { kind, variables }: { readonly kind: PolicyKind | undefined; readonly variables: boolean },
): ResourcePattern => {
  if (kind === 'identity' && !/^(?:\*+$|arn:)/.test(source)) {
    throw new PolicyMalformed(path, `Resource ${source} must be in ARN format or "*".`);
  }
  const head = /^(?:[^:]*:){5}/.exec(source)?.[0] ?? '';
  const template = [
    symbolsOf(head, true),
    ...parseTemplate(source.slice(head.length), { variables: variables && head !== '', wildcards: true }),
  ];
  const compile = (symbols: readonly number[]): Glob => compileGlob(withinArnSegments(symbols));
  return { source, matches: templateMatcher(template, compile, globMatches) };
};
