/**
 * A cluster of real parts behind the same contract as the embedded one: kube-apiserver, etcd, controllers and scheduler, with kwok's nodes.
 * Our access entries are its token webhook, our injection is its admission webhook.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import * as z from 'zod';
import { type ClusterOptions, type LocalCluster, TokenExpired, TokenInvalid } from './contract.ts';
import { nodeManifest } from './node-manifest.ts';
import { admissionWebhook, serveWebhooks, tokenWebhookFlags, type Webhooks } from './webhooks.ts';

export type RealOptions = ClusterOptions & {
  /** The folder with `up` and `down`. */
  readonly tools: string;
};

const run = promisify(execFile);

/** Starts it: 4 to 5 s. @throws Error when a program doesn't start; its message names the folder of the logs */
export const startRealCluster = async (options: RealOptions): Promise<LocalCluster> => {
  const { tools } = options;
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-cluster-'));
  const webhooks = await serveWebhooks(options);
  try {
    const flags = tokenWebhookFlags(dir, options, webhooks);
    // No nodes of its own: those of the fleet come below.
    const { stdout } = await run(path.join(tools, 'up'), [dir, '0'], {
      env: { ...process.env, APISERVER_FLAGS: flags.join(' ') },
    });
    const cluster = await equip(stdout.trim(), options, webhooks);
    return { ...cluster, close: () => stop(tools, dir, webhooks).then(() => rmSync(dir, { recursive: true })) };
  } catch (error) {
    // The folder stays: its logs say why.
    await stop(tools, dir, webhooks);
    throw error;
  }
};

/** The folder with `up` and `down`, where KUBEBUILDER_ASSETS names the programs: PODID_KUBERNETES_TOOLS, else beside the checkout. */
export const realKubernetesTools = (): string | undefined => {
  if (process.env.KUBEBUILDER_ASSETS === undefined) return undefined;
  const tools =
    process.env.PODID_KUBERNETES_TOOLS ?? path.join(import.meta.dirname, '../../../shared/tools/kubernetes');
  return existsSync(path.join(tools, 'up')) ? tools : undefined;
};

const stop = async (tools: string, dir: string, webhooks: Webhooks): Promise<void> => {
  await run(path.join(tools, 'down'), [dir]);
  webhooks.close();
};

/** What every cluster has from the start, as its admin; and what can be asked of it from then on. */
const equip = async (
  kubeconfig: string,
  options: RealOptions,
  webhooks: Webhooks,
): Promise<Omit<LocalCluster, 'close'>> => {
  const admin = new KubeConfig();
  admin.loadFromFile(kubeconfig);
  const server = admin.getCurrentCluster();
  if (server?.caData === undefined) throw new Error(`${kubeconfig} names no cluster with a CA`);
  const objects = KubernetesObjectApi.makeApiClient(admin);
  webhooks.annotationsOf = async (namespace, name) => {
    const account = await objects.read({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } });
    return account.metadata?.annotations ?? {};
  };
  await applyAll(objects, [
    ...(options.nodes ?? []).map((node) => nodeManifest(node, options.region)),
    admissionWebhook(options, webhooks),
  ]);
  await injecting(objects, webhooks);
  return {
    endpoint: server.server,
    certificateAuthority: Buffer.from(server.caData, 'base64').toString('utf8'),
    issuer: 'https://kubernetes.default.svc',
    // The server itself judges its tokens, see `reviewToken`: nobody here needs the keys.
    jwks: () => ({ keys: [] }),
    apply: (manifests) => applyAll(objects, manifests),
    remove: (manifests) => removeAll(objects, manifests),
    reviewToken: (token, audience) => reviewToken(objects, token, audience),
  };
};

/** Creates each object, or merges it into what is there. */
const applyAll = async (objects: KubernetesObjectApi, manifests: readonly KubernetesObject[]): Promise<void> => {
  for (const manifest of manifests) {
    try {
      await objects.create(manifest);
    } catch (error) {
      if (codeOf(error) !== 409) throw error;
      await objects.patch(manifest, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    }
    if (manifest.kind === 'Namespace') await defaultAccountOf(objects, manifest.metadata?.name ?? '');
  }
};

const removeAll = async (objects: KubernetesObjectApi, manifests: readonly KubernetesObject[]): Promise<void> => {
  for (const manifest of manifests) {
    try {
      await objects.delete(manifest);
    } catch (error) {
      if (codeOf(error) !== 404) throw error;
    }
  }
};

/** A namespace takes no pods until the controller has given it its service account. */
const defaultAccountOf = (objects: KubernetesObjectApi, namespace: string): Promise<void> =>
  eventually(`the service account of the namespace ${namespace}`, async () => {
    try {
      await objects.read({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } });
      return true;
    } catch (error) {
      if (codeOf(error) !== 404) throw error;
      return false;
    }
  });

/** The server asks a webhook some moments after it was registered; pods made before would miss their credentials. */
const injecting = (objects: KubernetesObjectApi, webhooks: Webhooks): Promise<void> =>
  eventually('the admission webhook', async () => {
    const metadata = { name: 'podid-probe', namespace: 'default' };
    const spec = { containers: [{ name: 'probe', image: 'probe' }] };
    await objects.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec } as KubernetesObject, undefined, 'All');
    return webhooks.asked();
  });

const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await delay(100);
  }
  throw new Error(`${what}: not there after 30 s`);
};

const codeOf = (error: unknown): number | undefined => (error instanceof ApiException ? error.code : undefined);

const ReviewedToken = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    error: z.string().optional(),
    user: z
      .object({ username: z.string().optional(), extra: z.record(z.string(), z.array(z.string())).default({}) })
      .optional(),
  }),
});

/** The server's own TokenReview: signature, audience, expiry, and that the service account and the pod still exist. */
const reviewToken = async (objects: KubernetesObjectApi, token: string, audience: string) => {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences: [audience] },
  };
  const { authenticated, error, user } = ReviewedToken.parse(await objects.create(review as KubernetesObject)).status;
  const [kind, , namespace, serviceAccount] = user?.username?.split(':') ?? [];
  if (!authenticated || kind !== 'system' || namespace === undefined || serviceAccount === undefined) {
    const why = error ?? 'the cluster does not know this token';
    throw /expired/.test(why) ? new TokenExpired(why) : new TokenInvalid(why);
  }
  const name = user?.extra['authentication.kubernetes.io/pod-name']?.[0];
  const uid = user?.extra['authentication.kubernetes.io/pod-uid']?.[0];
  return { namespace, serviceAccount, ...(name !== undefined && uid !== undefined && { pod: { name, uid } }) };
};
