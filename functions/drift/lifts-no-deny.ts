/** Whether a policy may go from a role though it denies something: only if nothing that stays there allows what it denies. Pure. */
import { PolicyMalformed, parsePolicy, type Statement } from '../policy/index.ts';

/** A permissions policy of a role, by its name or ARN. Without a document: nobody could read it. */
export type Staying = { readonly name: string; readonly document: string | undefined };

/** Whether a policy denies anything; one that can't be judged may. */
export const denies = (document: string): boolean => {
  const statements = statementsOf(document);
  return typeof statements === 'string' || statements.some(isDeny);
};

/**
 * Why a policy may not go, as a sentence; undefined when it denies nothing, or nothing that others of the role allow: then without it nobody can do more.
 * Conditions are left out, and what is written with `Not…` or a variable is taken for everything: rather too much than too little. What policies of
 * resources give the role, nobody here knows; a policy that only denies gives nothing, and so it stays.
 */
export const liftedDeny = (document: string, staying: readonly Staying[]): string | undefined => {
  const statements = statementsOf(document);
  if (typeof statements === 'string') return `what it says can't be judged: ${statements}`;
  const denied = statements.filter(isDeny);
  if (denied.length === 0) return undefined;
  if (denied.length === statements.length)
    return 'it has a Deny statement and no other: it gives nothing that could be taken';
  for (const { name, document: text } of staying) {
    const others = text === undefined ? 'nobody could read it' : statementsOf(text);
    if (typeof others === 'string') return `it has a Deny statement, and ${name} may allow what that denies: ${others}`;
    for (const allowed of others) {
      const what = isDeny(allowed) ? undefined : firstMet(denied, allowed);
      if (what !== undefined) return `it has a Deny statement, and ${name} allows what that denies: ${what}`;
    }
  }
  return undefined;
};

const isDeny = ({ effect }: Statement): boolean => effect === 'Deny';

/** Or why they can't be told. */
const statementsOf = (document: string): readonly Statement[] | string => {
  try {
    return parsePolicy(document, { kind: 'identity' }).statements;
  } catch (error) {
    if (error instanceof PolicyMalformed) return error.message;
    throw error;
  }
};

/** What is allowed, as a pattern, where one of these denies some of it. */
const firstMet = (denied: readonly Statement[], allowed: Statement): string | undefined => {
  for (const deny of denied) {
    const action = metIn(deny.actions, allowed.actions);
    const resource = action === undefined ? undefined : metIn(deny.resources, allowed.resources);
    if (resource !== undefined) return `${action} on ${resource}`;
  }
  return undefined;
};

type Names = { readonly negated: boolean; readonly patterns: readonly { readonly source: string }[] };

const metIn = (denied: Names | undefined, allowed: Names | undefined): string | undefined => {
  const others = patternsOf(denied);
  return patternsOf(allowed).find((one) => others.some((other) => patternsMeet(one, other)));
};

const patternsOf = (names: Names | undefined): readonly string[] =>
  names === undefined || names.negated
    ? ['*']
    : names.patterns.map(({ source }) => source.toLowerCase().replace(/\$\{[^}]*\}/g, '*'));

/**
 * Whether some text matches both patterns.
 * @example patternsMeet('s3:get*', 's3:*acl') // true: s3:getbucketacl
 */
export const patternsMeet = (a: string, b: string): boolean => {
  const [runsInA, runsInB] = [a.includes('*'), b.includes('*')];
  if (runsInA && runsInB) {
    // What stands between the runs of each can follow one upon the other: only their ends have to agree.
    const [startA, startB] = [a.slice(0, a.indexOf('*')), b.slice(0, b.indexOf('*'))];
    const [endA, endB] = [a.slice(a.lastIndexOf('*') + 1), b.slice(b.lastIndexOf('*') + 1)];
    const [starts, ends] = [Math.min(startA.length, startB.length), Math.min(endA.length, endB.length)];
    return (
      standsAt(startA.slice(0, starts), startB, 0) && standsAt(endA.slice(endA.length - ends), endB, endB.length - ends)
    );
  }
  if (runsInA) return fits(a, b);
  return runsInB ? fits(b, a) : a.length === b.length && standsAt(a, b, 0);
};

/** Of a pattern with runs and one without: each piece between two runs as far left as it can stand. */
const fits = (pattern: string, fixed: string): boolean => {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop() ?? '';
  const end = fixed.length - last.length;
  if (end < first.length || !standsAt(first, fixed, 0) || !standsAt(last, fixed, end)) return false;
  let at = first.length;
  for (const piece of pieces) {
    while (at + piece.length <= end && !standsAt(piece, fixed, at)) at += 1;
    at += piece.length;
  }
  return at <= end;
};

/** Whether one character for each agrees; `?` does with any. */
const standsAt = (piece: string, text: string, at: number): boolean => {
  for (let index = 0; index < piece.length; index += 1) {
    const [one, other] = [piece.charCodeAt(index), text.charCodeAt(at + index)];
    if (one !== other && one !== ANY_ONE && other !== ANY_ONE) return false;
  }
  return true;
};

const ANY_ONE = 63;
