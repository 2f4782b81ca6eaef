/** What a request for a role's credentials carries: the principal, and for each condition key what is known of its value. */

import type { Statement } from '../../policy/document.ts';
import type { ContextValue, RequestPrincipal } from '../../policy/index.ts';
import type { Symbols } from '../../policy/pattern.ts';
import type { Dimension } from './atoms.ts';
import { globMatchesText } from './automaton.ts';
import type { Expression } from './expression.ts';
import type { Grammar } from './grammar.ts';
import type { Glob } from './pattern.ts';

/** The universe of one question: what a point consists of, and how it is written as a member of the set. */
export type Universe<Member> = {
  /** Equal for equal universes: sets of different ones have nothing in common to compare. */
  readonly key: string;
  readonly dimensions: readonly Dimension[];
  /** A sentence of what is said about each dimension. */
  readonly phrase: (parts: readonly string[]) => string;
  readonly memberOf: (names: readonly string[]) => Member;
  /** In the order of the dimensions; names that the grammars refuse are written as they are. */
  readonly namesOf: (member: Member) => readonly string[];
};

/** A name in a dimension, or a part of it. */
export type Component = {
  readonly dimension: number;
  /** What of the name it is, where it isn't all of it: `named`, `in region`. */
  readonly about?: string;
  /** The pattern over the whole name that says the same as a pattern over this part. */
  readonly widen?: (symbols: Symbols) => Symbols;
  /** This part of a name. */
  readonly read?: (name: string) => string;
  /** Whether numbers, dates, addresses or base64 can look like it: names of service accounts can, ARNs can't. */
  readonly textual?: true;
};

export type KeySource =
  | Known
  | Joined
  | UnknownValue
  /** In the request only where the name in a dimension matches; absent elsewhere. */
  | { readonly is: 'where'; readonly dimension: number; readonly matches: Glob; readonly source: Known | Joined };

/** Known; or known not to be there. */
export type Known = { readonly is: 'known'; readonly values: readonly string[] | undefined };

/** Follows from who asks. */
export type Joined = { readonly is: 'joined'; readonly parts: ReadonlyArray<string | Component> };

/** The request carries it, or may carry it, and nobody said what it holds. */
export type UnknownValue = {
  readonly is: 'unknown';
  /** What it can hold, if not any text. */
  readonly grammar?: Grammar;
  readonly mayBeAbsent: boolean;
};

/** A kind of request for credentials, for everybody who could make it. */
export type TrustRequest<Member> = TrustQuestion & { readonly universe: Universe<Member> };

/** The same, whatever its universe's members look like. */
export type TrustQuestion = {
  /** All of them must be allowed. */
  readonly actions: readonly string[];
  /** The role's ARN, or `*`. */
  readonly resource: string;
  /** Of a condition key, in lower case. */
  readonly sourceOf: (key: string) => KeySource;
  /** Whom the statement is about, its action and conditions left aside. */
  readonly principals: (statement: Statement) => Expression;
  /** The caller of a point. */
  readonly principalOf: (names: readonly string[]) => RequestPrincipal;
};

export const ABSENT: Known = { is: 'known', values: undefined };

/** A key with these values. */
export const known = (...values: readonly string[]): Known => ({ is: 'known', values });

/** What a condition key holds when this point asks. */
export const valueAt = (source: KeySource, names: readonly string[]): ContextValue => {
  switch (source.is) {
    case 'known':
      return source.values;
    case 'unknown':
      return 'unknown';
    case 'joined':
      return [source.parts.map((part) => partText(part, names)).join('')];
    case 'where':
      return globMatchesText(source.matches, names[source.dimension] ?? '') ? valueAt(source.source, names) : undefined;
  }
};

const partText = (part: string | Component, names: readonly string[]): string => {
  if (typeof part === 'string') return part;
  const name = names[part.dimension] ?? '';
  return part.read === undefined ? name : part.read(name);
};
