/** Patterns with `*` and `?`, compiled once and matched without backtracking. */

/** A character that must stand there (its UTF-16 code unit), or one of the wildcards below. */
export type Symbols = readonly number[];

/** `?`: any one character. */
export const ONE = -1;
/** `*`: any run of characters, also none. */
export const RUN = -2;
/** `?` and `*` that do not match a colon: wildcards inside one of an ARN's first five segments. */
const ONE_IN_SEGMENT = -3;
const RUN_IN_SEGMENT = -4;

const STAR = 42;
const COLON = 58;
const QUESTION_MARK = 63;

export type Glob =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'anything' }
  /** What stands between the `*`s; each is searched for only to the right of the one before. */
  | { readonly kind: 'chunks'; readonly chunks: readonly Symbols[] }
  | { readonly kind: 'segments'; readonly symbols: Symbols };

/** What the chunk search reads of a text: a string, or a stand-in that counts the reads. */
export type Characters = { readonly length: number; charCodeAt(index: number): number };

/** The symbols of a pattern's text; without `wildcards`, `*` and `?` stand for themselves. */
export const symbolsOf = (text: string, wildcards: boolean): Symbols => {
  const symbols: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    symbols.push(wildcards && code === STAR ? RUN : wildcards && code === QUESTION_MARK ? ONE : code);
  }
  return symbols;
};

export const compileGlob = (symbols: Symbols): Glob => {
  if (symbols.every((symbol) => symbol >= 0)) return { kind: 'literal', text: textOf(symbols) };
  if (symbols.every((symbol) => symbol === RUN)) return { kind: 'anything' };
  if (symbols.some((symbol) => symbol < RUN)) return { kind: 'segments', symbols };
  const chunks = splitAt(symbols, RUN);
  return { kind: 'chunks', chunks: chunks.filter((c, i) => c.length > 0 || i === 0 || i === chunks.length - 1) };
};

/** Whether the whole text matches. Costs at most the product of both lengths, whatever the pattern. */
export const globMatches = (glob: Glob, text: string): boolean => {
  switch (glob.kind) {
    case 'literal':
      return glob.text === text;
    case 'anything':
      return true;
    case 'chunks':
      return chunksMatch(glob.chunks, text);
    case 'segments':
      return segmentsMatch(glob.symbols, text);
  }
};

/**
 * The pattern of a Resource element. "If the * wildcard is the last character of a resource ARN segment, it can
 * expand to match beyond the colon boundaries" (IAM guide, "Resource"); other wildcards stay within their segment.
 * What follows the fifth colon is one segment.
 */
export const withinArnSegments = (symbols: Symbols): Symbols => {
  let colons = 0;
  return symbols.map((symbol, index) => {
    if (symbol === COLON) colons += 1;
    if (colons >= 5 || symbol >= 0) return symbol;
    if (symbol === ONE) return ONE_IN_SEGMENT;
    const next = symbols[index + 1];
    return next === undefined || next === COLON ? RUN : RUN_IN_SEGMENT;
  });
};

/** An ARN pattern as six patterns, one for each component; undefined when it has fewer than six. */
export const compileArnGlobs = (symbols: Symbols): readonly Glob[] | undefined => {
  const parts = splitAt(symbols, COLON, 6);
  return parts.length === 6 ? parts.map(compileGlob) : undefined;
};

/** "Each of the six colon-delimited components of the ARN is checked separately" (IAM guide, ARN operators). */
export const arnGlobsMatch = (globs: readonly Glob[], arn: string): boolean => {
  let from = 0;
  return globs.every((glob, index) => {
    const colon = index === globs.length - 1 ? arn.length : arn.indexOf(':', from);
    if (colon < 0) return false;
    const part = arn.slice(from, colon);
    from = colon + 1;
    return globMatches(glob, part);
  });
};

/** The search behind `*`: the first and last chunk are anchored, each other one is found as far left as it can be. */
export const chunksMatch = (chunks: readonly Symbols[], text: Characters): boolean => {
  const first = chunks[0] ?? [];
  const last = chunks[chunks.length - 1] ?? [];
  if (chunks.length === 1) return text.length === first.length && stands(first, text, 0);
  const end = text.length - last.length;
  if (end < first.length || !stands(first, text, 0) || !stands(last, text, end)) return false;
  let at = first.length;
  for (let index = 1; index < chunks.length - 1; index += 1) {
    const chunk = chunks[index] ?? [];
    while (at + chunk.length <= end && !stands(chunk, text, at)) at += 1;
    if (at + chunk.length > end) return false;
    at += chunk.length;
  }
  return true;
};

const stands = (chunk: Symbols, text: Characters, at: number): boolean => {
  for (let index = 0; index < chunk.length; index += 1) {
    const symbol = chunk[index];
    if (symbol !== ONE && symbol !== text.charCodeAt(at + index)) return false;
  }
  return true;
};

/** Where wildcards stop at colons, "as far left as it can be" can be too far left; so all ways are followed at once. */
const segmentsMatch = (symbols: Symbols, text: string): boolean => {
  let reached = new Uint8Array(symbols.length + 1);
  let next = new Uint8Array(symbols.length + 1);
  reached[0] = 1;
  passRuns(symbols, reached);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    next.fill(0);
    for (let state = 0; state < symbols.length; state += 1) {
      const symbol = symbols[state];
      if (reached[state] === 0) continue;
      if (symbol === RUN || (symbol === RUN_IN_SEGMENT && code !== COLON)) next[state] = 1;
      else if (symbol === code || symbol === ONE || (symbol === ONE_IN_SEGMENT && code !== COLON)) next[state + 1] = 1;
    }
    passRuns(symbols, next);
    [reached, next] = [next, reached];
  }
  return reached[symbols.length] === 1;
};

/** A run may be empty: who has reached it has also passed it. */
const passRuns = (symbols: Symbols, states: Uint8Array): void => {
  for (let state = 0; state < symbols.length; state += 1) {
    const symbol = symbols[state];
    if (states[state] === 1 && (symbol === RUN || symbol === RUN_IN_SEGMENT)) states[state + 1] = 1;
  }
};

const splitAt = (symbols: Symbols, separator: number, parts = Number.POSITIVE_INFINITY): Symbols[] => {
  const split: number[][] = [[]];
  for (const symbol of symbols) {
    if (symbol === separator && split.length < parts) split.push([]);
    else split.at(-1)?.push(symbol);
  }
  return split;
};

// Not fromCharCode(...symbols): a long pattern would overflow the stack with arguments.
const textOf = (symbols: Symbols): string => {
  let text = '';
  for (const symbol of symbols) text += String.fromCharCode(symbol);
  return text;
};
