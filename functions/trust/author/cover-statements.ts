/** Our statements for a set of service accounts, without a policy around them. */
import type { WorkloadIdentity } from '../../identity.ts';
import { type AskedRole, askedOf } from './asked.ts';
import { coverOf } from './cover/index.ts';
import { type Box, freeSids, type Through, writeStatement } from './statement.ts';
import type { WrittenTrustStatement } from './wish.ts';

export type Covered = {
  readonly statements: readonly WrittenTrustStatement[];
  /** Proven: no other statements of our form are shorter together, and none of this length are fewer. */
  readonly minimal: boolean;
};

/**
 * The shortest statements that together admit exactly these identities, none for none; the order of the identities
 * doesn't matter. Their length is not held against a quota, and nothing is proven by reach here.
 * @throws NamesInvalid, MixedAccounts
 */
export const coverStatements = (
  identities: readonly WorkloadIdentity[],
  role: Pick<AskedRole, 'account' | 'partition'>,
  { sidsTaken, ...through }: { readonly sourceRoleArn?: string; readonly sidsTaken?: ReadonlySet<string> } = {},
): Covered => statementsFor(askedOf(identities, { ...role, ...through }), through, { sidsTaken });

/** The same, for identities that were judged, are all different and in order. `known` are boxes that hold exactly them. */
export const statementsFor = (
  asked: readonly WorkloadIdentity[],
  through: Through,
  { sidsTaken, known }: { readonly sidsTaken?: ReadonlySet<string> | undefined; readonly known?: readonly Box[] } = {},
): Covered => {
  if (asked.length === 0) return { statements: [], minimal: true };
  const sids = freeSids(asked.length, sidsTaken);
  const { boxes, minimal } = coverOf(asked, through, sids);
  const statements = statementsOf(boxes, through, sids);
  if (known === undefined || minimal) return { statements, minimal };
  const others = statementsOf(known, through, sids);
  return JSON.stringify(others).length < JSON.stringify(statements).length
    ? { statements: others, minimal }
    : { statements, minimal };
};

const statementsOf = (
  boxes: readonly Box[],
  through: Through,
  sids: readonly string[],
): readonly WrittenTrustStatement[] =>
  boxes
    .map((box) => ({ box, text: JSON.stringify(box) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ box }, place) => writeStatement(box, through, sids[place] ?? ''));
