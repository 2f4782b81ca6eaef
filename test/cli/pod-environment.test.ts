/** What of a pod's environment reaches a local process, and what of the person's own does not. */
import { describe, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { environmentOf, processVariables } from '../../cli/pod-environment.ts';
import { podNameFrom } from '../../cli/pod-find.ts';
import { inject } from '../../local/kubernetes/inject.ts';

const ROLE = 'arn:aws:iam::222222222222:role/api';

/** A pod as the webhook leaves it. */
const podWith = (associated: boolean, annotations: Record<string, string> = {}): V1Pod => {
  const spec = inject(
    {
      serviceAccountName: 'api',
      containers: [
        {
          name: 'api',
          image: 'x',
          env: [
            { name: 'TABLE', value: 'orders' },
            { name: 'PLACE', value: '$(TABLE)-$(NOWHERE)-$$(TABLE)' },
          ],
        },
      ],
    },
    { region: 'eu-west-1', associated, serviceAccountAnnotations: annotations, jitter: 0.5 },
  );
  return { metadata: { name: 'api-0', namespace: 'checkout', uid: 'u-1' }, spec };
};

const found = (pod: V1Pod) => {
  const environment = environmentOf(pod);
  if (environment === undefined) throw new Error('the pod has no container');
  return environment;
};

const OWN = {
  PATH: '/bin',
  HOME: '/home/dana',
  AWS_PROFILE: 'payments',
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_CONFIG_FILE: '/home/dana/aws-config',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4747',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4747',
  PODID_TOKEN: 'jwt',
  KUBECONFIG: '/home/dana/kubeconfig',
};

describe('with an association', () => {
  const environment = found(podWith(true));
  const file = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token';

  it('the pod asks the agent, with a token for it', () => {
    expect(environment.agent).toBe(true);
    expect(environment.tokens).toEqual([{ path: file, audience: 'pods.eks.amazonaws.com', seconds: 82_800 }]);
  });

  it('the process gets its variables, our endpoint and our file, and nothing that the person may do', () => {
    const here = { agent: 'http://127.0.0.1:5000', files: new Map([[file, '/tmp/x/token']]), empty: '/tmp/x/empty' };
    expect(processVariables(environment, OWN, here)).toEqual({
      PATH: '/bin',
      HOME: '/home/dana',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4747',
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4747',
      AWS_CONFIG_FILE: '/tmp/x/empty',
      AWS_SHARED_CREDENTIALS_FILE: '/tmp/x/empty',
      BOTO_CONFIG: '/tmp/x/empty',
      AWS_EC2_METADATA_DISABLED: 'true',
      TABLE: 'orders',
      PLACE: 'orders-$(NOWHERE)-$(TABLE)',
      AWS_STS_REGIONAL_ENDPOINTS: 'regional',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_REGION: 'eu-west-1',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:5000/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/tmp/x/token',
    });
  });
});

it('with IRSA the process gets the role and a token file for STS, and asks no agent', () => {
  const environment = found(podWith(false, { 'eks.amazonaws.com/role-arn': ROLE }));
  const file = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
  expect(environment.agent).toBe(false);
  expect(environment.tokens).toEqual([{ path: file, audience: 'sts.amazonaws.com', seconds: 86_400 }]);
  const variables = processVariables(environment, OWN, { files: new Map([[file, '/tmp/t']]), empty: '/tmp/e' });
  expect(variables).toMatchObject({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: '/tmp/t' });
  expect(variables.AWS_CONTAINER_CREDENTIALS_FULL_URI).toBeUndefined();
});

it('without either it gets no region and no credentials, but the metadata service where the pod reaches it', () => {
  const variables = processVariables(found(podWith(false)), OWN, {
    files: new Map(),
    empty: '/tmp/e',
    metadata: 'http://127.0.0.1:6000',
  });
  expect(variables).toMatchObject({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:6000', TABLE: 'orders' });
  expect(
    Object.keys(variables)
      .filter((name) => name.startsWith('AWS_'))
      .sort(),
  ).toEqual([
    'AWS_CONFIG_FILE',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_STS',
    'AWS_SHARED_CREDENTIALS_FILE',
  ]);
});

it('values of secrets and config maps are named, not fetched; fields of the pod are filled in', () => {
  const env = [
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
  ];
  const envFrom = [{ configMapRef: { name: 'settings' } }];
  const pod: V1Pod = {
    metadata: { name: 'api-0' },
    spec: { containers: [{ name: 'a' }, { name: 'b', env, envFrom }] },
  };
  expect(environmentOf(pod, 'b')).toMatchObject({
    variables: new Map([['POD', 'api-0']]),
    left: ['all of settings', 'PASSWORD'],
  });
  expect(environmentOf(pod)).toMatchObject({ variables: new Map() });
  expect(environmentOf(pod, 'c')).toBeUndefined();
});

describe('the name of a pod', () => {
  it.each([
    ['checkout/api-0', { namespace: 'checkout', name: 'api-0' }],
    ['checkout/deploy/api', { namespace: 'checkout', kind: 'Deployment', name: 'api' }],
    ['checkout/StatefulSets/worker', { namespace: 'checkout', kind: 'StatefulSet', name: 'worker' }],
    ['jobs/api', { namespace: 'jobs', name: 'api' }],
  ])('%s', (text, expected) => {
    expect(podNameFrom(text)).toEqual(expected);
  });

  it.each(['api', 'checkout/', '/api', 'checkout/cronjob/x', 'a/b/c/d', ''])('%j is none', (text) => {
    expect(() => podNameFrom(text)).toThrow(/NAMESPACE\/NAME/);
  });
});
