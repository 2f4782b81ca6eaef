/** The table of condition operators (IAM guide, "Condition operators"). Null is not in it: it compares nothing. */
import { arnGlobsMatch, compileArnGlobs, compileGlob, globMatches } from './pattern.ts';
import type { ContextLookup } from './request.ts';
import type { Truth } from './truth.ts';
import { parseAddressRange, parseBase64, parseDate, parseNumber } from './values.ts';
import { parseTemplate, templateMatcher, textMatcher } from './variables.ts';

/** Whether one value of the request passes against one value of the policy, negation left aside. */
export type Comparison = (value: string, lookup: ContextLookup) => Truth;

export type Operator = {
  /** The request's values must pass against none of the policy's values. */
  readonly negated: boolean;
  /** Prepares a value of the policy; undefined when the operator cannot compare with such a value. */
  readonly prepare: (policyValue: string, variables: boolean) => Comparison | undefined;
};

type Prepare = Operator['prepare'];

/** `StringEquals`, or undefined. Names depend on upper and lower case: IAM refuses `stringEquals`. */
export const operatorNamed = (name: string): Operator | undefined => OPERATORS.get(name);

const stringEquals: Prepare = (text, variables) => textMatcher(text, { variables, wildcards: false });

const stringLike: Prepare = (text, variables) => textMatcher(text, { variables, wildcards: true });

/** Lower case on both sides, after the variables are filled in. */
const equalsIgnoreCase: Prepare = (text, variables) =>
  templateMatcher(
    parseTemplate(text, { variables, wildcards: false }),
    (symbols) => {
      const glob = compileGlob(symbols);
      return glob.kind === 'literal' ? { ...glob, text: glob.text.toLowerCase() } : glob;
    },
    (glob, value) => globMatches(glob, value.toLowerCase()),
  );

const arnLike: Prepare = (text, variables) =>
  templateMatcher(parseTemplate(text, { variables, wildcards: true }), compileArnGlobs, arnGlobsMatch);

const bool: Prepare = (text, variables) =>
  /^(?:true|false)$/i.test(text) || (variables && text.includes('${')) ? equalsIgnoreCase(text, variables) : undefined;

const address: Prepare = (text) => parseAddressRange(text);

const comparing =
  <T>(parse: (text: string) => T | undefined, passes: (given: T, wanted: T) => boolean): Prepare =>
  (text) => {
    const wanted = parse(text);
    if (wanted === undefined) return undefined;
    return (value) => {
      const given = parse(value);
      return given !== undefined && passes(given, wanted);
    };
  };

const is = (prepare: Prepare): Operator => ({ negated: false, prepare });
const isNot = (prepare: Prepare): Operator => ({ negated: true, prepare });

const ordered = (family: string, parse: (text: string) => number | undefined): Array<[string, Operator]> => [
  [`${family}Equals`, is(comparing(parse, (given, wanted) => given === wanted))],
  [`${family}NotEquals`, isNot(comparing(parse, (given, wanted) => given === wanted))],
  [`${family}LessThan`, is(comparing(parse, (given, wanted) => given < wanted))],
  [`${family}LessThanEquals`, is(comparing(parse, (given, wanted) => given <= wanted))],
  [`${family}GreaterThan`, is(comparing(parse, (given, wanted) => given > wanted))],
  [`${family}GreaterThanEquals`, is(comparing(parse, (given, wanted) => given >= wanted))],
];

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(stringEquals)],
  ['StringNotEquals', isNot(stringEquals)],
  ['StringEqualsIgnoreCase', is(equalsIgnoreCase)],
  ['StringNotEqualsIgnoreCase', isNot(equalsIgnoreCase)],
  ['StringLike', is(stringLike)],
  ['StringNotLike', isNot(stringLike)],
  ...ordered('Numeric', parseNumber),
  ...ordered('Date', parseDate),
  ['Bool', is(bool)],
  ['BinaryEquals', is(comparing(parseBase64, (given, wanted) => given === wanted))],
  ['IpAddress', is(address)],
  ['NotIpAddress', isNot(address)],
  // "ArnEquals and ArnLike behave identically", and so do their negations.
  ['ArnEquals', is(arnLike)],
  ['ArnLike', is(arnLike)],
  ['ArnNotEquals', isNot(arnLike)],
  ['ArnNotLike', isNot(arnLike)],
]);
