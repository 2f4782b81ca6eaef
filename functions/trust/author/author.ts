/** From a wish to the shortest trust policy that admits exactly it: written, measured, and proven by reach. */
import type { WorkloadIdentity } from '../../identity.ts';
import { type AskedRole, askedOf } from './asked.ts';
import { statementsFor } from './cover-statements.ts';
import { DoesNotFit, NotExact, NothingAsked, type SplitRole } from './errors.ts';
import { type Present, presentOf } from './present.ts';
import { prove } from './proof.ts';
import { splitOver } from './split.ts';
import type { Box } from './statement.ts';
import type { Authored, Wish, WrittenTrust, WrittenTrustStatement } from './wish.ts';

/** "Role trust policy length", which can be raised to 8,192 (IAM guide, "IAM and AWS STS quotas"). */
const QUOTA = 2048;

/**
 * The shortest trust policy, and of those the one with the fewest statements, that admits exactly the identities with
 * session tags on: for a target role, of those who come through the source role.
 *
 * Foreign statements of the present policy stay, and ours come after them. Ours say the whole wish, whatever foreign ones
 * admit besides: those may go any day. What the result says doesn't hang on the order of the wish, and authoring it again
 * into the result gives the same text.
 * @throws NothingAsked, NamesInvalid, MixedAccounts
 * @throws PolicyMalformed when the present policy is none that IAM stores
 * @throws DoesNotFit with by how much, and a split over roles
 * @throws NotExact when a foreign statement admits more, or denies
 * @throws ReachUndecided when a foreign statement makes the proof cost too much
 * @example author({ identities, role: { account, partition }, into: await trustOf(role) }).text
 */
export const author = ({ identities, role, sourceRoleArn, into, quota = QUOTA }: Wish): Authored => {
  const askedRole: AskedRole = { ...role, ...(sourceRoleArn !== undefined && { sourceRoleArn }) };
  const asked = askedOf(identities, askedRole);
  const present = presentOf(into);
  if (asked.length === 0 && present.foreign.length === 0) {
    throw new NothingAsked(
      'Nobody is asked for, and a policy must have a statement: delete the role, or name somebody.',
    );
  }
  const authored = written(present, asked, askedRole, quota);
  if (authored.characters > quota) {
    throw new DoesNotFit(authored.characters, quota, proposal(present, asked, askedRole, quota));
  }
  prove(authored.document, asked, askedRole, authored.statements);
  return authored;
};

const written = (
  present: Present,
  asked: readonly WorkloadIdentity[],
  role: AskedRole,
  quota: number,
  known?: readonly Box[],
): Authored => {
  const { statements, minimal } = statementsFor(asked, role, { ...(known && { known }) });
  const document = documentOf(present, statements);
  const text = JSON.stringify(document);
  return { document, text, characters: counted(text), quota, statements: statements.length, minimal };
};

const documentOf = ({ version, id, foreign }: Present, ours: readonly WrittenTrustStatement[]): WrittenTrust => ({
  Version: version,
  ...(id !== undefined && { Id: id }),
  Statement: [...foreign, ...ours],
});

/** "IAM doesn't count white space when calculating the size of a policy against these quotas." */
const counted = (text: string): number => text.replace(/\s+/g, '').length;

const NEW_ROLE = presentOf(undefined);

/** The roles of a split: this one with its foreign statements, if anything fits beside them and is exact, and new ones. */
const proposal = (
  present: Present,
  asked: readonly WorkloadIdentity[],
  role: AskedRole,
  quota: number,
): readonly SplitRole[] | undefined => {
  try {
    return rolesOf(present, asked, role, quota);
  } catch (error) {
    // A foreign statement admits one whom the split gives to another role.
    if (error instanceof NotExact) return rolesOf(NEW_ROLE, asked, role, quota);
    throw error;
  }
};

const rolesOf = (
  first: Present,
  asked: readonly WorkloadIdentity[],
  role: AskedRole,
  quota: number,
): readonly SplitRole[] | undefined => {
  const presentAt = (place: number): Present => (place === 0 ? first : NEW_ROLE);
  const room = (place: number): number => quota - counted(JSON.stringify(documentOf(presentAt(place), [])));
  return splitOver(asked, role, room)?.flatMap(({ identities, boxes }, place) => {
    if (identities.length === 0) return [];
    const part = askedOf(identities, role);
    const authored = written(presentAt(place), part, role, quota, boxes);
    prove(authored.document, part, role, authored.statements);
    return [{ identities: part, authored }];
  });
};
