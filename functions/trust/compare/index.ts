/** Who gains and who loses when one trust policy takes the place of another: exactly, each with a witness. */
import type { WorkloadIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { PolicyDocument } from '../../policy/index.ts';
import type { KnownCluster } from '../findings/facts.ts';
import {
  type ChainedIdentity,
  chaining,
  type FederatedIdentity,
  irsa,
  podIdentity,
  type Reach,
  type RoleFacts,
  sourceAccounts,
  type TrustRequest,
  toSentences,
  witness,
} from '../reach/index.ts';
import { changeOf, jointly } from './change.ts';
import { isComparedExactly } from './exact-issuers.ts';
import { type Clause, type OtherPrincipal, showClause, widenedFor } from './other-principals.ts';

export type { OtherPrincipal } from './other-principals.ts';

/** The role, the keys whose values are known (`context`), and the clusters whose issuers count beside those of EKS. */
export type ComparedRole = RoleFacts & { readonly clusters?: readonly KnownCluster[] };

/** What changes for one way of asking. A way without changes is left out. */
export type TrustDifference =
  | Difference<'pod-identity' | 'pod-identity-without-tags', WorkloadIdentity>
  | Difference<'irsa', FederatedIdentity>
  | ChainingDifference
  | Difference<'other-principals', OtherPrincipal>;

type Difference<Way, Who> = {
  readonly way: Way;
  readonly gains?: Changed<Who>;
  readonly loses?: Changed<Who>;
};

/** Through the roles of one source account; `others`: it stands for all accounts that neither policy tells apart. */
export type ChainingDifference = Difference<'chaining' | 'chaining-without-tags', ChainedIdentity> & {
  readonly sourceAccount: string;
  readonly others: boolean;
};

export type Changed<Who> = {
  /** Who they are: of pods, exactly; of other principals, the statements that speak of them. */
  readonly sentences: readonly string[];
  /** One of them; where some change for certain, one of those. */
  readonly witness: Who;
  /** All of them change, whatever the keys hold that nobody gave. Of other principals the statements are compared, nobody asks what they admit. */
  readonly certain: boolean;
  /** The condition keys, in lower case, on which it hangs where it isn't certain. */
  readonly hangsOn: readonly string[];
};

/**
 * Antisymmetric: who gains from one to the other loses from the other to the one. Both policies are held against each
 * other with the same values of the keys that nobody gave.
 * @throws ReachUndecided
 * @example compareTrust(parsePolicy(old), parsePolicy(now), { account: '111122223333', partition: 'aws' })
 */
export const compareTrust = (
  before: PolicyDocument,
  after: PolicyDocument,
  role: ComparedRole,
): readonly TrustDifference[] => {
  const exactly = <Way extends string, Member>(way: Way, request: TrustRequest<Member>) => {
    const { gains, loses } = changeOf(before, after, request);
    return difference(way, changed(gains), changed(loses));
  };
  const exact = [
    ...exactly('pod-identity', podIdentity(role)),
    ...exactly('pod-identity-without-tags', podIdentity({ ...role, tagsDisabled: true })),
    ...exactly('irsa', irsa({ ...role, otherIssuers: otherIssuers([before, after], role) })),
    ...sourceAccounts(jointly(before, after), role).flatMap(({ account: sourceAccount, others }) =>
      [
        ...exactly('chaining', chaining({ ...role, sourceAccount })),
        ...exactly('chaining-without-tags', chaining({ ...role, sourceAccount, tagsDisabled: true })),
      ].map((each) => ({ ...each, sourceAccount, others })),
    ),
  ];
  // Of the same direction: that pods lose a role says nothing about who else gains it.
  const untold =
    (direction: 'gains' | 'loses') =>
    (clause: Clause): boolean =>
      !isComparedExactly(clause, role) &&
      !exact.some((each) => each[direction] !== undefined && tellsOf(each.way, clause.principal, role));
  return [
    ...exact,
    ...difference(
      'other-principals',
      changedClauses(widenedFor(before, after).filter(untold('gains'))),
      changedClauses(widenedFor(after, before).filter(untold('loses'))),
    ),
  ];
};

const difference = <Way extends string, Who>(
  way: Way,
  gains: Changed<Who> | undefined,
  loses: Changed<Who> | undefined,
): readonly Difference<Way, Who>[] =>
  gains === undefined && loses === undefined ? [] : [{ way, ...(gains && { gains }), ...(loses && { loses }) }];

const changed = <Who>({ must, may, hangsOn }: Reach<Who>): Changed<Who> | undefined => {
  const possible = witness(may);
  if (possible === undefined) return undefined;
  const certain = hangsOn.length === 0;
  return { sentences: toSentences(may), witness: witness(must) ?? possible, certain, hangsOn };
};

const changedClauses = (clauses: readonly Clause[]): Changed<OtherPrincipal> | undefined => {
  const [first] = clauses;
  if (first === undefined) return undefined;
  return {
    sentences: [...new Set(clauses.map(showClause))].toSorted(),
    witness: first.principal,
    certain: false,
    hangsOn: [],
  };
};

/** Issuers that the policies trust or that a known cluster has; those of EKS are in the universe anyway. */
const otherIssuers = (policies: readonly PolicyDocument[], role: ComparedRole): readonly string[] => {
  const prefix = oidcProvider(role);
  const named = policies
    .flatMap(({ statements }) => statements.flatMap(({ principal }) => [...(principal?.federated ?? [])]))
    .filter((provider) => provider.startsWith(prefix))
    .map((provider) => provider.slice(prefix.length));
  const known = (role.clusters ?? []).flatMap(({ issuer }) => (issuer === undefined ? [] : [issuer]));
  return [...new Set([...named, ...known])];
};

const oidcProvider = ({ partition, account }: RoleFacts): string => `arn:${partition}:iam::${account}:oidc-provider/`;

/** Whether a difference of this way has already told what changes for such principals. */
const tellsOf = (way: string, { kind, name }: OtherPrincipal, role: RoleFacts): boolean =>
  way === 'irsa'
    ? kind === 'Federated' && name.startsWith(oidcProvider(role))
    : way.startsWith('chaining') && kind === 'AWS' && parseArn(name)?.resource.startsWith('role/') === true;
