/** The present policy: what of it is foreign and stays. */
import { parsePolicy } from '../../policy/index.ts';
import { MAX_CHARACTERS, readPolicyJson } from '../../policy/json.ts';
import { listOf, membersOf } from '../../policy/shape.ts';
import { isOurs } from './statement.ts';
import type { WrittenTrust, WrittenTrustStatement } from './wish.ts';

export type Present = {
  readonly version: WrittenTrust['Version'];
  readonly id?: string;
  /** By value and in their order. */
  readonly foreign: readonly WrittenTrustStatement[];
};

/**
 * Reads a policy's text, URL-encoded or not, or object; nothing when there is none.
 *
 * The version becomes 2012-10-17 unless a foreign statement holds `${`: under an older version that is plain text, and
 * it must stay that. Our statements need no variables.
 * @throws PolicyMalformed when IAM would not store it.
 */
export const presentOf = (into: unknown): Present => {
  if (into === undefined) return { version: '2012-10-17', foreign: [] };
  const { version, id } = parsePolicy(into, { kind: 'trust' });
  const members = new Map(membersOf(readPolicyJson(into, MAX_CHARACTERS), '$'));
  const foreign = listOf(members.get('Statement'), '$.Statement')
    .filter(([statement]) => !isOurs(statement))
    .map(([statement, path]) => Object.fromEntries(membersOf(statement, path)));
  return {
    version: JSON.stringify(foreign).includes('${') ? version : '2012-10-17',
    ...(id !== undefined && { id }),
    foreign,
  };
};
