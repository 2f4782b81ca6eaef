/**
 * What EKS's pod identity webhook writes into a pod when it is created (github.com/aws/amazon-eks-pod-identity-webhook):
 * one mechanism, and Pod Identity wins over IRSA. Pod for pod the same as the real one of August 2026 wrote. Pure, so that an admission webhook can answer with the same.
 */
import type { Container, EnvVar, Labels, PodSpec, Volume } from './objects.ts';

export type InjectionFacts = {
  region: string;
  /** Whether EKS has an association for the pod's service account now. */
  associated: boolean;
  /** Annotations of the service account: `eks.amazonaws.com/role-arn` and its companions; some hold for Pod Identity, too. */
  serviceAccountAnnotations: Labels;
  /** Annotations of the pod; some of the service account's can be overridden there. */
  podAnnotations?: Labels;
  /** 0 ≤ x < 1, from the pod: the webhook varies the life of Pod Identity tokens, so that pods don't refresh all at once. */
  jitter: number;
};

/** The pod's specification with credentials injected; the same one when there is nothing to inject. */
export const inject = (spec: PodSpec, facts: InjectionFacts): PodSpec => {
  const mechanism = facts.associated ? podIdentity(facts) : irsa(facts);
  if (mechanism === undefined) return spec;
  const skipped = skippedIn(facts.podAnnotations);
  const os = spec.nodeSelector?.['kubernetes.io/os'] ?? spec.nodeSelector?.['beta.kubernetes.io/os'];
  const variables = variablesOf(mechanism, facts, os === 'windows');
  const into = (container: Container): Container =>
    skipped.includes(container.name) ? container : intoContainer(container, mechanism, variables);
  // A volume that has the name already is taken for ours, whatever it is.
  const there = spec.volumes?.some(({ name }) => name === mechanism.volume) ?? false;
  return {
    ...spec,
    volumes: there ? [...(spec.volumes ?? [])] : [tokenVolume(mechanism), ...(spec.volumes ?? [])],
    containers: spec.containers.map(into),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(into) }),
  };
};

/** What the webhook (since 0.6.15) adds to the pod's labels: Pod Identity's mark, none for IRSA. */
export const injectedLabels = ({ associated }: Pick<InjectionFacts, 'associated'>): Labels =>
  associated ? { [`${PREFIX}/pod-identity`]: 'enabled' } : {};

const PREFIX = 'eks.amazonaws.com';

type Mechanism = {
  volume: string;
  mountPath: string;
  token: string;
  audience: string;
  /** Seconds. */
  expiration: number;
  /** The variable that names the token's file. */
  tokenVariable: string;
  other: EnvVar;
};

const POD_IDENTITY_MOUNT = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount';
const IRSA_MOUNT = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const DAY = 86_400;
/** The least that is drawn for a token of a day: 22 hours. */
const DRAWN_FROM = 79_200;
/** What kube-apiserver takes at least. */
const LEAST = 600;

const podIdentity = (facts: InjectionFacts): Mechanism => {
  const wanted = expirationOf(facts);
  return {
    volume: 'eks-pod-identity-token',
    mountPath: POD_IDENTITY_MOUNT,
    token: 'eks-pod-identity-token',
    audience: 'pods.eks.amazonaws.com',
    expiration: wanted === DAY ? DRAWN_FROM + Math.floor(facts.jitter * (DAY - DRAWN_FROM + 1)) : wanted,
    tokenVariable: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    other: { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
  };
};

const irsa = (facts: InjectionFacts): Mechanism | undefined => {
  const account = facts.serviceAccountAnnotations;
  const roleArn = account[`${PREFIX}/role-arn`];
  if (roleArn === undefined || roleArn === '') return undefined;
  return {
    volume: 'aws-iam-token',
    mountPath: IRSA_MOUNT,
    token: 'token',
    audience: account[`${PREFIX}/audience`] ?? 'sts.amazonaws.com',
    expiration: expirationOf(facts),
    tokenVariable: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    other: { name: 'AWS_ROLE_ARN', value: roleArn },
  };
};

/** The pod's annotation, else the service account's, else a day; what is no whole number counts as absent. */
const expirationOf = ({ serviceAccountAnnotations: account, podAnnotations: pod = {} }: InjectionFacts): number => {
  const wanted = [pod, account]
    .map((annotations) => annotations[`${PREFIX}/token-expiration`] ?? '')
    .find((text) => /^[+-]?\d+$/.test(text));
  return wanted === undefined ? DAY : Math.max(LEAST, Number(wanted));
};

/** A line of CSV: blanks count, so that `a, b` skips only `a`. */
const skippedIn = (annotations: Labels = {}): readonly string[] =>
  (annotations[`${PREFIX}/skip-containers`] ?? '').split(',').map((name) => name.replace(/^"(.*)"$/, '$1'));

/** Variables that go together: where a container sets one of a group itself, the others of it are not added. */
type Group = { readonly names: readonly string[]; readonly added: readonly EnvVar[] };

const STS_VARIABLE = 'AWS_STS_REGIONAL_ENDPOINTS';

const variablesOf = (mechanism: Mechanism, facts: InjectionFacts, windows: boolean): readonly Group[] => {
  const { region, serviceAccountAnnotations } = facts;
  const { mountPath, token, tokenVariable, other } = mechanism;
  const file = `${mountPath}/${token}`;
  const credentials = [other, { name: tokenVariable, value: windows ? `C:${file.replaceAll('/', '\\')}` : file }];
  const regions = ['AWS_DEFAULT_REGION', 'AWS_REGION'].map((name) => ({ name, value: region }));
  const legacy = /^(0|f|F|FALSE|false|False)$/.test(
    serviceAccountAnnotations[`${PREFIX}/sts-regional-endpoints`] ?? '',
  );
  return [
    { names: [STS_VARIABLE], added: legacy ? [] : [{ name: STS_VARIABLE, value: 'regional' }] },
    { names: regions.map(({ name }) => name), added: regions },
    { names: credentials.map(({ name }) => name), added: credentials },
  ];
};

const intoContainer = (container: Container, mechanism: Mechanism, groups: readonly Group[]): Container => {
  const present = new Set(container.env?.map(({ name }) => name));
  const missing = groups.filter(({ names }) => !names.some((name) => present.has(name)));
  // Only a container that has set all by itself gets no token; one with other credentials of its own gets one that it doesn't use.
  if (missing.length === 0) return container;
  const mounted = container.volumeMounts?.some(({ name }) => name === mechanism.volume) ?? false;
  const mount = { name: mechanism.volume, mountPath: mechanism.mountPath, readOnly: true };
  return {
    ...container,
    env: [...(container.env ?? []), ...missing.flatMap(({ added }) => added)],
    volumeMounts: [...(container.volumeMounts ?? []), ...(mounted ? [] : [mount])],
  };
};

const tokenVolume = ({ volume, audience, expiration, token }: Mechanism): Volume => {
  // An empty annotation leaves the audience out: the token is then one for the Kubernetes API.
  const forWhom = audience === '' ? {} : { audience };
  return {
    name: volume,
    projected: {
      defaultMode: 0o644,
      sources: [{ serviceAccountToken: { ...forWhom, expirationSeconds: expiration, path: token } }],
    },
  };
};
