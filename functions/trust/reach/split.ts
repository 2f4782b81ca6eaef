/**
 * A pattern over a text that is joined from several names, taken apart into patterns over the names: of
 * `system:serviceaccount:pay-*` each way in which it can lie over `system:serviceaccount:<namespace>:<service account>`.
 */
import type { Symbols } from '../../policy/pattern.ts';
import { isRun, matchesOne, runsOver } from './pattern.ts';
import { ReachUndecided } from './undecided.ts';

/** Fixed texts, and the places of names. A name is followed by a text, whose first character no name contains, or by nothing; no name is empty. */
export type Shape = ReadonlyArray<string | object>;

/** For each name, in the order of the shape, the symbols that must match it. */
export type Split = readonly Symbols[];

const MAX_SPLITS = 500;

/**
 * All ways; a joined text matches the pattern exactly when its names match one of them, part by part.
 * @throws ReachUndecided `TooManySplits`
 */
export const splitsOf = (symbols: Symbols, shape: Shape, folded: boolean): readonly Split[] => {
  let found: Array<{ readonly at: number; readonly split: Split }> = [{ at: 0, split: [] }];
  shape.forEach((part, index) => {
    const next = new Map<string, (typeof found)[number]>();
    for (const { at, split } of found) {
      const options =
        typeof part === 'string'
          ? [...after(symbols, new Set([at]), part, folded)].map((end) => ({ at: end, split }))
          : nameSplits(symbols, at, shape[index + 1], folded).map(({ end, name }) => ({
              at: end,
              split: [...split, name],
            }));
      for (const option of options)
        next.set(`${option.at}/${option.split.map((each) => each.join()).join('/')}`, option);
    }
    if (next.size > MAX_SPLITS) {
      throw new ReachUndecided('TooManySplits', 'A pattern with wildcards can be read in too many ways.');
    }
    found = [...next.values()];
  });
  const separators = new Set(shape.flatMap((part, index) => (index > 0 ? separator(part) : [])));
  return found
    .filter(({ at }) => symbols.slice(at).every(isRun))
    .filter(({ split }) => split.every((name) => name.length > 0 && !name.some((symbol) => separators.has(symbol))))
    .map(({ split }) => split);
};

/** What stands behind a name is in no name: a pattern that wants it there matches none. */
const separator = (part: Shape[number]): readonly number[] => (typeof part === 'string' ? [part.charCodeAt(0)] : []);

/** Where in the pattern one can be after a fixed text. */
const after = (symbols: Symbols, from: ReadonlySet<number>, text: string, folded: boolean): ReadonlySet<number> => {
  let places = skippingRuns(symbols, from);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const next = new Set<number>();
    for (const at of places) {
      if (runsOver(symbols[at], code)) next.add(at);
      else if (at < symbols.length && matchesOne(symbols[at], code, folded)) next.add(at + 1);
    }
    places = skippingRuns(symbols, next);
  }
  return places;
};

/** A run may be empty. */
const skippingRuns = (symbols: Symbols, places: ReadonlySet<number>): ReadonlySet<number> => {
  const all = new Set(places);
  for (const at of all) if (isRun(symbols[at])) all.add(at + 1);
  return all;
};

/** The beginnings of the rest of the pattern that a name could match, and where the pattern goes on after it. */
const nameSplits = (
  symbols: Symbols,
  at: number,
  following: Shape[number] | undefined,
  folded: boolean,
): ReadonlyArray<{ readonly name: Symbols; readonly end: number }> => {
  if (typeof following !== 'string') return [{ name: symbols.slice(at), end: symbols.length }];
  const stop = following.charCodeAt(0);
  const splits: Array<{ readonly name: Symbols; readonly end: number }> = [];
  for (let end = at; end <= symbols.length; end += 1) {
    // A run can end the name and go on in what follows.
    if (isRun(symbols[end])) splits.push({ name: symbols.slice(at, end + 1), end });
    else if (matchesOne(symbols[end], stop, folded)) splits.push({ name: symbols.slice(at, end), end });
    // The name can't contain what follows it, so the pattern's own ends the name.
    if (symbols[end] === stop) break;
  }
  return splits;
};
