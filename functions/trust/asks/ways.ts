/** Who can get a role, way by way, in sentences and as data. */
import type { PolicyDocument } from '../../policy/index.ts';
import {
  chaining,
  difference,
  irsa,
  type MemberSet,
  podIdentity,
  ReachUndecided,
  type RoleFacts,
  reach,
  type ShownBox,
  sourceAccounts,
  type TrustRequest,
  toJson,
  toSentences,
} from '../reach/index.ts';

/** How the credentials are asked for. */
export type WayName = 'pod-identity' | 'pod-identity-without-tags' | 'irsa' | 'chaining' | 'chaining-without-tags';

export type Way = {
  readonly way: WayName;
  /** Of a chain: the account of the source roles; `others` says that it stands for all that the policy does not name. */
  readonly source?: { readonly account: string; readonly others: boolean };
} & (
  | {
      /** Whatever the keys hold that nobody gave. */
      readonly surely: Shown;
      /** Besides, for some of what those keys can hold. */
      readonly perhaps: Shown;
      /** The keys, in lower case. */
      readonly hangsOn: readonly string[];
    }
  /** The exact answer would cost too much. */
  | { readonly undecided: string }
);

/** Nobody, when both are empty. */
export type Shown = { readonly sentences: readonly string[]; readonly boxes: readonly ShownBox[] };

/** Every way of which podid knows, also those by which nobody comes. */
export const waysInto = (policy: PolicyDocument, facts: RoleFacts): readonly Way[] => [
  way('pod-identity', policy, podIdentity(facts)),
  way('pod-identity-without-tags', policy, podIdentity({ ...facts, tagsDisabled: true })),
  way('irsa', policy, irsa({ ...facts, otherIssuers: issuersOf(policy, facts) })),
  ...sourcesOf(policy, facts).flatMap((source) => {
    const chain = { ...facts, sourceAccount: source.account };
    return [
      { ...way('chaining', policy, chaining(chain)), source },
      { ...way('chaining-without-tags', policy, chaining({ ...chain, tagsDisabled: true })), source },
    ];
  }),
];

const way = <Member>(name: WayName, policy: PolicyDocument, request: TrustRequest<Member>): Way => {
  try {
    const { must, may, hangsOn } = reach(policy, request);
    return { way: name, surely: shown(must), perhaps: shown(difference(may, must)), hangsOn };
  } catch (error) {
    if (error instanceof ReachUndecided) return { way: name, undecided: error.message };
    throw error;
  }
};

const shown = <Member>(set: MemberSet<Member>): Shown => ({ sentences: toSentences(set), boxes: toJson(set) });

const sourcesOf = (policy: PolicyDocument, facts: RoleFacts): ReturnType<typeof sourceAccounts> => {
  try {
    return sourceAccounts(policy, facts);
  } catch (error) {
    if (error instanceof ReachUndecided) return [{ account: facts.account, others: false }];
    throw error;
  }
};

/** Those that the policy names; EKS's own are looked at anyway. */
const issuersOf = ({ statements }: PolicyDocument, { partition, account }: RoleFacts): readonly string[] => {
  const prefix = `arn:${partition}:iam::${account}:oidc-provider/`;
  const providers = statements.flatMap(({ principal }) => [...(principal?.federated ?? [])]);
  return providers.flatMap((arn) => (arn.startsWith(prefix) ? [arn.slice(prefix.length)] : []));
};
