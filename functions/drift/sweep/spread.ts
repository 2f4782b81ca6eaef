/** Objects that nobody knew are looked at one after the other: a full cluster that is new would start 5,000 executions at once. Pure. */

/** Of so many at a time, each group when the due ones are next looked at: `wake-objects` comes every five minutes. */
const AT_ONCE = 100;
const GROUP_MILLIS = 300_000;

/** When each is to be looked at, in the order in which they come: undefined for the first ones, which are looked at now. */
export const laterOnes = (from: string): (() => string | undefined) => {
  let count = 0;
  return () => {
    const group = Math.floor(count / AT_ONCE);
    count += 1;
    return group === 0 ? undefined : new Date(Date.parse(from) + group * GROUP_MILLIS).toISOString();
  };
};
