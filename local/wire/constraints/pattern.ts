/** The patterns of AWS's models, which are Java's, as JavaScript's. */

/** A whole value must match. @throws SyntaxError for a pattern that JavaScript has no words for */
export const compilePattern = (pattern: string): RegExp => {
  const whole = `^(?:${pattern})$`;
  try {
    return new RegExp(whole, 'u');
  } catch {
    // Needless escapes, `\@` or `\_`: only the older grammar takes them.
    return new RegExp(whole);
  }
};
