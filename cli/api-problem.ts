/** What the API refuses, as lines for a person and an exit code for a script. Pure. */

import * as z from 'zod';
import { jsonOf } from '../functions/json.ts';
import { Told } from './told.ts';

/** The exit codes of the commands that ask the API; 0 is done, 1 a request that is wrong in itself. */
export const EXIT = { endedOtherwise: 2, whoAreYou: 3, mayNot: 4, notThere: 5, changedMeanwhile: 6, later: 7 } as const;

/** For the help of each command that asks the API. */
export const EXIT_CODES = `
Exit codes: 0 done; 1 the request is wrong; 2 with --watch: it ended otherwise; 3 no token, or one that is refused;
4 you may not; 5 no such thing; 6 it has changed meanwhile; 7 the API can't be reached or is busy: try again.`;

/** An RFC 9457 problem, with the places that are wrong in what was sent. What else it bears isn't shown. */
const ProblemDocument = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  problems: z
    .array(z.object({ path: z.string(), problem: z.string(), limit: z.string().optional() }))
    .optional()
    .catch(undefined),
  /** The guardrails that refuse. */
  because: z
    .array(z.object({ id: z.string(), reason: z.string(), about: z.string() }))
    .optional()
    .catch(undefined),
});

/** There was no answer, or one that says to come again later. */
export class Unanswered extends Told {
  constructor(message: string) {
    super(message, EXIT.later);
  }
}

/** The error of an answer that isn't a success: the problem's sentence, then a line for each place. `body`: the answer's text. */
export const refusal = (status: number, body: string): Told => {
  const document = ProblemDocument.safeParse(jsonOf(body));
  const exitCode = exitCodeOf(status);
  const toldAs = (text: string): Told => (exitCode === EXIT.later ? new Unanswered(text) : new Told(text, exitCode));
  if (!document.success) return toldAs(`The API answers ${status}, and says nothing that podid understands.`);
  const { title, detail, problems = [], because = [] } = document.data;
  const guardrails = because.map(({ id, reason, about }) => `  ${reason} (${id}, ${about})`);
  const places = problems.map(({ path, problem, limit }) => `  ${path}: ${problem}${limit ? ` (${limit})` : ''}`);
  const sentence = detail ?? title ?? `The API answers ${status}.`;
  const lines = [...places, ...guardrails];
  // Of a single problem the sentence is the problem's: it is said once, with its place.
  const same = lines.find((line) => line.includes(sentence));
  const told = [same?.trim() ?? sentence, ...lines.filter((line) => line !== same)];
  return toldAs(told.map(printable).join('\n'));
};

const exitCodeOf = (status: number): number => {
  if (status === 401) return EXIT.whoAreYou;
  if (status === 403) return EXIT.mayNot;
  if (status === 404) return EXIT.notThere;
  if (status === 409 || status === 412 || status === 428) return EXIT.changedMeanwhile;
  return status === 408 || status === 429 || status >= 500 ? EXIT.later : 1;
};

/** What others wrote, reasons for example, must not steer the reader's terminal: control characters are left out. */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
