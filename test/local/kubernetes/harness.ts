/** A cluster for a test: quick pods, an admin, a user without rights, and clients for both. */
import { execFile } from 'node:child_process';
import { accessSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import {
  type ClusterOptions,
  type LocalCluster,
  makeAuthority,
  startCluster,
} from '../../../local/kubernetes/index.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const ADMIN = 'admin-token';

/** Tokens of the tests, and whose they are. */
const USERS: { readonly [token: string]: { username: string; groups: string[] } } = {
  [ADMIN]: { username: 'admin', groups: ['system:masters'] },
  'bob-token': { username: 'bob', groups: ['developers'] },
};

let authority: ReturnType<typeof makeAuthority> | undefined;

/** Starts a cluster. */
export const start = async (options: Partial<ClusterOptions> = {}): Promise<LocalCluster> =>
  startCluster(await optionsOf(options));

/** What a cluster is started with; the certificate authority is shared by the clusters of a test file. */
export const optionsOf = async (options: Partial<ClusterOptions> = {}): Promise<ClusterOptions> => {
  authority ??= makeAuthority(new Date());
  const { ca, issue } = await authority;
  const name = options.name ?? 'payments';
  return {
    name,
    account: ACCOUNT,
    region: REGION,
    arn: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${name}`,
    tls: { ca, ...(await issue(['127.0.0.1'])) },
    authenticate: async (token) => USERS[token],
    association: () => undefined,
    now: () => new Date(),
    nodes: [{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3' }],
    podStartMillis: 20,
    podStopMillis: 10,
    ...options,
  };
};

/** A client's configuration for a cluster, with one of the tests' tokens. */
export const configOf = (cluster: LocalCluster, token = ADMIN): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: 'c', server: cluster.endpoint, caData: Buffer.from(cluster.certificateAuthority).toString('base64') },
    ],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'c', cluster: 'c', user: 'u' }],
    currentContext: 'c',
  });
  return config;
};

export type Reply = { code: number; headers: { [name: string]: unknown }; body: { [field: string]: unknown } };

/** One request, as a client without any library sends it. */
export const call = (
  cluster: LocalCluster,
  method: string,
  path: string,
  { body, token = ADMIN, headers = {} }: { body?: unknown; token?: string; headers?: { [name: string]: string } } = {},
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const options = {
      method,
      ca: cluster.certificateAuthority,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...headers,
      },
    };
    const sent = request(`${cluster.endpoint}${path}`, options, (response) => {
      let received = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        received += chunk;
      });
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, headers: response.headers, body: asObject(received) }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });

const asObject = (text: string): { [field: string]: unknown } => {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
};

/** Asks until the answer satisfies; fails loudly with the last answer. */
export const until = async <T>(
  ask: () => Promise<T> | T,
  satisfied: (answer: T) => boolean,
  what: string,
): Promise<T> => {
  const end = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

export type Output = { code: number; stdout: string; stderr: string };
/** Runs kubectl with these arguments; `input` is its standard input, `more` is added to its environment. */
export type Kubectl = (args: string, input?: string, more?: { [name: string]: string }) => Promise<Output>;

/** kubectl for a cluster, with a kubeconfig and a home of its own. */
export const kubectlFor = (cluster: LocalCluster, token = ADMIN): { kubectl: Kubectl; dispose: () => void } => {
  const home = mkdtempSync(join(tmpdir(), 'podid-kubectl-'));
  writeFileSync(join(home, 'config'), configOf(cluster, token).exportConfig());
  const kubectl: Kubectl = (args, input, more = {}) =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: join(home, 'config'), ...more };
      const child = execFile('kubectl', split(args), { env, timeout: 25_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
      child.stdin?.end(input ?? '');
    });
  return { kubectl, dispose: () => rmSync(home, { recursive: true, force: true }) };
};

/** Whether the real kubectl is installed. */
export const hasKubectl = (process.env.PATH ?? '').split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, 'kubectl'));
    return true;
  } catch {
    return false;
  }
});

/** At spaces outside single quotes, as a shell would. */
const split = (args: string): string[] =>
  [...args.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));

export const deployment = (name: string, replicas: number, more: object = {}, template: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'main:1' }], ...template },
    },
    ...more,
  },
});

export const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
export const serviceAccount = (name: string, annotations: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'shop', annotations },
});
