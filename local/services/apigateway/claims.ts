/** What a token says, as API Gateway hands it to a function: everything is text, and lists lose their bounds. Pure. */

/** The claims of a verified token, flattened. A function that needs a list reads it from the token itself. */
export const flatClaims = (claims: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, flat(value)]));

/** As Go prints values, which is what the gateway's events show: `[a b]`, `map[k:v]`, `true`, `1583798639`. */
const flat = (value: unknown): string => {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(flat).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([name, inner]) => `${name}:${flat(inner)}`).join(' ')}]`;
  }
  return String(value);
};
