/** Rules about what a statement says twice. */
import { compileGlob, type Glob, globMatches, symbolsOf } from '../../../policy/pattern.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';

/** Values that are there twice, or that a pattern beside them covers. IAM Access Analyzer REDUNDANT_RESOURCE and REDUNDANT_CONDITION_VALUE_NUM, for values. */
export const redundantValue: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const covered = statement.conditions.flatMap(({ base, values }) => {
      // A variable says something else in every request; ARN patterns match part by part.
      const like = base === 'StringLike' || base === 'StringNotLike';
      return coveredIn(
        values.map((text) => ({ text, glob: compileGlob(symbolsOf(text, like && !text.includes('${'))) })),
      );
    });
    if (covered.length === 0) return undefined;
    return found('RedundantValue', {
      statement,
      sentence: `${show(statement)} names ${list(covered)} although another value of the same condition covers it.`,
      witness: covered[0],
      remedy: `Leave out what is covered, or better the pattern: ${rewrite(facts)}.`,
    });
  });

/** IAM Access Analyzer REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY. */
export const redundantPrincipal: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const named = statement.principal?.aws ?? new Set<string>();
    const covered = [...named].filter((arn) => {
      const [, head, account, role] = /^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
      // The session's ARN leaves out the role's path.
      return [...named].some(
        (other) => other.startsWith(`${head}:iam::${account}:role/`) && other.split('/').at(-1) === role,
      );
    });
    if (covered.length === 0 || statement.principal?.negated === true) return undefined;
    return found('RedundantPrincipal', {
      statement,
      sentence: `${show(statement)} names the session ${list(covered)} beside its role.`,
      witness: covered[0],
      remedy: `Leave out the session, or the role if only this session is meant: ${rewrite(facts)}.`,
    });
  });

/** The texts that another of the list covers: all but the first of equal ones, and what is narrower than a pattern. */
export const coveredIn = (items: readonly Pattern[]): readonly string[] => {
  const patterns = items.filter(({ glob }) => glob.kind !== 'literal').slice(0, MOST_PATTERNS);
  const seen = new Set<string>();
  return items
    .filter((item, index) => {
      const before = seen.has(item.text);
      seen.add(item.text);
      return (
        before ||
        patterns.some(
          (other) =>
            other.text !== item.text && covers(other, item) && (items.indexOf(other) < index || !covers(item, other)),
        )
      );
    })
    .map(({ text }) => text);
};

type Pattern = { readonly text: string; readonly glob: Glob };

/** Each is held against all texts; nobody writes so many who minds what one covers. */
const MOST_PATTERNS = 100;

/** Whether whatever matches the second also matches the first: a `*` can be nothing, or longer than any run of `?`. */
const covers = ({ glob }: Pattern, { text }: Pattern): boolean =>
  ['', STAND_IN.repeat(64)].every((run) => globMatches(glob, text.replaceAll('*', run).replaceAll('?', STAND_IN)));

/** A character that no policy holds. */
const STAND_IN = '\u0001';
