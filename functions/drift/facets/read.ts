/** What came of reading an object: its facets, and which of them nobody could read. */
import type { Actual, Facets } from '../contract.ts';

export type Read = { readonly facets: Facets; readonly unread: readonly string[] };

/** `readAt`: when the reading began, ISO 8601. */
export const actualOf = ({ facets, unread }: Read, readAt: string): Actual => ({
  readAt,
  complete: unread.length === 0,
  unread: [...unread],
  facets,
});
