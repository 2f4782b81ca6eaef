/** What a real API server asks of us: who a token belongs to, and what a new pod gets. As on EKS, both are webhooks. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { stringify } from 'yaml';
import * as z from 'zod';
import type { ClusterOptions } from './contract.ts';
import { inject, injectedLabels } from './inject.ts';
import { isObject } from './json.ts';
import type { Labels, PodSpec } from './objects.ts';

export type Webhooks = {
  readonly url: string;
  /** How a service account is annotated; there is nobody to ask before the cluster is up. */
  annotationsOf: (namespace: string, serviceAccount: string) => Promise<Labels>;
  /** Whether the server has asked about a pod yet. */
  readonly asked: () => boolean;
  readonly close: () => void;
};

/** Serves them on a free port of 127.0.0.1, with the cluster's certificate. */
export const serveWebhooks = async (options: ClusterOptions): Promise<Webhooks> => {
  const { cert, key } = options.tls;
  let asked = false;
  const server = createServer({ cert, key }, async (request, response) => {
    try {
      const review = await json(request);
      const injection = request.url?.startsWith(INJECT) ?? false;
      asked ||= injection;
      const answer = injection ? await admit(review, options, webhooks) : await authenticate(review, options);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const webhooks: Webhooks = {
    url: `https://127.0.0.1:${port}`,
    annotationsOf: async () => ({}),
    asked: () => asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return webhooks;
};

/** Flags for a kube-apiserver that asks about every bearer token that it doesn't know itself. Writes the file they name into `dir`. */
export const tokenWebhookFlags = (dir: string, { tls }: ClusterOptions, { url }: Webhooks): readonly string[] => {
  const file = path.join(dir, 'token-webhook.yaml');
  const name = 'podid';
  const cluster = { server: `${url}/authenticate`, 'certificate-authority-data': base64(tls.ca) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(file, stringify(config));
  return [
    `--authentication-token-webhook-config-file=${file}`,
    '--authentication-token-webhook-version=v1',
    // Short: an access entry that is gone should count soon.
    '--authentication-token-webhook-cache-ttl=5s',
  ];
};

/** The pod identity webhook's registration. */
export const admissionWebhook = ({ tls }: ClusterOptions, { url }: Webhooks) => ({
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
      clientConfig: { url: `${url}${INJECT}`, caBundle: base64(tls.ca) },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
});

const INJECT = '/inject';

const TokenReview = z.object({ spec: z.object({ token: z.string() }) });

const authenticate = async (review: unknown, options: ClusterOptions): Promise<object> => {
  const user = await options.authenticate(TokenReview.parse(review).spec.token);
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    status: user === undefined ? { authenticated: false } : { authenticated: true, user },
  };
};

const AdmissionReview = z.object({
  request: z.object({
    uid: z.string(),
    namespace: z.string(),
    object: z.object({
      metadata: z.object({
        annotations: z.record(z.string(), z.string()).optional(),
        labels: z.record(z.string(), z.string()).optional(),
      }),
      // The API server has checked it against its own schema.
      spec: z.custom<PodSpec>(isObject),
    }),
  }),
});

const admit = async (review: unknown, options: ClusterOptions, { annotationsOf }: Webhooks): Promise<object> => {
  const { uid, namespace, object } = AdmissionReview.parse(review).request;
  const { metadata, spec } = object;
  const serviceAccount = spec.serviceAccountName ?? 'default';
  const associated = options.association(namespace, serviceAccount) !== undefined;
  const injected = inject(spec, {
    region: options.region,
    associated,
    serviceAccountAnnotations: await annotationsOf(namespace, serviceAccount),
    ...(metadata.annotations !== undefined && { podAnnotations: metadata.annotations }),
    jitter: Math.random(),
  });
  const labels = injectedLabels({ associated });
  const patch = [
    // The whole map: a pod without labels has none to add one to.
    ...(associated ? [{ op: 'add', path: '/metadata/labels', value: { ...metadata.labels, ...labels } }] : []),
    { op: 'replace', path: '/spec', value: injected },
  ];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(injected !== spec && { patchType: 'JSONPatch', patch: base64(JSON.stringify(patch)) }),
    },
  };
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
