import { describe, expect, it } from '@jest/globals';
import type { V1PodSpec } from '@kubernetes/client-node';
import { effectiveIdentity } from '../../../functions/kubernetes/effective-identity.ts';
import { inject } from '../../../local/kubernetes/inject.ts';

const facts = { region: 'eu-west-1', associated: false, serviceAccountAnnotations: {}, jitter: 0 };
const irsa = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/irsa' };
const bare = { containers: [{ name: 'app', image: 'app' }] };
const container = (env: Record<string, string>) => ({
  containers: [{ name: 'app', env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
});
const token = (audience: string) => ({
  containers: [{ name: 'app' }],
  volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience } }] } }],
});
const URI = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';

describe('what the webhook injected', () => {
  it.each([
    ['with an association', { associated: true }, 'pod-identity'],
    ['with both', { associated: true, serviceAccountAnnotations: irsa }, 'pod-identity'],
    ['with the annotation alone', { serviceAccountAnnotations: irsa }, 'irsa'],
    ['with neither', {}, 'none'],
  ])('%s', (_, given, expected) => {
    expect(effectiveIdentity(inject(bare, { ...facts, ...given }))).toBe(expected);
  });
});

describe('one sign is enough', () => {
  it.each<[title: string, spec: V1PodSpec, expected: string]>([
    ['the address of the agent', container({ [URI]: 'http://169.254.170.23/v1/credentials' }), 'pod-identity'],
    ['its IPv6 address', container({ [URI]: 'http://[fd00:ec2::23]/v1/credentials' }), 'pod-identity'],
    [
      'in an init container',
      {
        containers: [{ name: 'app' }],
        initContainers: container({ [URI]: 'http://169.254.170.23/v1/credentials' }).containers,
      },
      'pod-identity',
    ],
    ['only the token', token('pods.eks.amazonaws.com'), 'pod-identity'],
    ['another credentials server', container({ [URI]: 'http://169.254.170.2/v2/credentials' }), 'none'],
    ["IRSA's variable", container({ AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }), 'irsa'],
    ["IRSA's token", token('sts.amazonaws.com'), 'irsa'],
    ["IRSA's token in China", token('sts.amazonaws.com.cn'), 'irsa'],
    ["the API server's own token", token('https://kubernetes.default.svc'), 'none'],
    ['static keys', container({ AWS_ACCESS_KEY_ID: 'AKID' }), 'none'],
  ])('%s', (_, spec, expected) => {
    expect(effectiveIdentity(spec)).toBe(expected);
  });
});
