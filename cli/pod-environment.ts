/** What a local process gets of a pod: its variables, with the addresses and paths of this machine in place of the pod's. Pure. */
import type { V1Container, V1EnvVar, V1Pod, V1ServiceAccountTokenProjection } from '@kubernetes/client-node';

/** A token file that the pod's variables point to. */
export type TokenFile = {
  /** Where the pod has it. */
  readonly path: string;
  /** The API server's own when absent. */
  readonly audience?: string;
  /** As the pod's volume asks for it. */
  readonly seconds: number;
};

export type PodEnvironment = {
  readonly variables: ReadonlyMap<string, string>;
  readonly tokens: readonly TokenFile[];
  /** It asks the EKS Pod Identity agent. */
  readonly agent: boolean;
  /** Variables whose values stand elsewhere (a secret, a config map), and are left out. */
  readonly left: readonly string[];
};

const FULL_URI = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
/** The agent's addresses: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const AGENT = /^http:\/\/(169\.254\.170\.23|\[fd00:ec2::23\])(:80)?(?=\/)/i;

/** The environment of a container of the pod, the first one unless another is named; undefined when it has none of that name. */
export const environmentOf = (pod: V1Pod, containerName?: string): PodEnvironment | undefined => {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const container = containerName === undefined ? containers[0] : containers.find(({ name }) => name === containerName);
  if (container === undefined) return undefined;
  const variables = new Map<string, string>();
  const left: string[] = (container.envFrom ?? []).map(
    ({ configMapRef, secretRef }) => `all of ${configMapRef?.name ?? secretRef?.name ?? 'another object'}`,
  );
  for (const variable of container.env ?? []) {
    const value = textOf(variable, pod);
    if (value === undefined) left.push(variable.name);
    else variables.set(variable.name, expanded(value, variables));
  }
  const values = new Set(variables.values());
  return {
    variables,
    tokens: tokensOf(pod, container).filter(({ path }) => values.has(path)),
    agent: AGENT.test(variables.get(FULL_URI) ?? ''),
    left,
  };
};

/** Where things are on this machine. */
export type Here = {
  /** Of the credentials endpoint, without a slash at the end. */
  readonly agent?: string;
  /** Of the instance metadata; absent where the pod reaches none. */
  readonly metadata?: string;
  /** The files that stand for the pod's, by their path in the pod. */
  readonly files: ReadonlyMap<string, string>;
  /** An empty file: no profile of the person at the keyboard may help out. */
  readonly empty: string;
};

/**
 * The process's variables: the person's own without anything that gives AWS access, then the pod's. Addresses of endpoints and the CA bundle are
 * kept: they are the way, not the key.
 */
export const processVariables = (
  { variables }: PodEnvironment,
  own: Readonly<Record<string, string | undefined>>,
  here: Here,
): Record<string, string> => {
  const kept = Object.entries(own).flatMap(([name, value]) =>
    value === undefined || (/^(AWS_|BOTO|PODID_|KUBECONFIG$)/.test(name) && !WAYS.test(name))
      ? []
      : [[name, value] as const],
  );
  const pods = [...variables].map(([name, value]) => {
    if (name === FULL_URI && here.agent !== undefined) return [name, value.replace(AGENT, here.agent)] as const;
    return [name, here.files.get(value) ?? value] as const;
  });
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: here.empty,
    AWS_SHARED_CREDENTIALS_FILE: here.empty,
    BOTO_CONFIG: here.empty,
    ...(here.metadata === undefined
      ? { AWS_EC2_METADATA_DISABLED: 'true' }
      : { AWS_EC2_METADATA_SERVICE_ENDPOINT: here.metadata }),
    ...Object.fromEntries(pods),
  };
};

const WAYS = /^AWS_(ENDPOINT_URL(_\w+)?|CA_BUNDLE|PAGER)$/;

const textOf = ({ value, valueFrom }: V1EnvVar, { metadata, spec, status }: V1Pod): string | undefined => {
  if (valueFrom === undefined) return value ?? '';
  switch (valueFrom.fieldRef?.fieldPath) {
    case 'metadata.name':
      return metadata?.name;
    case 'metadata.namespace':
      return metadata?.namespace;
    case 'metadata.uid':
      return metadata?.uid;
    case 'spec.nodeName':
      return spec?.nodeName;
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName;
    case 'status.podIP':
      return status?.podIP;
    case 'status.hostIP':
      return status?.hostIP;
    default:
      return undefined;
  }
};

/** `$(NAME)` of a variable before it; `$$` is a dollar; what is unknown stays (Kubernetes, "dependent environment variables"). */
const expanded = (value: string, known: ReadonlyMap<string, string>): string =>
  value.replaceAll(/\$\$|\$\(([A-Za-z_.][\w.-]*)\)/g, (text, name?: string) =>
    name === undefined ? '$' : (known.get(name) ?? text),
  );

/** Every projected token of the pod, where the container has it. */
const tokensOf = ({ spec }: V1Pod, { volumeMounts = [] }: V1Container): readonly TokenFile[] =>
  (spec?.volumes ?? []).flatMap(({ name, projected }) => {
    const tokens = (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
    const mounts = volumeMounts.filter((mount) => mount.name === name);
    return mounts.flatMap(({ mountPath }) => tokens.map((token) => tokenFile(mountPath, token)));
  });

const tokenFile = (
  mountPath: string,
  { path, audience, expirationSeconds }: V1ServiceAccountTokenProjection,
): TokenFile => ({
  path: `${mountPath.replace(/\/$/, '')}/${path}`,
  ...(audience !== undefined && { audience }),
  seconds: expirationSeconds ?? 3_600,
});
