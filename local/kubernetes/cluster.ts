/** Puts a cluster together: store, API server, controllers, and what every cluster has from the start. */
import { once } from 'node:events';
import type { ClusterOptions, LocalCluster } from './contract.ts';
import { startControllers } from './controllers/start.ts';
import { DEFAULT_ROLES } from './default-roles.ts';
import { deleteObject } from './deletion.ts';
import { eventRecorder } from './events.ts';
import { asJson, isObject, type JsonObject } from './json.ts';
import { findKind, type Kind, kindOf } from './kinds.ts';
import { nodeManifest } from './node-manifest.ts';
import { keyOf } from './objects.ts';
import { MERGE, patched, STRATEGIC } from './patch/index.ts';
import { makeRegistry, type Registry } from './registry.ts';
import { schemaOf } from './schema.ts';
import { makeServer } from './server.ts';
import { ApiError, badRequest } from './status.ts';
import { makeStore } from './store.ts';
import { makeTokens } from './tokens.ts';

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Starts an embedded Kubernetes API on 127.0.0.1.
 * @throws Error with code EADDRINUSE when the port is taken
 */
export const startCluster = async (options: ClusterOptions): Promise<LocalCluster> => {
  const { tls, now, region, association, version = 'v1.34.2' } = options;
  const store = makeStore();
  const registry = makeRegistry(store, { region, association, now });
  const tokens = await makeTokens(store, options);
  const server = makeServer({ registry, tokens, now, tls, authenticate: options.authenticate, version });
  server.listen(options.port ?? 0, '127.0.0.1');
  // Rejects when the port is taken: nothing has been started yet.
  await once(server, 'listening');
  const loop = startControllers(registry, eventRecorder(store, registry.timestamp), {
    startMillis: options.podStartMillis ?? 300,
    stopMillis: options.podStopMillis ?? 200,
    jobMillis: options.jobPodMillis ?? 1_000,
    now,
    certificateAuthority: tls.ca,
    version,
  });

  for (const name of NAMESPACES) registry.create(kindOf('namespaces'), undefined, { metadata: { name } });
  for (const role of DEFAULT_ROLES) put(registry, role);
  for (const node of options.nodes ?? []) registry.create(kindOf('nodes'), undefined, nodeManifest(node, region));
  await loop.idle();

  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `https://127.0.0.1:${port}`,
    certificateAuthority: tls.ca,
    issuer: tokens.issuer,
    jwks: tokens.jwks,
    reviewToken: tokens.review,
    apply: async (manifests) => {
      for (const manifest of manifests.map(asJson).flatMap(flatten)) {
        put(registry, manifest);
        // What comes next may need what controllers make of this one: a namespace's service account, say.
        await loop.idle();
      }
    },
    remove: async (manifests) => {
      for (const manifest of manifests.map(asJson).flatMap(flatten)) removeObject(registry, manifest);
      await loop.idle();
    },
    close: async () => {
      loop.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** Creates an object, or merges the manifest into what is there. */
const put = (registry: Registry, manifest: JsonObject): void => {
  const { kind, namespace, name } = identify(manifest);
  write(registry, kind, namespace, name, manifest);
};

const removeObject = (registry: Registry, manifest: JsonObject): void => {
  const { kind, namespace, name } = identify(manifest);
  const key = keyOf({ ...(namespace === undefined ? {} : { namespace }), name });
  if (registry.store.get(kind.plural, key) !== undefined) deleteObject(registry, kind, namespace, name);
};

/** @throws ApiError for a kind that isn't served, or without a name */
const identify = (manifest: JsonObject): { kind: Kind; namespace: string | undefined; name: string } => {
  const kind = findKind(String(manifest.apiVersion), String(manifest.kind));
  if (kind === undefined) {
    throw new ApiError(404, 'NotFound', `no matches for kind "${manifest.kind}" in version "${manifest.apiVersion}"`);
  }
  const metadata = isObject(manifest.metadata) ? manifest.metadata : {};
  const { name, namespace = 'default' } = metadata;
  if (typeof name !== 'string' || typeof namespace !== 'string') throw badRequest(`a ${kind.kind} without a name`);
  return { kind, namespace: kind.namespaced ? namespace : undefined, name };
};

const write = (
  registry: Registry,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  manifest: JsonObject,
): void => {
  const key = keyOf({ ...(namespace === undefined ? {} : { namespace }), name });
  const current = registry.store.get(kind.plural, key);
  const strict = { validation: 'Strict' as const };
  if (current === undefined) {
    registry.create(kind, namespace, manifest, strict);
    return;
  }
  const merged = patched(kind, asJson(current), manifest, schemaOf(kind) === undefined ? MERGE : STRATEGIC);
  registry.update(kind, namespace, name, merged, strict);
};

/** `kind: List`, as `kubectl get -o yaml` prints several objects. */
const flatten = (manifest: JsonObject): JsonObject[] =>
  manifest.kind === 'List' && Array.isArray(manifest.items) ? manifest.items.filter(isObject) : [manifest];
