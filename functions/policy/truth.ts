/** Three-valued logic: what holds, what does not, and what hangs on a condition key that nobody gave. */

/** Neither true nor false: it depends on the values of these condition keys. */
export type Unknown = { readonly unknown: readonly string[] };

export type Truth = boolean | Unknown;

/** The truth of a statement about a key whose value was not given. */
export const unknownKey = (key: string): Unknown => ({ unknown: [key] });

export const isUnknown = (truth: unknown): truth is Unknown =>
  typeof truth === 'object' && truth !== null && 'unknown' in truth;

export const not = (truth: Truth): Truth => (isUnknown(truth) ? truth : !truth);

/** True when one is; unknown only when none is true and one might be. */
export const or = (...truths: readonly Truth[]): Truth => some(truths, (truth) => truth);

/** False when one is; unknown only when none is false and one might be. */
export const and = (...truths: readonly Truth[]): Truth => every(truths, (truth) => truth);

/** Like `Array.some`: stops at the first item that certainly passes. */
export const some = <T>(items: readonly T[], test: (item: T) => Truth): Truth => fold(items, test, true);

/** Like `Array.every`: stops at the first item that certainly fails. */
export const every = <T>(items: readonly T[], test: (item: T) => Truth): Truth => fold(items, test, false);

const fold = <T>(items: readonly T[], test: (item: T) => Truth, decisive: boolean): Truth => {
  let open: Unknown | undefined;
  for (const item of items) {
    const truth = test(item);
    if (truth === decisive) return decisive;
    if (isUnknown(truth)) open = open === undefined ? truth : merge(open, truth);
  }
  return open ?? !decisive;
};

const merge = (a: Unknown, b: Unknown): Unknown => ({ unknown: [...new Set([...a.unknown, ...b.unknown])] });
