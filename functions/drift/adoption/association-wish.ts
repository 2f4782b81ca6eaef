/** A wish with one thing of its association as somebody has set it. Pure. */
import { type GrantWish, identitiesOf } from '../../grants/index.ts';
import { parseArn } from '../../partition.ts';
import { documentOf } from './document.ts';
import { type Keeping, type OrRefused, refused } from './keeping.ts';

/** What the API still judges: whether the configuration opts a role in, and what the guardrails say. */
export const withAssociation = (wish: GrantWish, { facet, is }: Keeping): OrRefused<{ readonly wish: GrantWish }> => {
  const { length } = identitiesOf(wish);
  if (length > 1) {
    return refused(
      `The grant is for ${length} clusters, and says it for all of them: ask for a change without this one, and for a grant of its own (podid request).`,
    );
  }
  return CHANGES[facet]?.(wish, is) ?? refused('No grant can want that so.');
};

type Change = (wish: GrantWish, is: string | null) => OrRefused<{ readonly wish: GrantWish }>;

const role: Change = (wish, is) =>
  is === null
    ? refused('An association has a role.')
    : // An existing role keeps its owner's permissions.
      { wish: { ...wish, source: { role: is } } };

const target: Change = (wish, is) => {
  const others = wish.targets.filter(({ chained }) => !chained);
  if (is === null) return { wish: { ...wish, targets: others } };
  const account = parseArn(is)?.account;
  if (account === undefined) return refused(`${is} is no role’s ARN.`);
  return { wish: { ...wish, targets: [...others, { account, role: is, chained: true }] } };
};

const sessionTags: Change = (wish, is) => {
  if (is === 'on' && wish.sessionPolicy !== undefined) {
    return refused('The grant has a session policy, which needs session tags off: adopt that it is gone first.');
  }
  return { wish: { ...wish, sessionTags: is === 'on' } };
};

const policy: Change = (wish, is) => {
  const { sessionPolicy: _, ...without } = wish;
  if (is === null) return { wish: without };
  if (wish.sessionTags) {
    return refused('A session policy needs session tags off, and the grant has them on: adopt that first.');
  }
  const document = documentOf(is);
  return document === undefined
    ? refused('The session policy is no JSON.')
    : { wish: { ...without, sessionPolicy: document } };
};

const CHANGES: Readonly<Record<string, Change>> = { role, target, 'session-tags': sessionTags, policy };
