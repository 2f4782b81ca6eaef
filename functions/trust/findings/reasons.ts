/** The reasons about Pod Identity and about the document: what is wrong, how bad it usually is, and why it matters. */
import { type Reason, teller } from './found.ts';

export const REASONS_A = {
  TagSessionMissing: {
    severity: 'error',
    title: 'sts:TagSession is not allowed',
    why: 'EKS passes session tags, and without sts:TagSession its request is refused: the pods get no credentials, and nothing says why. A warning where all known associations have session tags disabled.',
  },
  AssumeRoleMissing: {
    severity: 'error',
    title: 'sts:AssumeRole is not allowed',
    why: 'Whom the statement lets tag a session may not have the session: the pods get no credentials.',
  },
  EksAuthActionInTrust: {
    severity: 'error',
    title: 'The action of the node stands in the trust policy',
    why: 'eks-auth:AssumeRoleForPodIdentity is what a node’s role may do. EKS itself asks STS for sts:AssumeRole and sts:TagSession; IAM refuses other actions in a trust policy.',
  },
  TrustTooBroad: {
    severity: 'error',
    title: 'The role admits service accounts that no association gives it to',
    why: 'Whoever may create associations in such a cluster and namespace gets the role without anybody’s approval. A warning where it hangs on a condition key that nobody gave.',
  },
  UnassociatedButOpen: {
    severity: 'warning',
    title: 'The role admits Pod Identity, and no association gives it',
    why: 'A leftover, or made ahead of its associations: the first association that names the role gets it. An info where the policy names each service account in full.',
  },
  AnyAssociationInAccount: {
    severity: 'error',
    title: 'Any association in the account gets the role',
    why: 'No condition says which service accounts may have it, so that one association in the least of the account’s clusters is enough. An info where the associations are known: TrustTooBroad judges by them.',
  },
  AnyCluster: {
    severity: 'warning',
    title: 'The role is not bound to a cluster',
    why: 'A namespace of the same name in any other cluster of the account gets the role. An info where the associations are known.',
  },
  ClusterByNameAlone: {
    severity: 'warning',
    title: 'The cluster is named without its region',
    why: 'eks-cluster-name is the same for clusters of the same name in other regions. Only eks-cluster-arn names one cluster. An info where the associations are known.',
  },
  WildcardCluster: {
    severity: 'warning',
    title: 'Clusters are named by a pattern',
    why: 'A cluster that is made tomorrow with such a name gets the role. An info where the associations are known.',
  },
  WildcardNamespace: {
    severity: 'warning',
    title: 'Namespaces are not named, or named by a pattern',
    why: 'Whoever may create a namespace with such a name gets the role. An info where the associations are known.',
  },
  WildcardServiceAccount: {
    severity: 'warning',
    title: 'Service accounts are not named, or named by a pattern',
    why: 'Every service account of the namespace can be given the role. An info where the associations are known.',
  },
  ConditionNeverMatches: {
    severity: 'error',
    title: 'A condition can never hold for Pod Identity',
    why: 'The statement does nothing: an Allow lets nobody in, a Deny keeps nobody out. A warning for one value of several, and for a region in which no cluster is known.',
  },
  AssociationNotAdmitted: {
    severity: 'error',
    title: 'The role does not admit an association that gives it',
    why: 'The pods of this service account will never get credentials.',
  },
  RequestTagsWithTagsDisabled: {
    severity: 'error',
    title: 'The trust asks for session tags that an association has disabled',
    why: 'Conditions on aws:RequestTag fail without tags: the pods of this service account will never get credentials.',
  },
  DeadStatement: {
    severity: 'info',
    title: 'A statement changes nothing',
    why: 'Other statements already allow all that it allows, or there is nobody whom its Deny keeps out. Whoever removes or edits it later is misled.',
  },
  ShadowedByDeny: {
    severity: 'warning',
    title: 'All that a statement allows is denied',
    why: 'A Deny wins over every Allow: nobody gets in by this statement.',
  },
  TrustNearQuota: {
    severity: 'warning',
    title: 'The policy nearly fills its quota',
    why: 'The next service account may not fit: IAM refuses a longer trust policy, and a change fails when it is urgent.',
  },
  TrustOverQuota: {
    severity: 'error',
    title: 'The policy is longer than its quota',
    why: 'IAM refuses to store it (LimitExceeded).',
  },
  PolicyVersionOld: {
    severity: 'warning',
    title: 'Policy variables in a version that has none',
    why: 'Without Version 2012-10-17 a variable is plain text: the condition compares with its very characters.',
  },
  SharedByClusters: {
    severity: 'info',
    title: 'Several clusters share the role',
    why: 'What is granted for one cluster is granted for all of them, and a deny on the whole role hits them all.',
  },
  SharedByApplications: {
    severity: 'warning',
    title: 'Several namespaces share the role',
    why: 'Each application has the access of all the others, and nobody can take it from one alone by its permissions.',
  },
  ReachUndecided: {
    severity: 'error',
    title: 'Who can get the role can’t be said exactly',
    why: 'The patterns of the policy cost too much to go through. What can’t be judged is not passed in silence; single identities still get an answer.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

export const found = teller<keyof typeof REASONS_A>(REASONS_A);
