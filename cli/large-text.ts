/** Files that people don't type: a week of events, a fleet's baseline. */
import { nameOf, openSource, readError } from './source.ts';
import { Told } from './told.ts';

/** Characters: less than a string may have. */
const MOST = 256 * 1024 * 1024;

/** The whole text; `-` is the standard input. @throws Told when there is no such file, or it is too large */
export const readLarge = async (file: string): Promise<string> => {
  const chunks: string[] = [];
  let length = 0;
  try {
    for await (const chunk of openSource(file)) {
      chunks.push(String(chunk));
      length += String(chunk).length;
      if (length > MOST) throw new Told(`${nameOf(file)} is larger than ${MOST} characters: cut it into several.`);
    }
  } catch (error) {
    throw readError(error, file);
  }
  // A byte order mark is no JSON.
  return chunks.join('').replace(/^\uFEFF/, '');
};
