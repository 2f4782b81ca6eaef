/** A whole trust policy as a formula: for each action some Allow applies and no Deny does. */

import type { Statement } from '../../policy/document.ts';
import type { PolicyDocument } from '../../policy/index.ts';
import { globMatches } from '../../policy/pattern.ts';
import { isUnknown, some } from '../../policy/truth.ts';
import { type Asking, conditionExpression } from './condition.ts';
import { and, type Expression, not, or } from './expression.ts';
import { patternOf } from './pattern.ts';
import type { Component, TrustQuestion } from './request.ts';
import { splitsOf } from './split.ts';
import { textTest } from './text-test.ts';

/** How many formulas are made for the values of variables, all conditions together. */
const MAX_TIED = 2000;

/**
 * Who can make this kind of request successfully. Formulas of two policies can be held against each other when their
 * conditions are read against the same `asking`.
 * @throws ReachUndecided
 */
export const policyFormula = (
  policy: PolicyDocument,
  request: TrustQuestion,
  asking = askingOf(policy, request),
): Expression => {
  const formulas = new Map<Statement, Expression>();
  const formulaOf = (statement: Statement): Expression => {
    const before = formulas.get(statement);
    if (before !== undefined) return before;
    const now = statementFormula(statement, request, asking);
    formulas.set(statement, now);
    return now;
  };
  return and(
    ...request.actions.map((action) => {
      const about = policy.statements.filter((statement) => isAbout(statement, action));
      const of = (effect: Statement['effect']): readonly Expression[] =>
        about.filter((statement) => statement.effect === effect).map(formulaOf);
      return and(or(...of('Allow')), not(or(...of('Deny'))));
    }),
  );
};

/** Whom one statement is about, its action left aside. */
export const statementFormula = (statement: Statement, request: TrustQuestion, asking: Asking): Expression => {
  const principals = request.principals(statement);
  const here = resourceFormula(statement, request);
  if (principals === false || here === false) return false;
  return and(principals, here, ...statement.conditions.map((condition) => conditionExpression(condition, asking)));
};

/** What all conditions of a policy are read against. */
export const askingOf = (policy: PolicyDocument, { sourceOf }: TrustQuestion): Asking => {
  const variables = policy.version === '2012-10-17';
  let literals: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    sourceOf,
    variables,
    literalsOf: (component) => {
      literals ??= literalsIn(policy, sourceOf, variables);
      const whole = literals.get(placeOf({ dimension: component.dimension })) ?? [];
      const { about, read } = component;
      if (about === undefined || read === undefined) return whole;
      return [...new Set([...whole.map(read), ...(literals.get(placeOf(component)) ?? [])])];
    },
    budget: { left: MAX_TIED },
  };
};

/** Whether the action is one of the statement's. */
export const isAbout = ({ actions }: Statement, action: string): boolean =>
  actions.patterns.some(({ glob }) => globMatches(glob, action.toLowerCase())) !== actions.negated;

/** Trust policies have no Resource; a document that was read as some other kind may. */
const resourceFormula = ({ resources, index }: Statement, request: TrustQuestion): Expression => {
  if (resources === undefined) return true;
  const matched = some(resources.patterns, ({ matches }) => matches(request.resource, () => 'unknown'));
  if (isUnknown(matched)) return { is: 'open', id: `resource of ${index}`, keys: matched.unknown };
  return matched !== resources.negated;
};

const placeOf = ({ dimension, about = '' }: Component): string => `${dimension}${about}`;

/** Exact texts that conditions name for each dimension, or for a part of its names. */
const literalsIn = (
  { statements }: PolicyDocument,
  sourceOf: Asking['sourceOf'],
  variables: boolean,
): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, Set<string>>();
  for (const { key, base, values } of statements.flatMap(({ conditions }) => conditions)) {
    const source = sourceOf(key.toLowerCase());
    const test = textTest(base);
    const joined = source.is === 'where' ? source.source : source;
    if (test === undefined || joined.is !== 'joined') continue;
    const components = joined.parts.filter((part) => typeof part !== 'string');
    for (const value of values) {
      const symbols = test.symbolsOf(value, variables, () => 'unknown') ?? [];
      for (const split of splitsOf(symbols, joined.parts, test.folded)) {
        components.forEach((component, index) => {
          const pattern = patternOf(split[index] ?? []);
          const place = placeOf(component);
          if (pattern.is === 'literal' && pattern.text !== '') {
            found.set(place, (found.get(place) ?? new Set()).add(pattern.text));
          }
        });
      }
    }
  }
  return new Map([...found].map(([place, texts]) => [place, [...texts]]));
};
