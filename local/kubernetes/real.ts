/**
 * A cluster on the real kube-apiserver, controllers and scheduler (kwok's nodes), behind the same contract as the embedded one: our access entries are its
 * token webhook, our injection is its admission webhook.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { KubeConfig, type KubernetesObject, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { type ClusterOptions, type LocalCluster, TokenExpired, TokenInvalid } from './contract.ts';
import { inject } from './inject.ts';
import type { Labels, PodSpec } from './objects.ts';

export type RealOptions = ClusterOptions & {
  /** The folder with `up` and `down`. */
  readonly tools: string;
};

/** Starts it: 4 to 5 s. @throws when a program doesn't start; its message names the folder of the logs */
export const startRealCluster = async (options: RealOptions): Promise<LocalCluster> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-cluster-'));
  const webhooks = await serveWebhooks(options);
  try {
    const file = await up(options.tools, dir, tokenWebhook(dir, options, webhooks));
    const admin = new KubeConfig();
    admin.loadFromFile(file);
    const objects = KubernetesObjectApi.makeApiClient(admin);
    webhooks.annotationsOf = async (namespace, name) => {
      const account = await objects.read({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } });
      return account.metadata?.annotations ?? {};
    };
    const apply = (manifests: readonly object[]) => applyAll(objects, manifests);
    await apply([...(options.nodes ?? []).map(nodeManifest), admissionWebhook(options, webhooks)]);
    const server = admin.getCurrentCluster();
    if (server === null || server.caData === undefined) throw new Error(`${file} names no cluster with a CA`);
    return {
      endpoint: server.server,
      certificateAuthority: Buffer.from(server.caData, 'base64').toString('utf8'),
      issuer: 'https://kubernetes.default.svc',
      // The real server answers this itself, to whoever may ask; nothing local needs it beforehand.
      jwks: () => ({ keys: [] }),
      apply,
      reviewToken: (token, audience) => reviewToken(objects, token, audience),
      close: async () => {
        await promisify(execFile)(path.join(options.tools, 'down'), [dir]);
        webhooks.close();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    webhooks.close();
    throw error;
  }
};

const up = async (tools: string, dir: string, flags: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(path.join(tools, 'up'), [dir, '0'], {
    env: { ...process.env, APISERVER_FLAGS: flags },
  });
  return stdout.trim();
};

type Webhooks = {
  readonly url: string;
  annotationsOf: (namespace: string, serviceAccount: string) => Promise<Labels>;
  readonly close: () => void;
};

const serveWebhooks = async (options: ClusterOptions): Promise<Webhooks> => {
  const { cert, key } = options.tls;
  const server: Server = createServer({ cert, key }, async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const review: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const answer = request.url?.startsWith('/inject') ? await admit(review) : await authenticate(review);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const webhooks: Webhooks = {
    url: `https://127.0.0.1:${port}`,
    annotationsOf: async () => ({}),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };

  const authenticate = async (review: unknown) => {
    const { spec } = review as { spec: { token: string } };
    const user = await options.authenticate(spec.token);
    return {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      status: user === undefined ? { authenticated: false } : { authenticated: true, user },
    };
  };

  const admit = async (review: unknown) => {
    const { request } = review as {
      request: { uid: string; namespace: string; object: { metadata: { annotations?: Labels }; spec: PodSpec } };
    };
    const { metadata, spec } = request.object;
    const serviceAccount = spec.serviceAccountName ?? 'default';
    const injected = inject(spec, {
      region: options.region,
      associated: options.association(request.namespace, serviceAccount) !== undefined,
      serviceAccountAnnotations: await webhooks.annotationsOf(request.namespace, serviceAccount),
      ...(metadata.annotations === undefined ? {} : { podAnnotations: metadata.annotations }),
      jitter: Math.random(),
    });
    const patch = JSON.stringify([{ op: 'replace', path: '/spec', value: injected }]);
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: request.uid,
        allowed: true,
        ...(injected === spec ? {} : { patchType: 'JSONPatch', patch: Buffer.from(patch).toString('base64') }),
      },
    };
  };
  return webhooks;
};

/** The API server asks us about every token that it doesn't know itself; `?` keeps answers apart from the cache of others. */
const tokenWebhook = (dir: string, { tls }: ClusterOptions, { url }: Webhooks): string => {
  const file = path.join(dir, 'token-webhook.yaml');
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'podid',
      clusters: [
        {
          name: 'podid',
          cluster: {
            server: `${url}/authenticate`,
            'certificate-authority-data': Buffer.from(tls.ca).toString('base64'),
          },
        },
      ],
      users: [{ name: 'podid' }],
      contexts: [{ name: 'podid', context: { cluster: 'podid', user: 'podid' } }],
    }),
  );
  return [
    `--authentication-token-webhook-config-file=${file}`,
    '--authentication-token-webhook-version=v1',
    '--authentication-token-webhook-cache-ttl=10s',
  ].join(' ');
};

const admissionWebhook = ({ tls }: ClusterOptions, { url }: Webhooks) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'pod-identity-webhook' },
  webhooks: [
    {
      name: 'pod-identity-webhook.amazonaws.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      // As on EKS: a webhook that is down must not stop pods from being made.
      failurePolicy: 'Ignore',
      clientConfig: { url: `${url}/inject`, caBundle: Buffer.from(tls.ca).toString('base64') },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
});

const nodeManifest = ({ name, labels, providerID }: { name: string; labels?: Labels; providerID?: string }) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels },
  },
  ...(providerID === undefined ? {} : { spec: { providerID } }),
});

const applyAll = async (objects: KubernetesObjectApi, manifests: readonly object[]): Promise<void> => {
  for (const manifest of manifests as readonly KubernetesObject[]) {
    try {
      await objects.create(manifest);
    } catch (error) {
      if ((error as { code?: number }).code !== 409) throw error;
      await objects.patch(manifest, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    }
  }
};

type TokenReviewStatus = {
  authenticated?: boolean;
  error?: string;
  user?: { username: string; extra?: Record<string, string[]> };
};

const reviewToken = async (objects: KubernetesObjectApi, token: string, audience: string) => {
  const { status } = (await objects.create({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: {},
    spec: { token, audiences: [audience] },
  } as KubernetesObject)) as { status?: TokenReviewStatus };
  const [, , namespace, serviceAccount] = status?.user?.username.split(':') ?? [];
  if (status?.authenticated !== true || namespace === undefined || serviceAccount === undefined) {
    const why = status?.error ?? 'the cluster does not know this token';
    throw /expired/.test(why) ? new TokenExpired(why) : new TokenInvalid(why);
  }
  const name = status.user?.extra?.['authentication.kubernetes.io/pod-name']?.[0];
  const uid = status.user?.extra?.['authentication.kubernetes.io/pod-uid']?.[0];
  return { namespace, serviceAccount, ...(name === undefined || uid === undefined ? {} : { pod: { name, uid } }) };
};

/** The folder with `up` and `down`, where the environment names the programs: PODID_KUBERNETES_TOOLS, else beside the checkout. */
export const realKubernetesTools = (): string | undefined => {
  if (process.env['KUBEBUILDER_ASSETS'] === undefined) return undefined;
  const tools =
    process.env['PODID_KUBERNETES_TOOLS'] ?? path.join(import.meta.dirname, '../../../shared/tools/kubernetes');
  try {
    readFileSync(path.join(tools, 'up'));
    return tools;
  } catch {
    return undefined;
  }
};
