/** Asks as JSON lines: an answer for each, in order, as soon as it is known. */

import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { answerLine } from '../functions/trust/asks/index.ts';

/** Characters: a policy of the highest quota with all the white space that is read at all, and room for the ask. */
export const MOST_LINE = 1024 * 1024;

/** Answers until the input ends, or nobody reads the answers any more (`| head`), which is no error. */
export const answerStream = async (input: Readable, output: Writable): Promise<void> => {
  try {
    await pipeline(input, answers, output, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
};

/**
 * The answers to the lines that have come with each chunk of text. Blank lines get none; one that is longer than
 * MOST_LINE gets an error, and is not kept.
 */
export async function* answers(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  let tooLong = false;
  const answer = (line: string): string => {
    const long = tooLong || line.length > MOST_LINE;
    tooLong = false;
    if (long) return jsonLine({ id: null, error: `the line is longer than ${MOST_LINE} characters` });
    return line.trim() === '' ? '' : jsonLine(answerLine(line));
  };
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(answer).join('');
    if (rest.length > MOST_LINE) {
      tooLong = true;
      rest = '';
    }
  }
  yield answer(rest);
}

const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
