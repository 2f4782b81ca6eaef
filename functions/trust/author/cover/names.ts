/** Names that are always asked for with the same others: a cover needs to look at one of them only. */
import type { WorkloadIdentity } from '../../../identity.ts';

/** Names that one place stands for. */
export type Names = {
  readonly texts: readonly string[];
  /** All of their characters together. */
  readonly characters: number;
};

/**
 * The names of one dimension by their rows, which is what they are asked for with: those of equal rows, and of one kind,
 * get one place.
 *
 * Names with equal rows may stand together in a shortest policy. Where they didn't, each of the two could take the places
 * of the other instead of its own, and one of the two ways is no longer than before.
 */
export const together = (
  identities: readonly WorkloadIdentity[],
  nameOf: (identity: WorkloadIdentity) => string,
  restOf: (identity: WorkloadIdentity) => string,
  kindOf: (name: string) => number = () => 0,
): { readonly all: readonly Names[]; readonly placeOf: (name: string) => number } => {
  const rests = new Map<string, number>();
  const rows = new Map<string, Set<number>>();
  for (const identity of identities) {
    const rest = restOf(identity);
    const number = rests.get(rest) ?? rests.size;
    rests.set(rest, number);
    const name = nameOf(identity);
    rows.set(name, (rows.get(name) ?? new Set()).add(number));
  }
  const groups = Map.groupBy([...rows.keys()].toSorted(), (name) => {
    const row = [...(rows.get(name) ?? [])].toSorted((a, b) => a - b);
    return `${kindOf(name)}/${row.join()}`;
  });
  const all = [...groups.values()].map((texts) => ({ texts, characters: texts.join('').length }));
  const places = new Map(all.flatMap(({ texts }, place) => texts.map((text) => [text, place] as const)));
  return { all, placeOf: (name) => places.get(name) ?? -1 };
};
