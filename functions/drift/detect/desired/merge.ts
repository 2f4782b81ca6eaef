/** The wishes of several for one object, brought together; where grants contradict each other, nobody's. */
import type { Desired, Wanted, WantedBy } from '../../contract.ts';
import type { Wants } from './grant-wants.ts';

export type Wisher = { readonly by: WantedBy; readonly wants: Wants };

/** Sorted by facet. Wishers of the second list count only where nobody of the first has a say. */
export const mergeWishes = (
  first: readonly Wisher[],
  second: readonly Wisher[] = [],
): Pick<Desired, 'wanted' | 'conflicts'> => {
  const said = allOf(first);
  const all = new Map([...allOf(second), ...said]);
  const facets = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const differing = (values: readonly Wanted[]): boolean => values.length > 1;
  return {
    wanted: facets.flatMap(([, values]) => (differing(values) ? [] : values)),
    conflicts: facets.flatMap(([facet, values]) => (differing(values) ? [{ facet, values: [...values] }] : [])),
  };
};

const allOf = (wishers: readonly Wisher[]): Map<string, readonly Wanted[]> => {
  const all = new Map<string, readonly Wanted[]>();
  for (const { by, wants } of wishers) {
    for (const [facet, value] of wants) all.set(facet, joined(all.get(facet) ?? [], { facet, value, by: [by] }));
  }
  return all;
};

/** Two that want the same are one wish of two. */
const joined = (wishes: readonly Wanted[], one: Wanted): readonly Wanted[] =>
  wishes.some(({ value }) => value === one.value)
    ? wishes.map((each) => (each.value === one.value ? { ...each, by: [...each.by, ...one.by] } : each))
    : [...wishes, one];
