/** Asks as JSON lines: one line in, one line out. */
import { judgeStructure, PolicyMalformed } from '../../policy/index.ts';
import type { Admission } from '../reach/index.ts';
import { answerRead, refusedAnswer, storable } from './answer.ts';
import { AskMalformed, readAsk } from './ask.ts';

/** The answer to a line, or what is wrong with the line; `id` is the line's own, null when it has none. */
export type LineAnswer =
  | { readonly id: unknown; readonly admitted: Admission['admitted']; readonly because: string }
  | { readonly id: unknown; readonly error: string };

/** `{"id", "policy", "ask"}` to `{"id", "admitted", "because"}` or `{"id", "error"}`; never throws for what a line holds. */
export const answerLine = (line: string): LineAnswer => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    return { id: null, error: `the line is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const { id = null, policy, ask } = membersOf(parsed) ?? {};
  try {
    if (membersOf(parsed) === undefined) throw new AskMalformed('the line is not a JSON object');
    const twice = structureProblem(line);
    if (twice !== undefined && twice.inPolicy === undefined) throw new AskMalformed(twice.message);
    if (typeof policy !== 'string' && (typeof policy !== 'object' || policy === null)) {
      throw new AskMalformed('the line has no policy: an object, or its text');
    }
    const read = readAsk(ask);
    // An object has lost its first key by now, so it is the text of the line that tells.
    const document = twice?.inPolicy === undefined ? storable(policy) : { refused: twice.inPolicy };
    const { admitted, because } = 'refused' in document ? refusedAnswer(document.refused) : answerRead(document, read);
    return { id, admitted, because };
  } catch (error) {
    if (error instanceof AskMalformed) return { id, error: error.message };
    throw error;
  }
};

const membersOf = (
  value: unknown,
): { readonly id?: unknown; readonly policy?: unknown; readonly ask?: unknown } | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;

/** A key that is there twice, or too deep nesting; `inPolicy` has the path within the policy, when it is there. */
const structureProblem = (line: string): { readonly message: string; readonly inPolicy?: string } | undefined => {
  try {
    judgeStructure(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    const inPolicy = /^\$\.policy[.[]/.test(error.path) ? error.message.replace('$.policy', '$') : undefined;
    return { message: error.message, ...(inPolicy !== undefined && { inPolicy }) };
  }
};
