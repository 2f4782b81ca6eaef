/** How much is asked of an API server at once: lists in pages, calls a few at a time. */

/** 500 is what kubectl asks for: enough to be quick, and no burden for etcd. */
const PAGE = 500;
/** How many calls go to one API server at once: a client of controller-runtime's has a burst of 30 at most. */
export const AT_ONCE = 10;

type Page<Item> = { readonly items: Item[]; readonly metadata?: { readonly _continue?: string } };

type List<Item> = (page: { limit: number; _continue?: string }) => Promise<Page<Item>>;

/** All items of a list, page by page. */
export const allPages = async <Item>(list: List<Item>): Promise<Item[]> =>
  (await somePages(list, Number.POSITIVE_INFINITY)).items;

/** At most so many pages of a list, from where an earlier call has stopped. `next`: there is more. */
export const somePages = async <Item>(
  list: List<Item>,
  most: number,
  from?: string,
): Promise<{ items: Item[]; next?: string }> => {
  const items: Item[] = [];
  let next = from;
  for (let count = 0; count < most; count += 1) {
    const page = await list({ limit: PAGE, ...(next !== undefined && { _continue: next }) });
    items.push(...page.items);
    next = page.metadata?._continue || undefined;
    if (next === undefined) break;
  }
  return { items, ...(next !== undefined && { next }) };
};
