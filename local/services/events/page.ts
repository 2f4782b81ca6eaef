/** EventBridge's paging. */
import { ApiError } from '../../wire/errors.ts';
import { type Page, pageOf } from '../page.ts';

/** `Limit` and `NextToken`, 100 when absent. @throws ValidationException for a token that isn't ours */
export const eventsPage = <T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  { Limit = 100, NextToken }: { readonly Limit?: number | undefined; readonly NextToken?: string | undefined },
): Page<T> & { readonly paging: { NextToken?: string } } => {
  const page = pageOf(items, keyOf, Limit, NextToken);
  if (page === undefined) throw new ApiError('ValidationException', 400, 'The NextToken is invalid.');
  return { ...page, paging: page.next === undefined ? {} : { NextToken: page.next } };
};
