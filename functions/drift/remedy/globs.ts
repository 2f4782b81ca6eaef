/** Globs of the configuration, compiled once. Pure. */
import { compileGlob, globMatches, symbolsOf } from '../../policy/pattern.ts';

/** Whether a text matches a pattern with IAM's `*` and `?`, all of it and with its case. */
export const matcher = (pattern: string): ((text: string) => boolean) => {
  const glob = compileGlob(symbolsOf(pattern, true));
  return (text) => globMatches(glob, text);
};
