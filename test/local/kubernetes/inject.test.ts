import { describe, expect, it } from '@jest/globals';
import { type InjectionFacts, inject } from '../../../local/kubernetes/inject.ts';
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

  it('gives a token for the right audience and time', () => {
    expect(tokensOf(inject(spec(), facts({ associated: true })))).toEqual([
      {
        name: 'eks-pod-identity-token',
        audience: 'pods.eks.amazonaws.com',
        expirationSeconds: 86_400,
        path: 'eks-pod-identity-token',
      },
    ]);
    const early = tokensOf(inject(spec(), facts({ associated: true, jitter: 0 })))?.[0]?.expirationSeconds;
    const late = tokensOf(inject(spec(), facts({ associated: true, jitter: 0.999 })))?.[0]?.expirationSeconds;
    expect([early, late]).toEqual([77_760, 95_023]);
    const account = { ...annotated, 'eks.amazonaws.com/audience': 'mine', 'eks.amazonaws.com/token-expiration': '60' };
    expect(tokensOf(inject(spec(), facts({ serviceAccountAnnotations: account })))).toEqual([
      { name: 'aws-iam-token', audience: 'mine', expirationSeconds: 3_600, path: 'token' },
    ]);
  });

  it('reaches init containers, keeps what is there, and leaves containers alone that bring their own', () => {
    const own = { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://localhost/mine' };
    const pod = inject(
      spec({
        containers: [
          {
            name: 'plain',
            env: [
              { name: 'A', value: 'b' },
              { name: 'AWS_REGION', value: 'us-east-1' },
            ],
          },
          { name: 'own', env: [own] },
          { name: 'skipped' },
        ],
        initContainers: [{ name: 'init' }],
        volumes: [{ name: 'scratch' }],
      }),
      facts({ associated: true, podAnnotations: { 'eks.amazonaws.com/skip-containers': 'x, skipped' } }),
    );
    expect(envOf(pod, 0)).toEqual([
      'A=b',
      'AWS_REGION=us-east-1',
      'AWS_STS_REGIONAL_ENDPOINTS=regional',
      ...POD_IDENTITY_ENV,
    ]);
    expect(pod.containers[1]).toEqual({ name: 'own', env: [own] });
    expect(pod.containers[2]).toEqual({ name: 'skipped' });
    expect(pod.initContainers?.[0]?.env?.length).toBe(5);
    expect(pod.volumes?.map(({ name }) => name)).toEqual(['eks-pod-identity-token', 'scratch']);
  });

  it('changes nothing the second time', () => {
    const once = inject(spec(), facts({ associated: true }));
    expect(inject(once, facts({ associated: true, jitter: 0.1 }))).toBe(once);
  });
});
