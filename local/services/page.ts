/** Pages of a sorted list. The token names the last item of a page, so items that come and go between two calls shift nothing. */

export type Page<T> = { readonly items: readonly T[]; readonly next?: string };

/** Up to `size` items after the one that `token` names; undefined when the token is none of ours. */
export const pageOf = <T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  size: number,
  token: string | undefined,
): Page<T> | undefined => {
  const after = token === undefined ? undefined : decode(token);
  if (token !== undefined && after === undefined) return undefined;
  const sorted = [...items]
    .map((item) => [keyOf(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const rest = after === undefined ? sorted : sorted.filter(([key]) => key > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page.map(([, item]) => item),
    ...(rest.length > size && last !== undefined ? { next: encode(last[0]) } : {}),
  };
};

const PREFIX = 'after:';

const encode = (key: string): string => Buffer.from(PREFIX + key).toString('base64url');

const decode = (token: string): string | undefined => {
  const text = Buffer.from(token, 'base64url').toString();
  return text.startsWith(PREFIX) && encode(text.slice(PREFIX.length)) === token ? text.slice(PREFIX.length) : undefined;
};
