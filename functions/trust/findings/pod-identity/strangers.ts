/** Sets of service accounts by what is known of the account: its associations and its clusters. */
import { clusterArn, type WorkloadIdentity } from '../../../identity.ts';
import { partitionOf } from '../../../partition.ts';
import { symbolsOf } from '../../../policy/pattern.ts';
import { leaf } from '../../reach/expression.ts';
import { isName } from '../../reach/grammar.ts';
import {
  admits,
  difference,
  has,
  intersection,
  type MemberSet,
  type ShownPattern,
  setOf,
  type Universe,
  witness,
} from '../../reach/index.ts';
import { patternOf } from '../../reach/pattern.ts';
import type { RoleUse, TrustFacts } from '../facts.ts';
import type { StatementPlace } from '../rule.ts';
import { requestOf, type Tags } from './statements.ts';

/** The associations that give the judged role as their own, not as a target; undefined when nobody knows. */
export const ownAssociations = ({ associations, account }: TrustFacts): readonly RoleUse[] | undefined =>
  associations?.filter(({ sourceRoleArn, identity }) => sourceRoleArn === undefined && identity.account === account);

/** The set of those with an association. */
const associated = (universe: Universe<WorkloadIdentity>, facts: TrustFacts): MemberSet<WorkloadIdentity> =>
  setOf(
    universe,
    (ownAssociations(facts) ?? []).map(({ identity }) => identity).filter((identity) => isIn(universe, identity)),
  );

export type Stranger = {
  readonly identity: WorkloadIdentity;
  /** Whether the policy admits this one; else it hangs on keys that nobody gave. */
  readonly certain: boolean;
  /** The statement by which it gets in. */
  readonly by?: StatementPlace;
};

/**
 * Somebody in the set, a part of those whom the policy may admit, who has no association: of a cluster that is known,
 * if there is one, or else of a region that everybody knows. Sets that hang on variables can hold some who are not
 * admitted: these are no witnesses.
 */
export const strangerIn = (facts: TrustFacts, tags: Tags, set: MemberSet<WorkloadIdentity>): Stranger | undefined => {
  const { universe } = set;
  let strangers = difference(set, associated(universe, facts));
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const identity = likely(facts, strangers);
    if (identity === undefined) return undefined;
    const { admitted, decidedBy } = admits(facts.policy, requestOf(facts, tags), identity);
    if (admitted !== false) {
      const by = decidedBy && { index: decidedBy.statement, ...(decidedBy.sid && { sid: decidedBy.sid }) };
      return { identity, certain: admitted === true, ...(by && { by }) };
    }
    strangers = difference(strangers, setOf(universe, [identity]));
  }
  return undefined;
};

const MOST_TRIES = 4;

/** A member of the set that looks like somebody who could be there. */
const likely = (facts: TrustFacts, set: MemberSet<WorkloadIdentity>): WorkloadIdentity | undefined => {
  const { universe } = set;
  const within = (arns: readonly string[]): WorkloadIdentity | undefined =>
    arns.length === 0 ? undefined : witness(intersection(set, inClusters(universe, arns)));
  const known = within(knownClusters(facts));
  const anybody = known ?? witness(set);
  const regions = FAMILIAR.filter((region) => partitionOf(region).name === facts.partition);
  if (anybody === undefined || anybody === known || regions.includes(anybody.region)) return anybody;
  return within(regions.map((region) => clusterArn({ ...anybody, region }))) ?? anybody;
};

const FAMILIAR = ['us-east-1', 'eu-west-1', 'cn-north-1', 'cn-northwest-1', 'us-gov-west-1', 'us-gov-east-1'];

/** ARNs of the account's clusters that the configuration or an association names. */
export const knownClusters = (facts: TrustFacts): readonly string[] => {
  const clusters = [...(facts.clusters ?? []), ...(facts.associations ?? []).map(({ identity }) => identity)];
  return [...new Set(clusters.filter(({ account }) => account === facts.account).map(clusterArn))].toSorted();
};

/** Everybody in these clusters. */
export const inClusters = (
  universe: Universe<WorkloadIdentity>,
  arns: readonly string[],
): MemberSet<WorkloadIdentity> => ({
  universe,
  formula: leaf(
    0,
    arns.map((text) => ({ is: 'literal', text })),
  ),
});

/** Everybody in the clusters whose ARN a pattern matches. */
export const inClustersLike = (
  universe: Universe<WorkloadIdentity>,
  { pattern, ignoreCase }: ShownPattern,
): MemberSet<WorkloadIdentity> => ({
  universe,
  formula: leaf(0, [patternOf(symbolsOf(pattern, true), ignoreCase === true)]),
});

/** Whether the identity is in the set; one with a name that can't be is in none. */
export const holds = (set: MemberSet<WorkloadIdentity>, identity: WorkloadIdentity): boolean =>
  isIn(set.universe, identity) && has(set, identity);

/** EKS and Kubernetes would not have an association with another name; whoever hands us one gets an answer all the same. */
const isIn = (universe: Universe<WorkloadIdentity>, identity: WorkloadIdentity): boolean =>
  universe.namesOf(identity).every((name, index) => {
    const dimension = universe.dimensions[index];
    return dimension !== undefined && isName(dimension.grammar, name);
  });
