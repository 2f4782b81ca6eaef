/** What is asked: who wants to do what with which resource, and the condition keys that come with the request. */

/** The values of a condition key; undefined when the request has no such key, 'unknown' when nobody said. */
export type ContextValue = readonly string[] | 'unknown' | undefined;

/** Reads the values of a condition key, whose name is given in lower case. */
export type ContextLookup = (key: string) => ContextValue;

/** Condition keys with their values. In a map the names are in lower case: `contextOf` makes one. */
export type RequestContext = ReadonlyMap<string, readonly string[] | 'unknown'> | ContextLookup;

/** Who calls. A session has its own ARN and the IAM ARN of its role, because policies can name either. */
export type RequestPrincipal =
  | {
      readonly kind: 'aws';
      /** A user's, a session's (`…:assumed-role/R/S`), or the root's ARN. */
      readonly arn: string;
      readonly account: string;
      /** The IAM ARN of the role that the session is of, with its path. */
      readonly roleArn?: string;
      /** The unique id of the user or role (`AROA…`): what is left of a principal in a policy when it was recreated. */
      readonly uniqueId?: string;
    }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'federated'; readonly provider: string };

export type AccessRequest = {
  /** `sts:AssumeRole`; upper and lower case are the same. */
  readonly action: string;
  /** An ARN, or `*` for actions that know no resources. */
  readonly resource: string;
  readonly principal: RequestPrincipal;
  readonly context: RequestContext;
};

/** A request in the form that statements are matched against. */
export type Question = {
  readonly action: string;
  readonly resource: string;
  readonly principal: RequestPrincipal;
  readonly lookup: ContextLookup;
  /** Whether the principal has a permissions boundary: a Deny with NotPrincipal minds. */
  readonly bounded?: boolean;
};

/**
 * A context from names as people write them. Names of condition keys do not depend on upper and lower case, tag
 * keys in them included (IAM guide, "Condition"): tags that differ only in that become one key with both values.
 */
export const contextOf = (
  entries: Readonly<Record<string, string | readonly string[] | undefined>>,
): ReadonlyMap<string, readonly string[]> => {
  const context = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(entries)) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    context.set(key, [...(context.get(key) ?? []), ...(typeof value === 'string' ? [value] : value)]);
  }
  return context;
};

/** Prepares a request once, for all the statements it is held against. */
export const questionOf = ({ action, resource, principal, context }: AccessRequest): Question => ({
  action: action.toLowerCase(),
  resource,
  principal,
  lookup: typeof context === 'function' ? context : (key) => context.get(key),
});
