/** Where a call of the local cloud answers otherwise than AWS, for the support table. By service, then operation; '' is about the whole service. */

export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  iam: {
    '': 'Every account has one user, `admin`. No groups, no service-linked roles. AWS-managed policies: those that fleets and functions here attach.',
    ListPolicies: 'No `PolicyUsageFilter`.',
    GetAccountAuthorizationDetails: 'No groups.',
    ListEntitiesForPolicy: 'No groups.',
    CreateOpenIDConnectProvider:
      "Without thumbprints it takes one that guides use for EKS's issuers; it fetches nothing.",
    CreateInstanceProfile: 'For nodes of a fleet only.',
    SimulatePrincipalPolicy: "Answers by this project's policy engine: docs/policy-differences.md.",
    SimulateCustomPolicy: "Answers by this project's policy engine: docs/policy-differences.md.",
  },
  sts: {
    AssumeRole: 'The packed size of policies and tags is estimated: how STS packs is not published.',
    AssumeRoleWithWebIdentity: "Tokens of the fleet's own clusters only; no OAuth 2.0 `ProviderId`.",
  },
  eks: {
    '': 'Clusters come from the fleet file.',
    DescribeCluster: 'No VPC, logging or encryption; always ACTIVE.',
    DeleteCluster: 'At once. The Kubernetes API behind it answers until the cloud ends; its tokens open nothing.',
    DescribeClusterVersions: 'The release calendar of spring 2026.',
    DescribeUpdate: 'Updates of add-ons only.',
    ListUpdates: 'Updates of add-ons only.',
    CreateAddon:
      'The add-ons and versions of a short list. `eks-pod-identity-agent` puts its DaemonSet into the cluster; the others are records. It is ACTIVE within moments.',
    UpdateAddon: 'As CreateAddon.',
    DescribeAddonVersions: 'The short list.',
    DescribeAddonConfiguration: 'The short list.',
    AssociateAccessPolicy:
      "The common policies become groups that Kubernetes' own ClusterRoles answer; the others: NotImplemented. Namespaces: names of those that exist, no patterns.",
    CreateFargateProfile: 'A record, ACTIVE at once: nothing is scheduled on Fargate.',
    UpdatePodIdentityAssociation: 'Refused for an association that an add-on owns; what EKS answers is unverified.',
    DeletePodIdentityAssociation: 'Refused for an association that an add-on owns; what EKS answers is unverified.',
  },
  'eks-auth': {
    AssumeRoleForPodIdentity: 'Any caller who may; EKS also checks that the pod runs on the caller’s node.',
  },
  ec2: {
    '': "Instances are the fleet's nodes. Instance metadata answers below `/instances/REGION/INSTANCE`.",
    DescribeInstances: 'A handful of filters; another one: NotImplemented.',
  },
  events: {
    '': 'Targets: Lambda, Step Functions, SQS, other buses. No archives, pipes or API destinations. CloudTrail records arrive at once.',
    PutTargets: 'A target of another service: NotImplemented.',
  },
  lambda: {
    '': "Functions come from templates. Each runs as a worker thread of this machine's Node; its role's policies are enforced.",
    Invoke: 'No layers, extensions, versions or streaming; retries of asynchronous calls wait seconds, not minutes.',
  },
  states: {
    '': 'Machines come from templates: standard ones, JSONPath, inline Maps, tasks that invoke Lambda. What the local engine would ignore is refused when it is deployed.',
    GetExecutionHistory: 'The events that a debugger needs, not all kinds.',
  },
  dynamodb: {
    '': 'dynalite, in memory. No transactions, streams, backups or PartiQL; no table of another account.',
    UpdateTimeToLive: 'Accepted; nothing expires by itself.',
  },
  sqs: {
    '': 'Queues come from templates: standard ones, no FIFO.',
  },
  logs: {
    '': 'What the functions print; the latest lines of each group.',
    FilterLogEvents: 'Words, phrases, `?` and `-`; no JSON or column patterns.',
  },
  cloudtrail: {
    LookupEvents:
      'Records are there at once, the latest 5,000 of an account and region. Reads leave none, but for those that hand out credentials.',
  },
  cloudformation: {
    ListStacks: 'Always empty: templates are deployed without stacks.',
  },
};
