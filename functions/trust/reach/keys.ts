/** The condition keys that requests of every kind have: the global ones of AWS and those of STS. */

import type { Grammar } from './grammar.ts';
import { ABSENT, type KeySource, known } from './request.ts';
import { ORGANIZATIONS } from './valid-names.ts';

/** What is known of the role that is asked for, and of further keys. */
export type RoleFacts = {
  /** The role's account. */
  readonly account: string;
  /** The partition of its ARN: `aws`. */
  readonly partition: string;
  /** Its ARN, where it is known. */
  readonly roleArn?: string;
  /** The tags of the role. Without them, conditions on `aws:ResourceTag` hang on what nobody gave. */
  readonly roleTags?: Readonly<Record<string, string>>;
  /** Condition keys with their values, in any case; `undefined` says that the request does not carry the key. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
};

export type KeyTable = ReadonlyMap<string, KeySource>;

/** A key that every such request carries, with a value that nobody gave: any text, or one of these. */
export const always = (grammar?: Grammar): KeySource => ({
  is: 'unknown',
  ...(grammar && { grammar }),
  mayBeAbsent: false,
});

/** A key that such a request carries or not. */
export const perhaps = (grammar?: Grammar): KeySource => ({
  is: 'unknown',
  ...(grammar && { grammar }),
  mayBeAbsent: true,
});

/**
 * The source of a key: what was given wins, then what this kind of request says, then what is true of all. A key that
 * is in none of these is not in the request: `aws:PrincipalTag` in a trust policy for a service, a misspelt tag.
 */
export const sourcesOf = (facts: RoleFacts, ofKind: KeyTable): ((key: string) => KeySource) => {
  const given = new Map(
    Object.entries(facts.context ?? {}).map(([key, value]) => [
      key.toLowerCase(),
      { is: 'known', values: typeof value === 'string' ? [value] : value } satisfies KeySource,
    ]),
  );
  return (key) =>
    given.get(key) ?? ofKind.get(key) ?? roleTag(facts, key) ?? account(facts, key) ?? EVERYWHERE.get(key) ?? ABSENT;
};

/** Single-valued in fact: an account is in one organization and stands in one place of it. */
const EVERYWHERE: KeyTable = new Map([
  ['aws:currenttime', always()],
  ['aws:epochtime', always()],
  ['aws:useragent', perhaps()],
  ['aws:sourceip', perhaps()],
  ['aws:securetransport', known('true')],
  ['aws:viaawsservice', known('false')],
  ['aws:resourceorgid', perhaps(ORGANIZATIONS)],
  ['aws:resourceorgpaths', perhaps()],
  ['sts:rolesessionname', always()],
]);

const account = (facts: RoleFacts, key: string): KeySource | undefined =>
  key === 'aws:resourceaccount' ? known(facts.account) : undefined;

/** STS knows the role's own tags by both names. */
const roleTag = ({ roleTags }: RoleFacts, key: string): KeySource | undefined => {
  const tag = /^(?:aws|iam):resourcetag\/(.+)$/s.exec(key)?.[1];
  if (tag === undefined) return undefined;
  if (roleTags === undefined) return perhaps();
  const found = Object.entries(roleTags).find(([name]) => name.toLowerCase() === tag);
  return found === undefined ? ABSENT : known(found[1]);
};
