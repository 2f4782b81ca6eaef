/** Which AWS identity a pod was given at its creation: read from what the EKS webhook put into it. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/** `none` may still mean the node's role: that depends on the node, not on the pod. */
export type EffectiveIdentity = 'pod-identity' | 'irsa' | 'none';

/**
 * Pod Identity wins over IRSA, in the webhook as in the SDKs' credential chains.
 *
 * One sign is enough, in any container: somebody may have written the variables by hand, or mounted only the token,
 * and either gives credentials.
 */
export const effectiveIdentity = (spec: V1PodSpec): EffectiveIdentity => {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const audiences = (spec.volumes ?? []).flatMap(
    ({ projected }) =>
      projected?.sources?.flatMap(({ serviceAccountToken }) => serviceAccountToken?.audience ?? []) ?? [],
  );
  if (containers.some(asksTheAgent) || audiences.includes('pods.eks.amazonaws.com')) return 'pod-identity';
  // The audience of IRSA's token can be chosen by annotation: the variable is the surer sign.
  if (containers.some((container) => hasVariable(container, 'AWS_WEB_IDENTITY_TOKEN_FILE'))) return 'irsa';
  return audiences.some((audience) => /^sts\.amazonaws\.com(\.cn)?$/.test(audience)) ? 'irsa' : 'none';
};

/** The agent's addresses: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const AGENT = /^http:\/\/(169\.254\.170\.23|\[fd00:ec2::23\])(:80)?\//i;

const asksTheAgent = ({ env }: V1Container): boolean =>
  env?.some(({ name, value }) => name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI' && AGENT.test(value ?? '')) ?? false;

const hasVariable = ({ env }: V1Container, variable: string): boolean =>
  env?.some(({ name }) => name === variable) ?? false;
