/** Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for the characters. */
import { compileGlob, type Glob, globMatches, type Symbols, symbolsOf } from './pattern.ts';
import type { ContextLookup } from './request.ts';
import { isUnknown, type Truth, type Unknown, unknownKey } from './truth.ts';

type Variable = { readonly key: string; readonly fallback?: Symbols };

/** A text with gaps that the request's condition keys fill. */
export type Template = ReadonlyArray<Symbols | Variable>;

export type TemplateOptions = {
  /** Only Version 2012-10-17 knows variables; before, they are plain text. */
  readonly variables: boolean;
  /** Whether `*` and `?` are wildcards here. Values that fill a gap are always plain text. */
  readonly wildcards: boolean;
};

/** Takes a text apart. What looks like a variable but is not one ends the search: the rest is plain text. */
export const parseTemplate = (text: string, { variables, wildcards }: TemplateOptions): Template => {
  const parts: Array<Symbols | Variable> = [];
  let from = 0;
  while (variables) {
    const start = text.indexOf('${', from);
    const found = start < 0 ? undefined : variableAt(text, start + 2);
    if (found === undefined) break;
    parts.push(symbolsOf(text.slice(from, start), wildcards), found.part);
    from = found.end;
  }
  parts.push(symbolsOf(text.slice(from), wildcards));
  return parts;
};

/**
 * Fills the gaps. Undefined when a key has no value: such a text is equal to nothing and like nothing (IAM guide,
 * "Policy variables with no value"). Only single-valued keys can be variables, so several values are none.
 */
export const fillTemplate = (template: Template, lookup: ContextLookup): Symbols | Unknown | undefined => {
  const symbols: number[] = [];
  let open: Unknown | undefined;
  for (const part of template) {
    const filled = isVariable(part) ? fillVariable(part, lookup) : part;
    if (filled === undefined) return undefined;
    if (isUnknown(filled)) open ??= filled;
    else for (const symbol of filled) symbols.push(symbol);
  }
  return open ?? symbols;
};

/** Compiles a template into a test of a value; without variables, the pattern is made only once. */
export const templateMatcher = <Compiled = Glob>(
  template: Template,
  compile: (symbols: Symbols) => Compiled | undefined,
  matches: (compiled: Compiled, value: string) => boolean,
): ((value: string, lookup: ContextLookup) => Truth) => {
  if (template.some(isVariable)) {
    return (value, lookup) => {
      const symbols = fillTemplate(template, lookup);
      if (symbols === undefined) return false;
      if (isUnknown(symbols)) return symbols;
      const compiled = compile(symbols);
      return compiled !== undefined && matches(compiled, value);
    };
  }
  const compiled = compile(template.flatMap((part) => (isVariable(part) ? [] : part)));
  return (value) => compiled !== undefined && matches(compiled, value);
};

/** A test of a value against a text with wildcards and variables. */
export const textMatcher = (
  text: string,
  options: TemplateOptions,
): ((value: string, lookup: ContextLookup) => Truth) =>
  templateMatcher(parseTemplate(text, options), compileGlob, globMatches);

const isVariable = (part: Symbols | Variable): part is Variable => 'key' in part;

const fillVariable = ({ key, fallback }: Variable, lookup: ContextLookup): Symbols | Unknown | undefined => {
  const values = lookup(key);
  if (values === 'unknown') return unknownKey(key);
  const [value, ...others] = values ?? [];
  if (value === undefined) return fallback;
  return others.length === 0 ? symbolsOf(value, false) : undefined;
};

const variableAt = (text: string, start: number): { part: Symbols | Variable; end: number } | undefined => {
  const character = text[start];
  if (character !== undefined && '*?$'.includes(character) && text[start + 1] === '}') {
    return { part: symbolsOf(character, false), end: start + 2 };
  }
  const stop = text.slice(start).search(/[,}]/);
  if (stop < 0) return undefined;
  const key = text
    .slice(start, start + stop)
    .trim()
    .toLowerCase();
  if (text[start + stop] === '}') return { part: { key }, end: start + stop + 1 };
  const rest = /,\s*'([^']*)'\s*\}/y;
  rest.lastIndex = start + stop;
  const fallback = rest.exec(text)?.[1];
  return fallback === undefined
    ? undefined
    : { part: { key, fallback: symbolsOf(fallback, false) }, end: rest.lastIndex };
};
