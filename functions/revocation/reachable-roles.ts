/** Which roles the sessions of a role can go on to, as far as the role's own policies tell. */
import { type NamedPolicy, PolicyMalformed, parsePolicy, type Statement } from '../policy/document.ts';
import { globMatches } from '../policy/pattern.ts';

/** A policy as IAM returns it: JSON text. */
export type PolicyText = { readonly name: string; readonly document: string };

export type ReachableRoles = {
  /** ARNs of single roles. */
  readonly reaches: string[];
  /** What names no single role: patterns, variables, NotResource, a policy that can't be read. For a person. */
  readonly unbounded: string[];
  /** How many of both there are beyond the limits. */
  readonly omitted?: number;
};

/** What a machine's state has room for: it ends at 256 KiB, and asks this of up to 50 roles. */
const MOST_ROLES = 50;
const MOST_PATTERNS = 10;
const MOST_CHARACTERS = 300;

/**
 * The roles that the policies let assume, each once and sorted.
 *
 * Errs towards too many: an Allow counts whatever its conditions, a Deny only when it has none. Whether a role's trust
 * policy agrees is not asked, and permissions boundaries, which only take away, are not read.
 */
export const reachableRoles = (policies: readonly PolicyText[]): ReachableRoles => {
  const { read, unreadable } = parseAll(policies);
  const about = read.flatMap(({ name, document }) =>
    document.statements.filter(isAboutAssumeRole).map((statement) => ({ name, statement })),
  );
  const denies = about.flatMap(({ statement }) => (isFlatDeny(statement) ? statement : []));
  const reaches = new Set<string>();
  const unbounded = new Set<string>(unreadable);
  for (const { name, statement } of about) {
    if (statement.effect !== 'Allow') continue;
    const { negated = false, patterns = [] } = statement.resources ?? {};
    if (negated) {
      unbounded.add(`every role but ${patterns.map(({ source }) => source).join(', ')} (${name})`);
      continue;
    }
    for (const { source } of patterns) {
      if (ONE_ROLE.test(source)) {
        if (!denies.some((deny) => covers(deny, source))) reaches.add(source);
      } else if (MAY_BE_ROLES.test(source) && !denies.some((deny) => coversPattern(deny, source))) {
        unbounded.add(`${source} (${name})`);
      }
    }
  }
  const omitted = Math.max(0, reaches.size - MOST_ROLES) + Math.max(0, unbounded.size - MOST_PATTERNS);
  return {
    reaches: [...reaches].sort().slice(0, MOST_ROLES),
    unbounded: [...unbounded]
      .sort()
      .slice(0, MOST_PATTERNS)
      .map((text) => text.slice(0, MOST_CHARACTERS)),
    ...(omitted > 0 && { omitted }),
  };
};

const ASSUME_ROLE = 'sts:assumerole';
const ONE_ROLE = /^arn:[^:*?$]+:iam::\d{12}:role\/[^*?$]+$/;
/** Patterns that could match a role's ARN; literals of other kinds can't. */
const MAY_BE_ROLES = /[*?$]/;

const parseAll = (policies: readonly PolicyText[]): { read: NamedPolicy[]; unreadable: string[] } => {
  const read: NamedPolicy[] = [];
  const unreadable: string[] = [];
  for (const { name, document } of policies) {
    try {
      read.push({ name, document: parsePolicy(document) });
    } catch (error) {
      if (!(error instanceof PolicyMalformed)) throw error;
      unreadable.push(`anything, for all we know: the policy ${name} can't be read (${error.message})`);
    }
  }
  return { read, unreadable };
};

const isAboutAssumeRole = ({ actions }: Statement): boolean =>
  actions.patterns.some(({ glob }) => globMatches(glob, ASSUME_ROLE)) !== actions.negated;

const isFlatDeny = ({ effect, conditions }: Statement): boolean => effect === 'Deny' && conditions.length === 0;

/** A variable in a Deny's resource counts as "not for sure". */
const covers = ({ resources }: Statement, roleArn: string): boolean => {
  const truths = resources?.patterns.map(({ matches }) => matches(roleArn, () => 'unknown')) ?? [];
  return resources?.negated ? truths.every((truth) => truth === false) : truths.includes(true);
};

const coversPattern = ({ resources }: Statement, pattern: string): boolean =>
  resources?.negated === false && resources.patterns.some(({ source }) => /^\*+$/.test(source) || source === pattern);
