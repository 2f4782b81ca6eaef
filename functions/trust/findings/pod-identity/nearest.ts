/** What somebody meant who misspelt a name. */

/**
 * The name that the word is a piece of, or that few typing errors make of it: one in four characters. Undefined when
 * none is near, or two are equally near.
 */
export const nearest = <Name extends string>(word: string, names: readonly Name[]): Name | undefined => {
  const plain = plainOf(word);
  const ends = names.filter((name) => plainOf(name).endsWith(plain));
  if (plain.length > 2 && ends.length === 1) return ends[0];
  const ranked = names
    .map((name) => ({ name, errors: errorsBetween(plain, plainOf(name)) }))
    .toSorted((a, b) => a.errors - b.errors);
  const [first, second] = ranked;
  const near = first !== undefined && first.errors * 4 <= plain.length && first.errors !== second?.errors;
  return near ? first.name : undefined;
};

/** How words are joined is no error. */
const plainOf = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, '');

/** Levenshtein's distance, row by row. */
const errorsBetween = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
