/** The random parts of names and ids. */
import { randomInt } from 'node:crypto';

/** Without vowels and look-alikes, so that no words come out (apimachinery, pkg/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters, as `generateName` appends them. */
export const randomSuffix = (length = 5): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** A hash in the same alphabet: the text of a decimal number, each digit replaced (`rand.SafeEncodeString`). */
export const safeEncode = (text: string): string =>
  [...text].map((character) => ALPHABET[character.charCodeAt(0) % ALPHABET.length]).join('');
