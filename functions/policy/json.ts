/** From a policy's text (plain or URL-encoded) to plain JSON: size, depth and duplicate keys are judged here. */
import { memberPath, PolicyMalformed } from './malformed.ts';

/** The largest quota of any policy type, without white space: a KMS key policy's 32 KB. */
export const MAX_CHARACTERS = 32_768;

/** A policy is at most six levels deep; the rest is room for better error messages. */
const MAX_DEPTH = 16;

/** White space and %XX escapes may blow up a text this many times before it is refused unread. */
const RAW_ALLOWANCE = 16;

/**
 * Reads the JSON of a policy: raw text, text as GetRole returns it (URL-encoded, `%7B…`), or an object, which is
 * judged as the text that would be sent for it.
 * @throws PolicyMalformed when it is no JSON, larger than `maxCharacters` (white space not counted, as IAM does),
 * nested too deeply, or has a key twice: "Individual elements must not contain multiple instances of the same
 * key" (IAM guide, "Grammar of the IAM JSON policy language").
 */
export const readPolicyJson = (source: unknown, maxCharacters: number): unknown => {
  const text = typeof source === 'string' ? decoded(source, maxCharacters) : stringified(source);
  if (text.length > maxCharacters * RAW_ALLOWANCE || text.replace(/\s+/g, '').length > maxCharacters) {
    throw tooLarge(maxCharacters);
  }
  const json = parsed(text);
  judgeStructure(text);
  return json;
};

const tooLarge = (maxCharacters: number): PolicyMalformed =>
  new PolicyMalformed('$', `the document is larger than ${maxCharacters} characters without white space`);

const decoded = (text: string, maxCharacters: number): string => {
  if (text.length > maxCharacters * RAW_ALLOWANCE) throw tooLarge(maxCharacters);
  if (!/^\s*%/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new PolicyMalformed('$', 'the text is neither JSON nor URL-encoded JSON', { cause });
  }
};

const stringified = (source: unknown): string => {
  let text: string | undefined;
  try {
    text = JSON.stringify(source);
  } catch (cause) {
    throw new PolicyMalformed('$', 'the object cannot be written as JSON', { cause });
  }
  if (text === undefined) throw new PolicyMalformed('$', `a policy is an object, not ${typeof source}`);
  return text;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyMalformed('$', `the text is not JSON: ${problem}`, { cause });
  }
};

/** An object or a list that the walk is in, and the member that it has come to. */
type Level =
  | { readonly path: string; readonly keys: Set<string>; key: string; awaitsKey: boolean }
  | { readonly path: string; index: number };

/**
 * JSON.parse keeps the last of two equal keys without a word, so a text that it has accepted is walked once more.
 * @throws PolicyMalformed with the path of the key that is there twice, or of what is nested too deeply.
 */
export const judgeStructure = (text: string): void => {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      if (levels.length === MAX_DEPTH) throw new PolicyMalformed(memberOf(level), 'the document is nested too deeply');
      const path = memberOf(level);
      levels.push(token === '{' ? { path, keys: new Set(), key: '', awaitsKey: true } : { path, index: 0 });
    } else if (token === '}' || token === ']') {
      levels.pop();
    } else if (level === undefined) {
      return; // a text alone: no object, and no list
    } else if ('index' in level) {
      if (token === ',') level.index += 1;
    } else if (token === ',') {
      level.awaitsKey = true;
    } else if (level.awaitsKey) {
      level.key = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
      level.awaitsKey = false;
      if (level.keys.has(level.key)) throw new PolicyMalformed(memberOf(level), 'the key is there twice');
      level.keys.add(level.key);
    }
  }
};

const memberOf = (level: Level | undefined): string => {
  if (level === undefined) return '$';
  return memberPath(level.path, 'index' in level ? level.index : level.key);
};
