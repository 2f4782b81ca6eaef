/** Answers of pure functions about texts, kept: most objects of a fleet have the documents that they had a minute ago. */

/** How many answers a function keeps: about 20 MB of policies at 2 kB each. */
const MOST = 10_000;

/** The same function, which remembers; when it knows too much it forgets everything, which is cheaper than to keep an order. */
export const memoized = <Value>(answer: (text: string) => Value): ((text: string) => Value) => {
  const known = new Map<string, Value>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = answer(text);
    if (known.size >= MOST) known.clear();
    known.set(text, value);
    return value;
  };
};
