/** A policy document: from JSON to a form in which it can be asked, once, and held for many questions. */
import { MAX_CHARACTERS, readPolicyJson } from './json.ts';
import { memberPath, PolicyMalformed } from './malformed.ts';
import { listOf, membersOf, stringOf } from './shape.ts';
import { type PolicyKind, parseStatement, type Statement } from './statement.ts';

export { PolicyMalformed } from './malformed.ts';
export type { PolicyKind, Statement } from './statement.ts';

export type PolicyDocument = {
  readonly version: '2008-10-17' | '2012-10-17';
  readonly id?: string;
  readonly statements: readonly Statement[];
};

/** A policy with the name that decisions call it by: the inline policy's name, the managed policy's ARN. */
export type NamedPolicy = { readonly name: string; readonly document: PolicyDocument };

export type ParseOptions = {
  /** Without it, the elements that only some kinds of policy may have are all accepted. */
  readonly kind?: PolicyKind;
  /** Refuse longer documents before reading them; white space does not count. By default 32,768. */
  readonly maxCharacters?: number;
};

/**
 * Reads a policy: JSON text, URL-encoded JSON text (as GetRole returns it), or an object.
 *
 * What IAM refuses is refused here: unknown elements and operators, a key that is there twice, wrong types.
 * @throws PolicyMalformed with the JSON path of what is wrong.
 * @example parsePolicy(role.AssumeRolePolicyDocument, { kind: 'trust' })
 */
export const parsePolicy = (source: unknown, options: ParseOptions = {}): PolicyDocument => {
  const { kind, maxCharacters = MAX_CHARACTERS } = options;
  const members = new Map(membersOf(readPolicyJson(source, maxCharacters), '$'));
  for (const key of members.keys()) {
    if (!DOCUMENT_ELEMENTS.includes(key)) throw new PolicyMalformed(memberPath('$', key), `Unknown field ${key}`);
  }
  const version = versionOf(members.get('Version'));
  const id = members.get('Id');
  if (!members.has('Statement')) throw new PolicyMalformed('$', 'Missing required field Statement');
  const list = listOf(members.get('Statement'), '$.Statement');
  if (list.length === 0) throw new PolicyMalformed('$.Statement', 'a policy has at least one statement');
  // Before the 2012 version variables are "treated as literal strings" (IAM guide, "Variables and tags").
  const variables = version === '2012-10-17';
  const statements = list.map(([element, path], index) => parseStatement(element, index, path, { kind, variables }));
  if (kind === 'identity' || kind === 'trust') judgeSids(list, statements);
  return { version, ...(id !== undefined && { id: stringOf(id, '$.Id') }), statements };
};

/** In the order in which people write them. */
export const DOCUMENT_ELEMENTS: readonly string[] = ['Version', 'Id', 'Statement'];

/** "If you do not include a Version element, the value defaults to 2008-10-17" (IAM guide, "Version"). */
const versionOf = (value: unknown): PolicyDocument['version'] => {
  if (value === undefined) return '2008-10-17';
  if (value === '2008-10-17' || value === '2012-10-17') return value;
  throw new PolicyMalformed('$.Version', 'the version is 2012-10-17 or 2008-10-17');
};

/** IAM's rules; other services have their own, or none. */
const judgeSids = (list: ReturnType<typeof listOf>, statements: readonly Statement[]): void => {
  const seen = new Set<string>();
  for (const { sid = '', index } of statements) {
    const path = memberPath(list[index]?.[1] ?? '$', 'Sid');
    if (!/^[0-9A-Za-z]*$/.test(sid)) {
      throw new PolicyMalformed(path, 'Statement IDs (SID) must be alpha-numeric: [0-9A-Za-z]*');
    }
    if (seen.has(sid)) throw new PolicyMalformed(path, 'Statement IDs (SID) in a single policy must be unique.');
    if (sid !== '') seen.add(sid);
  }
};
