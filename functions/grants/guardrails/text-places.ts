/** Where in a text: Cedar counts UTF-8 bytes, editors count lines and characters. */

/** Both from 1; a column counts characters as editors do (UTF-16 code units). */
export type Place = { readonly line: number; readonly column: number };

/** The place of a byte of the text's UTF-8 form; past its end, the end. */
export const placeOfByte = (text: string, byte: number): Place => placeOf(text, indexOfByte(text, byte));

/** The place of a character. */
export const placeOf = (text: string, index: number): Place => {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: index - lineStart + 1 };
};

const indexOfByte = (text: string, byte: number): number => {
  let bytes = 0;
  let index = 0;
  for (const character of text) {
    if (bytes >= byte) break;
    bytes += utf8Length(character.codePointAt(0) ?? 0);
    index += character.length;
  }
  return index;
};

const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x8_00 ? 2 : codePoint < 0x1_00_00 ? 3 : 4;
