/** What a finding about a statement is kept under: the same statement has the same subject, wherever it stands. */
import { createHash } from 'node:crypto';
import type { Statement } from '../../policy/index.ts';

/**
 * The statement's Sid, or else a short hash of what it says. Not its place: IAM may reorder what it stores, and a new
 * statement in front is no new problem. The order of lists, upper and lower case where IAM doesn't mind, and the two
 * ways to write an account don't matter.
 */
export const subjectOf = (statement: Statement): string =>
  statement.sid === undefined || statement.sid === '' ? hashOf(statement) : statement.sid;

/** Of SHA-256: enough to tell apart the few dozen statements that a trust policy can hold. */
const HASH_DIGITS = 12;

const hashOf = ({ effect, principal, actions, resources, conditions }: Statement): string => {
  const said = [
    effect,
    principal && [
      principal.negated,
      sorted(principal.aws),
      sorted([...principal.accounts].map((account) => /\d{12}/.exec(account)?.[0] ?? account)),
      sorted(principal.services),
      sorted(principal.federated),
      sorted(principal.canonicalUsers),
    ],
    actions.negated,
    sorted(actions.patterns.map(({ source }) => source.toLowerCase())),
    resources && [resources.negated, sorted(resources.patterns.map(({ source }) => source))],
    sorted(
      conditions.map(({ operator, key, values }) => JSON.stringify([operator, key.toLowerCase(), sorted(values)])),
    ),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, HASH_DIGITS);
};

const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].toSorted();
