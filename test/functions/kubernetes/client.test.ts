/** The client against a TLS server that answers as it is told: what each fault becomes, and what is sent. */

import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DescribeClusterCommand, EKSClient, EKSServiceException } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { type ClusterLogin, connect, openCluster } from '../../../functions/kubernetes/client.ts';
import { evict, podsOf } from '../../../functions/kubernetes/pods.ts';
import { irsaUsers } from '../../../functions/kubernetes/service-accounts.ts';
import { makeAuthority } from '../../../local/kubernetes/authority.ts';
import { pod } from '../revocation/pod-facts.ts';

type Answer = { readonly status: number; readonly body: unknown };
const EMPTY = { status: 200, body: { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] } };
const status = (code: number, reason: string, message: string, details = {}): Answer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details },
});

const eks = mockClient(EKSClient);
const answers: Answer[] = [];
const seen: IncomingMessage[] = [];
const bodies: string[] = [];
const sockets = new Set<unknown>();
let server: Server;
let login: ClusterLogin;

beforeAll(async () => {
  process.env.AWS_REGION = 'eu-west-1';
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  const authority = await makeAuthority(new Date());
  server = createServer(await authority.issue(['127.0.0.1']), (request, response) => {
    seen.push(request);
    sockets.add(request.socket);
    request.setEncoding('utf8');
    let text = '';
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      bodies.push(text);
      const answer = answers.shift() ?? EMPTY;
      const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  login = {
    name: 'payments',
    endpoint: `https://127.0.0.1:${port}`,
    certificateAuthority: Buffer.from(authority.ca).toString('base64'),
    token: 'k8s-aws-v1.token',
  };
});
beforeEach(() => {
  eks.reset();
  answers.length = 0;
  seen.length = 0;
  bodies.length = 0;
  sockets.clear();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const list = async (rest: Partial<ClusterLogin> = {}) =>
  podsOf(await connect({ ...login, ...rest }), 'checkout', 'api');

describe('what a fault becomes', () => {
  it.each<[Answer, string, RegExp]>([
    [status(401, 'Unauthorized', 'Unauthorized'), 'ClusterUnauthorized', /access entry/],
    [
      status(403, 'Forbidden', 'pods is forbidden'),
      'ClusterForbidden',
      /list pods in namespace checkout.*pods is forbidden.*access entry/,
    ],
    [status(404, 'NotFound', 'no such namespace'), 'NotFound', /no such namespace/],
    [status(410, 'Expired', 'the list has changed'), 'ServiceUnavailable', /the list has changed/],
    [status(429, 'TooManyRequests', 'too many'), 'Throttled', /slow down/],
    [status(500, 'InternalError', 'etcd'), 'ServiceUnavailable', /500: etcd/],
    [{ status: 503, body: '<html>gateway</html>' }, 'ServiceUnavailable', /gateway/],
    [status(422, 'Invalid', 'odd'), 'Refused', /odd/],
  ])('%j', async (answer, name, message) => {
    answers.push(answer);
    await expect(list()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
      cause: expect.anything(),
    });
  });

  it('another CA: not trusted', async () => {
    const { ca } = await makeAuthority(new Date());
    const certificateAuthority = Buffer.from(ca).toString('base64');
    await expect(list({ certificateAuthority })).rejects.toMatchObject({ name: 'ClusterUntrusted' });
    expect(seen).toEqual([]);
  });

  it('another host than the certificate is for: not trusted', async () => {
    const endpoint = login.endpoint.replace('127.0.0.1', 'localhost');
    await expect(list({ endpoint })).rejects.toMatchObject({ name: 'ClusterUntrusted' });
  });

  it('a port where nobody listens, and a name that nobody has: not reachable', async () => {
    await expect(list({ endpoint: 'https://127.0.0.1:1' })).rejects.toMatchObject({ name: 'ClusterUnreachable' });
    await expect(list({ endpoint: 'https://podid.invalid' })).rejects.toMatchObject({ name: 'ClusterUnreachable' });
  });
});

describe('what is sent', () => {
  it('is the token and the field selector, page by page', async () => {
    answers.push({ status: 200, body: { ...EMPTY.body, metadata: { continue: 'more' } } });
    expect(await list()).toEqual([]);
    const urls = seen.map(({ url }) => new URL(url ?? '', login.endpoint));
    expect(urls.map(({ pathname }) => pathname)).toEqual(Array(2).fill('/api/v1/namespaces/checkout/pods'));
    expect(urls.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      { fieldSelector: 'spec.serviceAccountName=api', limit: '500' },
      { fieldSelector: 'spec.serviceAccountName=api', limit: '500', continue: 'more' },
    ]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer k8s-aws-v1.token'));
  });

  it('goes over the same connections: a handshake for each call would take longer than the calls', async () => {
    answers.push(...Array(30).fill({ status: 200, body: { ...EMPTY.body, metadata: { continue: 'more' } } }));
    await list();
    expect(seen).toHaveLength(31);
    expect(sockets.size).toBeLessThanOrEqual(3);
  });
});

describe('service accounts that ask for a role', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/orders';
  const answered = (name: string, next?: string): Answer => ({
    status: 200,
    body: {
      kind: 'ServiceAccountList',
      apiVersion: 'v1',
      metadata: next === undefined ? {} : { continue: next },
      items: [
        { metadata: { namespace: 'checkout', name, annotations: { 'eks.amazonaws.com/role-arn': ROLE } } },
        { metadata: { namespace: 'checkout', name: `${name}-plain` } },
      ],
    },
  });
  const user = (serviceAccount: string) => ({
    namespace: 'checkout',
    serviceAccount,
    irsa: { roleArn: ROLE, valid: true },
  });

  it('are listed four pages a call, and the next call goes on there', async () => {
    answers.push(...['a', 'b', 'c', 'd'].map((name) => answered(name, `after-${name}`)), answered('e'));
    const cluster = await connect(login);
    const first = await irsaUsers(cluster);
    expect(first).toEqual({ users: ['a', 'b', 'c', 'd'].map(user), next: 'after-d' });
    expect(seen).toHaveLength(4);
    expect(await irsaUsers(cluster, first.next)).toEqual({ users: [user('e')] });
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/v1/serviceaccounts?limit=500',
      ...['a', 'b', 'c', 'd'].map((name) => `/api/v1/serviceaccounts?continue=after-${name}&limit=500`),
    ]);
  });

  it('have to be begun anew when the list is too old to go on', async () => {
    answers.push(status(410, 'Expired', 'the list has changed'));
    await expect(irsaUsers(await connect(login), 'old')).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringMatching(/list serviceaccounts .*must begin again/),
    });
  });
});

describe('an eviction', () => {
  const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget api needs 2 healthy pods' }];
  it.each<[Answer, object]>([
    [{ status: 201, body: { kind: 'Eviction' } }, { done: 'told' }],
    [status(404, 'NotFound', 'gone'), { done: 'gone' }],
    [status(409, 'Conflict', 'the UID in the precondition does not match'), { done: 'gone' }],
    [
      status(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", { causes }),
      { done: 'refused', because: 'The disruption budget api needs 2 healthy pods' },
    ],
    [
      status(
        500,
        '',
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      ),
      { done: 'refused', because: expect.stringMatching(/two disruption budgets/) },
    ],
  ])('answered by %j', async (answer, expected) => {
    answers.push(answer);
    expect(await evict(await connect(login), 'checkout', pod('api-1'))).toEqual(expected);
  });

  it('is of this very pod, and not of one that has taken its name', async () => {
    answers.push({ status: 201, body: { kind: 'Eviction' } });
    await evict(await connect(login), 'checkout', pod('api-1'));
    expect(seen[0]?.url).toBe('/api/v1/namespaces/checkout/pods/api-1/eviction');
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ deleteOptions: { preconditions: { uid: 'uid-api-1' } } });
  });

  it('refused by an overloaded server is no budget', async () => {
    const details = { causes: [{ reason: 'Overload' }], retryAfterSeconds: 1 };
    answers.push(status(429, 'TooManyRequests', 'too many requests, please try again later', details));
    await expect(evict(await connect(login), 'checkout', pod('api-1'))).rejects.toMatchObject({ name: 'Throttled' });
  });
});

describe('opening a cluster', () => {
  const cluster = { account: '111122223333', region: 'eu-west-1', cluster: 'payments' };
  const at = (now: string, functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:podid-verify') => ({
    functionArn,
    now: () => new Date(now),
  });
  const present = () =>
    eks.on(DescribeClusterCommand, { name: 'payments' }).resolves({
      cluster: {
        endpoint: login.endpoint,
        certificateAuthority: { data: login.certificateAuthority },
        status: 'ACTIVE',
      },
    });
  const described = () => eks.commandCalls(DescribeClusterCommand).length;
  const open = async (now: string) => podsOf(await openCluster(cluster, at(now)), 'checkout', 'api');

  it('keeps the endpoint and the token for 14 minutes, or until it does not work', async () => {
    present();
    await open('2026-11-21T09:00:00Z');
    await open('2026-11-21T09:13:59Z');
    expect(described()).toBe(1);
    await open('2026-11-21T09:14:00Z');
    expect(described()).toBe(2);
    const tokens = new Set(seen.map(({ headers }) => headers.authorization));
    expect([...tokens]).toEqual([
      expect.stringMatching(/^Bearer k8s-aws-v1\./),
      expect.stringMatching(/^Bearer k8s-aws-v1\./),
    ]);
    answers.push(status(401, 'Unauthorized', 'Unauthorized'));
    await expect(open('2026-11-21T09:15:00Z')).rejects.toMatchObject({ name: 'ClusterUnauthorized' });
    await open('2026-11-21T09:15:01Z');
    expect(described()).toBe(3);
  });

  it('tells a cluster that is gone from one that is not ready', async () => {
    const ref = { ...cluster, cluster: 'orders' };
    eks
      .on(DescribeClusterCommand)
      .rejects(new EKSServiceException({ name: 'ResourceNotFoundException', $fault: 'client', $metadata: {} }));
    await expect(openCluster(ref, at('2026-11-21T09:00:00Z'))).rejects.toMatchObject({ name: 'ClusterGone' });
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: 'orders', status: 'CREATING' } });
    await expect(openCluster(ref, at('2026-11-21T09:00:00Z'))).rejects.toMatchObject({
      name: 'ClusterUnreachable',
      message: expect.stringMatching(/CREATING/),
    });
  });

  it("does not take another account's cluster for its own", async () => {
    const other = at('2026-11-21T09:00:00Z', 'arn:aws:lambda:eu-west-1:444455556666:function:podid-verify');
    await expect(openCluster(cluster, other)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(described()).toBe(0);
  });
});
