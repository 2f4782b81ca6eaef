/** A trust policy as it is written and as it is read, statement by statement. */
import { type PolicyDocument, parsePolicy, type Statement } from '../../policy/index.ts';
import { readPolicyJson } from '../../policy/json.ts';
import { listOf, membersOf } from '../../policy/shape.ts';
import type { WrittenTrust, WrittenTrustStatement } from '../author/index.ts';

/** A statement: its JSON, and the same to be asked. */
export type Piece = { readonly written: WrittenTrustStatement; readonly read: Statement };

export type WrittenPolicy = {
  readonly document: PolicyDocument;
  readonly id?: string;
  readonly pieces: readonly Piece[];
};

/** No trust policy is longer: "Role trust policy length" can be raised to 8,192 characters (IAM guide, "IAM and STS quotas"). */
export const MAX_TRUST = 8_192;

/** @throws PolicyMalformed for what IAM would refuse as a trust policy. */
export const readWritten = (existing: unknown): WrittenPolicy => {
  const document = parsePolicy(existing, { kind: 'trust', maxCharacters: MAX_TRUST });
  const members = new Map(membersOf(readPolicyJson(existing, MAX_TRUST), '$'));
  const written = listOf(members.get('Statement'), '$.Statement').map(([element, path]) =>
    Object.fromEntries(membersOf(element, path)),
  );
  const pieces = document.statements.map((read, index) => ({ read, written: written[index] ?? {} }));
  return { document, pieces, ...(document.id !== undefined && { id: document.id }) };
};

/** A policy of these statements; a version that was not written is the one of 2008, and is written now. */
export const writtenTrust = ({ document, id }: WrittenPolicy, pieces: readonly Piece[]): WrittenTrust => ({
  Version: document.version,
  ...(id !== undefined && { Id: id }),
  Statement: pieces.map(({ written }) => written),
});

/** A new statement, to be asked beside those of a policy of this version. Its length is judged with the whole policy's. */
export const pieceOf = (written: WrittenTrustStatement, { version }: PolicyDocument): Piece => {
  const options = { kind: 'trust', maxCharacters: Number.POSITIVE_INFINITY } as const;
  const [read] = parsePolicy({ Version: version, Statement: [written] }, options).statements;
  if (read === undefined) throw new Error('a policy without statements is refused before');
  return { written, read };
};

/** As IAM counts a policy's length: white space is left out. */
export const charactersOf = (document: unknown): number => JSON.stringify(document).replace(/\s+/g, '').length;
