/** An inline policy that somebody has put beside a grant's own, as part of the one that the grant has. Pure. */
import { canonicalPolicy } from '../facets/index.ts';
import { documentOf, type Fields, isFields } from './document.ts';

/**
 * The grant's inline policy with the statements of another in it; undefined where they can't stand in one: not JSON, or of different versions
 * of the policy language, in which the same text says different things.
 * @param own Absent: the grant has none
 */
export const joinedInline = (own: string | undefined, added: string): Record<string, unknown> | undefined => {
  const more = read(added);
  if (more === undefined) return undefined;
  if (own === undefined) return { ...more.rest, Version: more.version, Statement: [...more.statements] };
  const mine = read(own);
  if (mine === undefined || mine.version !== more.version) return undefined;
  const taken = new Set(mine.statements.map(({ Sid }) => Sid));
  const others = more.statements.filter((each) => !mine.statements.some((one) => bare(one) === bare(each)));
  return {
    ...mine.rest,
    Version: mine.version,
    Statement: [...mine.statements, ...others.map((each) => (taken.has(each.Sid) ? withoutSid(each) : each))],
  };
};

/** Whether a policy says, statement by statement, everything that another does. Names of statements don't count. */
export const isSaidIn = (policy: string, wider: string): boolean => {
  const [part, whole] = [read(policy), read(wider)];
  if (part === undefined || whole === undefined || part.version !== whole.version) return false;
  const said = new Set(whole.statements.map(bare));
  return part.statements.every((each) => said.has(bare(each)));
};

type Read = { readonly version: string; readonly statements: readonly Fields[]; readonly rest: Fields };

/** In the one form that all texts of the same policy have. */
const read = (text: string): Read | undefined => {
  const document = documentOf(canonicalPolicy(text));
  if (document === undefined) return undefined;
  const { Version: version, Statement: statements, ...rest } = document;
  if (typeof version !== 'string' || !Array.isArray(statements) || !statements.every(isFields)) return undefined;
  return { version, statements, rest };
};

const withoutSid = ({ Sid: _, ...statement }: Fields): Fields => statement;

const bare = (statement: Fields): string => JSON.stringify(withoutSid(statement));
