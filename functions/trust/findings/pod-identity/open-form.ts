/** The rule about statements that leave a part of the identity open: the cluster, the namespace, the service account. */
import { isSessionTag } from '../../../abac/session-tags.ts';
import { clusterArn, showIdentity, type WorkloadIdentity } from '../../../identity.ts';
import type { Condition } from '../../../policy/condition.ts';
import type { Statement } from '../../../policy/index.ts';
import {
  difference,
  intersection,
  type MemberSet,
  type ShownBox,
  type ShownNames,
  type ShownPattern,
  toJson,
  witness,
} from '../../reach/index.ts';
import type { TrustFacts } from '../facts.ts';
import { rewrite, show } from '../found.ts';
import { found, REASONS_A } from '../reasons.ts';
import type { Rule, TrustFinding } from '../rule.ts';
import { ASSUME_ROLE, admittedBy, allowing, BOTH_WAYS, type Tags } from './statements.ts';
import { inClusters, inClustersLike, knownClusters, ownAssociations, strangerIn } from './strangers.ts';
import { hanging, whom } from './words.ts';

/**
 * Judged by whom the statement admits, not by how it is written. Of one statement only the broadest is told: any
 * association at all; or else one finding about the cluster, and one about the names in it.
 */
export const openForm: Rule = (facts) =>
  allowing(facts, ASSUME_ROLE).flatMap((statement) => {
    // Conditions on tags that hold without them are the matter of TagsNotRequired.
    const ways = statement.conditions.some(comparesTag) ? BOTH_WAYS.slice(0, 1) : BOTH_WAYS;
    const told = ways.map((tags) => judge(facts, tags, statement));
    return told.find((findings) => findings.length > 0) ?? [];
  });

const comparesTag = ({ base, key }: Condition): boolean =>
  base !== 'Null' && isSessionTag(key.toLowerCase().replace(/^aws:requesttag\//, ''));

/** The broadest first. */
const CLUSTER_FORMS = ['AnyCluster', 'ClusterByNameAlone', 'WildcardCluster'] as const;
const NAME_FORMS = ['WildcardNamespace', 'WildcardServiceAccount'] as const;

type ClusterForm = (typeof CLUSTER_FORMS)[number];
type Form = 'AnyAssociationInAccount' | ClusterForm | (typeof NAME_FORMS)[number];

const judge = (facts: TrustFacts, tags: Tags, statement: Statement): readonly TrustFinding[] => {
  const { may: admitted, hangsOn } = admittedBy(facts, tags, statement);
  const forms = new Set(toJson(admitted).flatMap((box) => formsOf(box, admitted)));
  const broadest: readonly (Form | undefined)[] = forms.has('AnyAssociationInAccount')
    ? ['AnyAssociationInAccount']
    : [CLUSTER_FORMS, NAME_FORMS].map((group: readonly Form[]) => group.find((form) => forms.has(form)));
  return broadest.flatMap((form) => {
    if (form === undefined) return [];
    const telling = strangerIn(facts, tags, elsewhere(facts, form, admitted)) ?? strangerIn(facts, tags, admitted);
    return found(form, {
      severity: facts.associations !== undefined ? 'info' : hangsOn.length > 0 ? 'warning' : REASONS_A[form].severity,
      statement,
      sentence: `${show(statement)} admits ${whom(admitted, tags)}${hanging(hangsOn)}${SO[form] ?? ''}.`,
      witness: telling && showIdentity(telling.identity),
      remedy: `${PIN[form]}: \`podid trust tighten trust.json --identities identities.txt\`, then ${rewrite(facts)}.`,
    });
  });
};

/** What the sentence doesn't say by itself. */
const SO: Readonly<Partial<Record<Form, string>>> = {
  AnyAssociationInAccount: ': nothing limits who gets the role',
  ClusterByNameAlone: ': every region can have a cluster of that name',
};

const PIN: Readonly<Record<Form, string>> = {
  AnyAssociationInAccount: 'Name the cluster, the namespace and the service account',
  AnyCluster: 'Name the cluster by aws:RequestTag/eks-cluster-arn',
  ClusterByNameAlone: 'Name the cluster by aws:RequestTag/eks-cluster-arn',
  WildcardCluster: 'Name each cluster by its ARN',
  WildcardNamespace: 'Name each namespace by aws:RequestTag/kubernetes-namespace',
  WildcardServiceAccount: 'Name each service account by aws:RequestTag/kubernetes-service-account',
};

const formsOf = (box: ShownBox, admitted: MemberSet<WorkloadIdentity>): readonly Form[] => {
  const [cluster = 'any', namespace = 'any', serviceAccount = 'any'] = Object.values(box);
  if ([cluster, namespace, serviceAccount].every(isAny)) return ['AnyAssociationInAccount'];
  const names: readonly Form[] = isOpen(namespace)
    ? ['WildcardNamespace']
    : isOpen(serviceAccount)
      ? ['WildcardServiceAccount']
      : [];
  return [...clusterForms(cluster, admitted), ...names];
};

const clusterForms = (names: ShownNames, admitted: MemberSet<WorkloadIdentity>): readonly ClusterForm[] => {
  if (names === 'any' || isAny(names)) return ['AnyCluster'];
  return names.flatMap((term): readonly ClusterForm[] => {
    if ('is' in term) return [];
    const { universe } = admitted;
    const those = intersection(admitted, ...term.like.map((pattern) => inClustersLike(universe, pattern)));
    const one = witness(those);
    // A name and a region can be two patterns, and together one cluster.
    const isOne =
      one === undefined || witness(difference(those, inClusters(universe, [clusterArn(one)]))) === undefined;
    if (isOne) return [];
    return [term.like.some(hasWholeName) ? 'ClusterByNameAlone' : 'WildcardCluster'];
  });
};

const hasWholeName = ({ pattern }: ShownPattern): boolean => /\/[^*?/]+$/.test(pattern);

/** All names, or all but some. */
const isAny = (names: ShownNames): boolean =>
  names === 'any' || names.some((term) => 'like' in term && term.like.length === 0);

/** More names than are written in full; a name in upper or lower case is one, since Kubernetes has only lower case. */
const isOpen = (names: ShownNames): boolean =>
  names === 'any' ||
  names.some(
    (term) => 'like' in term && (term.like.length === 0 || term.like.some(({ pattern }) => /[*?]/.test(pattern))),
  );

/** Where the form shows best: of what is open about the cluster, in clusters that are not meant. */
const elsewhere = (
  facts: TrustFacts,
  form: Form,
  admitted: MemberSet<WorkloadIdentity>,
): MemberSet<WorkloadIdentity> => {
  if (!CLUSTER_FORMS.some((each) => each === form)) return admitted;
  const used = (ownAssociations(facts) ?? []).map(({ identity }) => clusterArn(identity));
  // A known cluster of that name is the one that was meant, but a known cluster of another name is a telling witness.
  const meant = form === 'ClusterByNameAlone' ? [...used, ...knownClusters(facts)] : used;
  return difference(admitted, inClusters(admitted.universe, meant));
};
