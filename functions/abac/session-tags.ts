/** The six tags that EKS gives every session of Pod Identity, and the condition keys that tell them. */
import { clusterArn, type WorkloadIdentity } from '../identity.ts';

/**
 * All transitive: sessions chained from these inherit them and can't replace them. There are no custom ones.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export const SESSION_TAGS = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
] as const;

export type SessionTag = (typeof SESSION_TAGS)[number];

/** The key of a tag in a **trust policy**: the tags are being requested there, no session has them yet. */
export const requestTag = <Tag extends string>(tag: Tag): `aws:RequestTag/${Tag}` => `aws:RequestTag/${tag}`;

/** The key of a tag in permissions policies and in the policies of resources: the session has it. */
export const principalTag = <Tag extends string>(tag: Tag): `aws:PrincipalTag/${Tag}` => `aws:PrincipalTag/${tag}`;

/** The key of a resource's tag. */
export const resourceTag = <Tag extends string>(tag: Tag): `aws:ResourceTag/${Tag}` => `aws:ResourceTag/${tag}`;

/** A policy variable that stands for the session's tag; a session without the tag matches nothing with it. */
export const tagVariable = (tag: string): string => `\${${principalTag(tag)}}`;

export const isSessionTag = (tag: string): tag is SessionTag => SESSION_TAGS.some((known) => known === tag);

/** The tags that say who the identity is; those of its pods differ from pod to pod. */
export const identityTags = (
  identity: WorkloadIdentity,
): Readonly<Record<Exclude<SessionTag, 'kubernetes-pod-name' | 'kubernetes-pod-uid'>, string>> => ({
  'eks-cluster-arn': clusterArn(identity),
  'eks-cluster-name': identity.cluster,
  'kubernetes-namespace': identity.namespace,
  'kubernetes-service-account': identity.serviceAccount,
});
