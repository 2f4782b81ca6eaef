/** How much of a policy a reader sees change: by this the smallest change is chosen. */

/**
 * Characters of JSON that have to be taken out or put in to make one value of the other. Objects are compared member
 * by member and lists item by item, in whatever order; a value that stands alone is a list of one; what differs in any
 * other way counts whole, once for what goes and once for what comes.
 */
export const changeSize = (before: unknown, after: unknown): number => {
  if (isObject(before) && isObject(after)) {
    // Own members only: a key can be called `toString`.
    const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    const keys = new Set([...was.keys(), ...is.keys()]);
    return sum([...keys].map((key) => memberSize(key, was.get(key), is.get(key))));
  }
  const [gone, come] = [textsOf(before), textsOf(after)];
  return lengthOf(without(gone, come)) + lengthOf(without(come, gone));
};

/** What becomes of one statement: one of those in its place is it, changed; the others are new. Or all of them are. */
export const replacementSize = (before: unknown, after: readonly unknown[]): number => {
  const sizes = after.map(sizeOf);
  const all = sum(sizes);
  return Math.min(
    sizeOf(before) + all,
    ...after.map((each, index) => changeSize(before, each) + all - (sizes[index] ?? 0)),
  );
};

export const sizeOf = (value: unknown): number => JSON.stringify(value).length;

const memberSize = (key: string, before: unknown, after: unknown): number => {
  if (before === undefined) return sizeOf({ [key]: after });
  if (after === undefined) return sizeOf({ [key]: before });
  return changeSize(before, after);
};

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map((item: unknown) => JSON.stringify(item));

/** Each item of the second takes one equal item out of the first. */
const without = (from: readonly string[], taken: readonly string[]): readonly string[] => {
  const left = Map.groupBy(taken, (text) => text);
  return from.filter((text) => left.get(text)?.pop() === undefined);
};

const lengthOf = (texts: readonly string[]): number => sum(texts.map(({ length }) => length));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
