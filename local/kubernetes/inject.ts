/**
 * What EKS's pod identity webhook writes into a pod when it is created (github.com/aws/amazon-eks-pod-identity-webhook):
 * one mechanism, and Pod Identity wins over IRSA. Pure, so that an admission webhook can answer with the same.
 */
import type { Container, EnvVar, Labels, PodSpec, Volume } from './objects.ts';

export type InjectionFacts = {
  region: string;
  /** Whether EKS has an association for the pod's service account now. */
  associated: boolean;
  /** Annotations of the service account: `eks.amazonaws.com/role-arn` and its companions. */
  serviceAccountAnnotations: Labels;
  /** Annotations of the pod; some of the service account's can be overridden there. */
  podAnnotations?: Labels;
  /** 0 ≤ x < 1, from the pod: EKS varies the life of Pod Identity tokens, so that pods don't refresh all at once. */
  jitter: number;
};

/** The pod's specification with credentials injected; the same one when there is nothing to inject. */
export const inject = (spec: PodSpec, facts: InjectionFacts): PodSpec => {
  const mechanism = facts.associated ? podIdentity(facts.jitter) : irsa(facts);
  if (mechanism === undefined || spec.volumes?.some((volume) => volume.name === mechanism.volume)) return spec;
  const skipped = (facts.podAnnotations?.[`${PREFIX}/skip-containers`] ?? '').split(',').map((name) => name.trim());
  const into = (container: Container): Container =>
    skipped.includes(container.name) ? container : intoContainer(container, mechanism, regionVariables(facts));
  return {
    ...spec,
    volumes: [tokenVolume(mechanism), ...(spec.volumes ?? [])],
    containers: spec.containers.map(into),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(into) }),
  };
};

const PREFIX = 'eks.amazonaws.com';

type Mechanism = {
  volume: string;
  mountPath: string;
  token: string;
  audience: string;
  /** Seconds. */
  expiration: number;
  env: readonly EnvVar[];
};

const POD_IDENTITY_MOUNT = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount';
const IRSA_MOUNT = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const DAY = 86_400;

/** A day, and up to 10 % more or less. */
const podIdentity = (jitter: number): Mechanism => ({
  volume: 'eks-pod-identity-token',
  mountPath: POD_IDENTITY_MOUNT,
  token: 'eks-pod-identity-token',
  audience: 'pods.eks.amazonaws.com',
  expiration: Math.round(DAY * (0.9 + 0.2 * jitter)),
  env: [
    { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
    { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: `${POD_IDENTITY_MOUNT}/eks-pod-identity-token` },
  ],
});

const irsa = ({
  serviceAccountAnnotations: account,
  podAnnotations: pod = {},
}: InjectionFacts): Mechanism | undefined => {
  const roleArn = account[`${PREFIX}/role-arn`];
  if (roleArn === undefined || roleArn === '') return undefined;
  const wanted = Number(pod[`${PREFIX}/token-expiration`] ?? account[`${PREFIX}/token-expiration`] ?? DAY);
  return {
    volume: 'aws-iam-token',
    mountPath: IRSA_MOUNT,
    token: 'token',
    audience: account[`${PREFIX}/audience`] ?? 'sts.amazonaws.com',
    expiration: Number.isInteger(wanted) ? Math.min(DAY, Math.max(3_600, wanted)) : DAY,
    env: [
      { name: 'AWS_ROLE_ARN', value: roleArn },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${IRSA_MOUNT}/token` },
    ],
  };
};

/** STS's setting and the region; each is added only where the container doesn't set it. */
const regionVariables = ({ region, serviceAccountAnnotations }: InjectionFacts): readonly EnvVar[][] => [
  serviceAccountAnnotations[`${PREFIX}/sts-regional-endpoints`] === 'false'
    ? []
    : [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }],
  [
    { name: 'AWS_DEFAULT_REGION', value: region },
    { name: 'AWS_REGION', value: region },
  ],
];

const intoContainer = (container: Container, mechanism: Mechanism, region: readonly EnvVar[][]): Container => {
  const present = new Set(container.env?.map(({ name }) => name));
  const sets = (variables: readonly EnvVar[]) => variables.some(({ name }) => present.has(name));
  // A container that brings its own credentials keeps them, and gets no token beside them.
  if (sets(mechanism.env)) return container;
  const mounted = container.volumeMounts?.some(({ name }) => name === mechanism.volume) ?? false;
  const mount = { name: mechanism.volume, mountPath: mechanism.mountPath, readOnly: true };
  return {
    ...container,
    env: [...(container.env ?? []), ...region.filter((group) => !sets(group)).flat(), ...mechanism.env],
    volumeMounts: [...(container.volumeMounts ?? []), ...(mounted ? [] : [mount])],
  };
};

const tokenVolume = ({ volume, audience, expiration, token }: Mechanism): Volume => ({
  name: volume,
  projected: {
    defaultMode: 0o644,
    sources: [{ serviceAccountToken: { audience, expirationSeconds: expiration, path: token } }],
  },
});
