/** In which account and partition a role is, as far as its trust policy says it. */
import { parseArn } from '../../partition.ts';
import type { PolicyDocument, Statement } from '../../policy/index.ts';

export type RolePlace = { readonly account: string; readonly partition?: string };

/**
 * The accounts that the policy names where only the role's own can stand: clusters, OIDC providers, `aws:SourceAccount`.
 * Where it names none there, those of its other ARNs, which can be anybody's. One: that is it. None: the policy treats
 * all accounts alike.
 */
export const placesIn = (policy: PolicyDocument): readonly RolePlace[] => {
  const own = policy.statements.flatMap(ownTexts).flatMap(placeOf);
  return distinct(own.length > 0 ? own : policy.statements.flatMap(otherTexts).flatMap(placeOf));
};

const OWN_KEYS: ReadonlySet<string> = new Set(['aws:requesttag/eks-cluster-arn', 'aws:sourcearn', 'aws:sourceaccount']);

const ownTexts = ({ principal, conditions }: Statement): readonly string[] => [
  ...(principal?.federated ?? []),
  ...conditions.flatMap(({ key, values, base }) =>
    // What a negated operator names is what the role's clusters are not.
    OWN_KEYS.has(key.toLowerCase()) && !base.includes('Not') ? values : [],
  ),
];

const otherTexts = ({ principal }: Statement): readonly string[] => [
  ...(principal?.aws ?? []),
  ...(principal?.accounts ?? []),
];

const placeOf = (text: string): readonly RolePlace[] => {
  if (/^\d{12}$/.test(text)) return [{ account: text }];
  const { account = '', partition = '' } = parseArn(text) ?? {};
  return /^\d{12}$/.test(account) ? [{ account, ...(/^[a-z-]+$/.test(partition) && { partition }) }] : [];
};

/** One for each account, in the order of the policy; with the partition where any text says it. */
const distinct = (places: readonly RolePlace[]): readonly RolePlace[] => {
  const found = new Map<string, RolePlace>();
  for (const place of places) found.set(place.account, { ...place, ...found.get(place.account) });
  return [...found.values()];
};
