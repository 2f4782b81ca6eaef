/** AssumeRoleForPodIdentity: a pod's token for credentials of the role of its service account's association. */
import { randomUUID } from 'node:crypto';
import type { Ask, Call, Caller, Operation } from '../../contract.ts';
import { type Association, associationOf, type Cluster, clusterByArn } from '../eks/index.ts';
import { clusterArnOf } from '../eks/state.ts';
import { trustPolicy } from '../iam/policies.ts';
import { accountOf, type Role, roleByArn } from '../iam/state.ts';
import { type Key, openSession } from '../sts/keyring.ts';
import { requestKeys } from '../sts/request-keys.ts';
import { recordServiceSession, serviceCaller } from '../sts/service-session.ts';
import { sessionPolicies } from '../sts/session-policies.ts';
import type { SessionTags } from '../sts/session-tags.ts';
import { EksAuthError } from './errors.ts';
import { type PodToken, reviewPodToken } from './pod-token.ts';

export type AssumeRoleForPodIdentityInput = { readonly clusterName: string; readonly token: string };

export type AssumeRoleForPodIdentityOutput = {
  readonly subject: { readonly namespace: string; readonly serviceAccount: string };
  readonly audience: string;
  readonly podIdentityAssociation: { readonly associationArn: string; readonly associationId: string };
  readonly assumedRoleUser: { readonly arn: string; readonly assumeRoleId: string };
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    readonly expiration: Date;
  };
};

const PODS = 'pods.eks.amazonaws.com';
/** "6 hours", and 59 minutes through a target role: role chaining is limited to an hour (EKS guide). */
const SOURCE_SECONDS = 6 * 3600;
const TARGET_SECONDS = 59 * 60;

export const AssumeRoleForPodIdentity: Operation<AssumeRoleForPodIdentityInput, AssumeRoleForPodIdentityOutput> = {
  readOnly: true,
  recorded: true,
  asks: ({ clusterName }, call) => [
    { action: 'eks-auth:AssumeRoleForPodIdentity', resource: clusterArnOf(call, clusterName) },
  ],
  run: async ({ clusterName, token }, call) => {
    const cluster = clusterByArn(call.cloud, clusterArnOf(call, clusterName));
    if (cluster === undefined) {
      throw new EksAuthError('ResourceNotFoundException', `No cluster found for name: ${clusterName}.`);
    }
    const pod = await reviewPodToken(cluster, token, PODS);
    const association = associationOf(call.cloud, cluster.arn, pod.namespace, pod.serviceAccount);
    if (association === undefined) {
      throw new EksAuthError(
        'ResourceNotFoundException',
        `No Pod Identity association found for the service account ${pod.namespace}/${pod.serviceAccount}.`,
      );
    }
    const { credentials, caller } = sessionOf(call, cluster, association, pod);
    const expiration = credentials.expiration ?? call.now;
    return {
      subject: { namespace: pod.namespace, serviceAccount: pod.serviceAccount },
      audience: PODS,
      podIdentityAssociation: { associationArn: association.arn, associationId: association.id },
      assumedRoleUser: { arn: caller.arn, assumeRoleId: caller.userId },
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        sessionToken: credentials.sessionToken ?? '',
        // Whole seconds: the agent's SDK reads a number, and some readers only an integer.
        expiration: new Date(Math.floor(expiration.getTime() / 1000) * 1000),
      },
    };
  },
};

const sessionOf = (call: Call, cluster: Cluster, association: Association, pod: PodToken): Key => {
  const tags = podTags(cluster, association, pod);
  const name = `eks-${cluster.name.slice(0, 10)}-${pod.pod.name.slice(0, 10)}-${randomUUID()}`;
  const { policy, targetRoleArn } = association;
  const service = serviceCaller(PODS, cluster.account, cluster.arn);
  const wanted = { name, duration: SOURCE_SECONDS };
  const source = assumable(call, service, association.roleArn, { ...wanted, ...tags }, 'associated role');
  // With a target role the session policy narrows that one only.
  const sourcePolicy = targetRoleArn === undefined ? policy : undefined;
  const key = openSession(call.cloud, source, {
    ...wanted,
    tags: tags.tags,
    transitiveTagKeys: tags.transitive,
    policies: sessionPolicies(call.cloud, sourcePolicy, []),
  });
  recordServiceSession(call, service, source, key, {
    ...wanted,
    ...tags,
    ...(sourcePolicy === undefined ? {} : { policy: sourcePolicy }),
  });
  if (targetRoleArn === undefined) return key;
  const onward = { name, duration: TARGET_SECONDS };
  const externalId = association.disableSessionTags ? { 'sts:ExternalId': association.externalId } : {};
  const target = assumable(
    call,
    key.caller,
    targetRoleArn,
    { ...onward, ...tags },
    'associated target role',
    externalId,
  );
  return openSession(call.cloud, target, {
    ...onward,
    tags: tags.tags,
    transitiveTagKeys: tags.transitive,
    policies: sessionPolicies(call.cloud, policy, []),
    chained: true,
  });
};

/** The role, if its trust admits the caller with these tags: TagSession is asked beside AssumeRole, and nothing says which of the two was missing. */
const assumable = (
  call: Call,
  caller: Caller,
  roleArn: string,
  wanted: SessionTags & { readonly name: string; readonly duration: number },
  what: string,
  more: Ask['context'] = {},
): Role => {
  const role = roleByArn(call.cloud, roleArn);
  const ask: Ask = {
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccount: accountOf(roleArn),
    resourcePolicyRequired: true,
    context: { ...requestKeys(roleArn, role, wanted, wanted), ...more },
    ...(role === undefined ? {} : { resourcePolicy: trustPolicy(call.cloud, role) }),
  };
  const actions = wanted.tags.size === 0 ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  const allowed = actions.every(
    (action) => call.cloud.decide(caller, { ...ask, action }, call.region).effect === 'allow',
  );
  if (role !== undefined && allowed) return role;
  throw new EksAuthError(
    'AccessDeniedException',
    `Unauthorized Exception! EKS does not have permissions to assume the ${what}.`,
  );
};

/** The six session tags, all of them transitive; none when the association has them switched off. */
const podTags = (cluster: Cluster, { disableSessionTags }: Association, pod: PodToken): SessionTags => {
  const tags = new Map([
    ['eks-cluster-arn', cluster.arn],
    ['eks-cluster-name', cluster.name],
    ['kubernetes-namespace', pod.namespace],
    ['kubernetes-service-account', pod.serviceAccount],
    ['kubernetes-pod-name', pod.pod.name],
    ['kubernetes-pod-uid', pod.pod.uid],
  ]);
  return disableSessionTags ? { tags: new Map(), transitive: new Set() } : { tags, transitive: new Set(tags.keys()) };
};
