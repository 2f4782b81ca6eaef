/** What the commands read: a file, or `-` for the standard input; bounded, so that a wrong file is told and not loaded. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { PolicyMalformed } from '../functions/policy/index.ts';
import { Told } from './told.ts';

/** Characters: many times what any policy may have, white space included. */
const MOST = 4 * 1024 * 1024;

/** `-` is the standard input. */
export const openSource = (file: string): Readable => {
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  return stream.setEncoding('utf8');
};

/** The whole text. @throws Told when there is no such file, or it is too large */
export const readSource = async (file: string): Promise<string> => {
  let text = '';
  try {
    for await (const chunk of openSource(file)) {
      text += String(chunk);
      if (text.length > MOST) throw new Told(`${nameOf(file)} is larger than ${MOST} characters.`);
    }
  } catch (error) {
    throw readError(error, file);
  }
  // A byte order mark is no JSON.
  return text.replace(/^\uFEFF/, '');
};

/** What a file's error is to a person; other errors as they are. */
export const readError = (error: unknown, file: string): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new Told(`There is no file ${file}.`);
  if (code === 'EISDIR') return new Told(`${file} is a directory.`);
  return code === 'EACCES' ? new Told(`${file} may not be read.`) : error;
};

/** A policy's problem with the name of the file that it is in. @throws Told */
export const inFile = <Result>(file: string, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    if (error instanceof PolicyMalformed) throw new Told(`${nameOf(file)} is no trust policy: ${error.message}`);
    throw error;
  }
};

export const nameOf = (file: string): string => (file === '-' ? 'The standard input' : file);
