import { describe, expect, it } from '@jest/globals';
import { type InjectionFacts, inject, injectedLabels } from '../../../local/kubernetes/inject.ts';
import type { PodSpec } from '../../../local/kubernetes/objects.ts';

const REGION_ENV = ['AWS_STS_REGIONAL_ENDPOINTS=regional', 'AWS_DEFAULT_REGION=eu-west-1', 'AWS_REGION=eu-west-1'];
const POD_IDENTITY_MOUNT = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount';
const POD_IDENTITY_ENV = [
  'AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials',
  `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=${POD_IDENTITY_MOUNT}/eks-pod-identity-token`,
];
const ROLE = 'arn:aws:iam::111122223333:role/orders';
const IRSA_ENV = [
  `AWS_ROLE_ARN=${ROLE}`,
  'AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
];
const annotated = { 'eks.amazonaws.com/role-arn': ROLE };

const facts = (more: Partial<InjectionFacts>): InjectionFacts => ({
  region: 'eu-west-1',
  associated: false,
  serviceAccountAnnotations: {},
  jitter: 0.5,
  ...more,
});
const spec = (more: Partial<PodSpec> = {}): PodSpec => ({ containers: [{ name: 'main', image: 'main:1' }], ...more });
const envOf = (pod: PodSpec, index = 0) => pod.containers[index]?.env?.map(({ name, value }) => `${name}=${value}`);
const tokensOf = (pod: PodSpec) =>
  pod.volumes?.map(({ name, projected }) => ({ name, ...projected?.sources?.[0]?.serviceAccountToken }));

describe('what the webhook injects', () => {
  it.each([
    ['no association, no annotation', facts({}), undefined, undefined],
    ['an association', facts({ associated: true }), [...REGION_ENV, ...POD_IDENTITY_ENV], 'eks-pod-identity-token'],
    ['an annotation', facts({ serviceAccountAnnotations: annotated }), [...REGION_ENV, ...IRSA_ENV], 'aws-iam-token'],
    [
      'an empty annotation',
      facts({ serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': '' } }),
      undefined,
      undefined,
    ],
    [
      'both: Pod Identity wins',
      facts({ associated: true, serviceAccountAnnotations: annotated }),
      [...REGION_ENV, ...POD_IDENTITY_ENV],
      'eks-pod-identity-token',
    ],
    [
      'global STS asked for',
      facts({ serviceAccountAnnotations: { ...annotated, 'eks.amazonaws.com/sts-regional-endpoints': 'false' } }),
      [...REGION_ENV.slice(1), ...IRSA_ENV],
      'aws-iam-token',
    ],
  ])('%s', (_case, given, env, volume) => {
    const pod = inject(spec(), given);
    expect(envOf(pod)).toEqual(env);
    expect(pod.volumes?.[0]?.name).toBe(volume);
    expect(pod.containers[0]?.volumeMounts?.[0]?.name).toBe(volume);
    expect(pod.containers[0]?.volumeMounts?.[0]?.readOnly).toBe(volume === undefined ? undefined : true);
  });

  const account = (annotations: Record<string, string>) =>
    Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`eks.amazonaws.com/${name}`, value]));

  // What the real webhook wrote for each of these; 79 200 and 86 400 are the ends of what it drew.
  it.each([
    ['the earliest', { associated: true, jitter: 0 }, 'pods.eks.amazonaws.com', 79_200],
    ['the latest', { associated: true, jitter: 0.99999 }, 'pods.eks.amazonaws.com', 86_400],
    [
      "the service account's, for Pod Identity, too",
      { associated: true, serviceAccountAnnotations: account({ 'token-expiration': '7200', audience: 'mine' }) },
      'pods.eks.amazonaws.com',
      7_200,
    ],
    ['a day for IRSA', { serviceAccountAnnotations: annotated }, 'sts.amazonaws.com', 86_400],
    [
      'ten minutes at least',
      { serviceAccountAnnotations: { ...annotated, ...account({ 'token-expiration': '60', audience: 'mine' }) } },
      'mine',
      600,
    ],
    [
      'no most, and no audience',
      { serviceAccountAnnotations: { ...annotated, ...account({ 'token-expiration': '200000', audience: '' }) } },
      undefined,
      200_000,
    ],
    [
      "the pod's before the service account's",
      {
        serviceAccountAnnotations: { ...annotated, ...account({ 'token-expiration': '7200' }) },
        podAnnotations: account({ 'token-expiration': '3000' }),
      },
      'sts.amazonaws.com',
      3_000,
    ],
    [
      'what is no number is passed over',
      {
        serviceAccountAnnotations: { ...annotated, ...account({ 'token-expiration': '7200' }) },
        podAnnotations: account({ 'token-expiration': '1e4' }),
      },
      'sts.amazonaws.com',
      7_200,
    ],
  ])('gives a token for the right audience and time: %s', (_case, given, audience, expirationSeconds) => {
    const [token] = tokensOf(inject(spec(), facts(given))) ?? [];
    expect([token?.audience, token?.expirationSeconds]).toEqual([audience, expirationSeconds]);
  });

  it('reaches init containers, keeps what is there, and adds no half of what a container sets itself', () => {
    const own = { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://localhost/mine' };
    const region = { name: 'AWS_REGION', value: 'us-east-1' };
    const all = [own, region, { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'legacy' }];
    const pod = inject(
      spec({
        containers: [
          { name: 'plain', env: [{ name: 'A', value: 'b' }, region] },
          { name: 'own', env: [own] },
          { name: 'all', env: all },
          { name: 'skipped' },
        ],
        initContainers: [{ name: 'init' }],
        volumes: [{ name: 'scratch' }],
      }),
      facts({ associated: true, podAnnotations: account({ 'skip-containers': 'x,skipped' }) }),
    );
    expect(envOf(pod, 0)).toEqual([
      'A=b',
      'AWS_REGION=us-east-1',
      'AWS_STS_REGIONAL_ENDPOINTS=regional',
      ...POD_IDENTITY_ENV,
    ]);
    // Its own credentials stay; the token is mounted all the same.
    expect(envOf(pod, 1)).toEqual([`${own.name}=${own.value}`, ...REGION_ENV]);
    expect(pod.containers[1]?.volumeMounts?.map(({ name }) => name)).toEqual(['eks-pod-identity-token']);
    expect(pod.containers[2]).toEqual({ name: 'all', env: all });
    expect(pod.containers[3]).toEqual({ name: 'skipped' });
    expect(pod.initContainers?.[0]?.env?.length).toBe(5);
    expect(pod.volumes?.map(({ name }) => name)).toEqual(['eks-pod-identity-token', 'scratch']);
  });

  it.each([
    ['a,b', 'skips both', [undefined, undefined]],
    ['a, b', 'skips a: the blank belongs to the name', [undefined, 5]],
    ['"a",b', 'skips both: it is CSV', [undefined, undefined]],
  ])('skip-containers %s %s', (skip, _what, variables) => {
    const containers = [{ name: 'a' }, { name: 'b' }];
    const podAnnotations = account({ 'skip-containers': skip });
    const pod = inject(spec({ containers }), facts({ associated: true, podAnnotations }));
    expect(pod.containers.map(({ env }) => env?.length)).toEqual(variables);
  });

  it('takes a volume of that name for its own, and still tells the containers of it', () => {
    const taken = { name: 'eks-pod-identity-token', emptyDir: {} };
    const pod = inject(spec({ volumes: [taken] }), facts({ associated: true }));
    expect(pod.volumes).toEqual([taken]);
    expect(envOf(pod)).toEqual([...REGION_ENV, ...POD_IDENTITY_ENV]);
  });

  it('names the file as Windows does, where the pod wants a Windows node', () => {
    const pod = inject(spec({ nodeSelector: { 'kubernetes.io/os': 'windows' } }), facts({ associated: true }));
    expect(envOf(pod)?.at(-1)).toBe(
      'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=C:\\var\\run\\secrets\\pods.eks.amazonaws.com\\serviceaccount\\eks-pod-identity-token',
    );
  });

  it('labels pods with Pod Identity, and no others', () => {
    expect(injectedLabels({ associated: true })).toEqual({ 'eks.amazonaws.com/pod-identity': 'enabled' });
    expect(injectedLabels({ associated: false })).toEqual({});
  });

  it('changes nothing the second time', () => {
    const once = inject(spec(), facts({ associated: true }));
    expect(inject(once, facts({ associated: true, jitter: 0.1 }))).toEqual(once);
  });
});
