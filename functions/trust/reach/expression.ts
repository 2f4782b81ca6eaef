/** What a policy says about identities, as a formula over the names in each dimension. */
import type { Condition } from '../../policy/condition.ts';
import type { ContextLookup } from '../../policy/index.ts';
import { matchesAll, type Pattern } from './pattern.ts';

export type Expression = boolean | Leaf | Open | And | Or | Not;

/** The name in this dimension matches one of these patterns. */
export type Leaf = { readonly is: 'leaf'; readonly dimension: number; readonly patterns: readonly Pattern[] };

/** It hangs on a key of the request that nobody gave. */
export type Open = {
  readonly is: 'open';
  /** Equal for what must be equally true: the key and the condition without its negation. */
  readonly id: string;
  /** The keys, in lower case. */
  readonly keys: readonly string[];
  /** What asks for the key's value; without it nothing but true and false can be told apart. */
  readonly asks?: AsksForKey;
};

/** A condition on a key that nobody gave; the lookup knows every other key that it names, those of variables included. */
export type AsksForKey = { readonly condition: Condition; readonly lookup: ContextLookup };

export type Or = { readonly is: 'or'; readonly of: readonly Expression[] };
type And = { readonly is: 'and'; readonly of: readonly Expression[] };
type Not = { readonly is: 'not'; readonly of: Expression };

export const leaf = (dimension: number, patterns: readonly Pattern[]): Expression =>
  patterns.length > 0 && (patterns.some(matchesAll) || { is: 'leaf', dimension, patterns });

export const not = (expression: Expression): Expression => {
  if (typeof expression === 'boolean') return !expression;
  return expression.is === 'not' ? expression.of : { is: 'not', of: expression };
};

export const and = (...expressions: readonly Expression[]): Expression => many('and', expressions);

export const or = (...expressions: readonly Expression[]): Expression => many('or', expressions);

/** The formula with some of its leaves and open ends decided; what `decide` leaves undefined stays. */
export const decided = (expression: Expression, decide: (end: Leaf | Open) => Expression | undefined): Expression => {
  if (typeof expression === 'boolean') return expression;
  switch (expression.is) {
    case 'leaf':
    case 'open':
      return decide(expression) ?? expression;
    case 'not':
      return not(decided(expression.of, decide));
    default: {
      const decisive = expression.is === 'or';
      const of: Expression[] = [];
      for (const each of expression.of) {
        const now = decided(each, decide);
        if (now === decisive) return decisive;
        of.push(now);
      }
      return many(expression.is, of);
    }
  }
};

/** Calls back for every leaf and open end. */
export const forEachEnd = (expression: Expression, tell: (end: Leaf | Open) => void): void => {
  if (typeof expression === 'boolean') return;
  if (expression.is === 'leaf' || expression.is === 'open') tell(expression);
  else if (expression.is === 'not') forEachEnd(expression.of, tell);
  else for (const each of expression.of) forEachEnd(each, tell);
};

/** `and` of nothing is true, `or` of nothing is false; constants and nesting are taken out. */
const many = (is: 'and' | 'or', expressions: readonly Expression[]): Expression => {
  const decisive = is === 'or';
  const of: Expression[] = [];
  for (const each of expressions) {
    if (each === decisive) return decisive;
    if (typeof each === 'boolean') continue;
    if (each.is === is) of.push(...each.of);
    else of.push(each);
  }
  const [only] = of;
  if (only === undefined) return !decisive;
  return of.length === 1 ? only : { is, of };
};
