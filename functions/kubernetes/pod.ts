/** What there is to know about a pod when credentials are taken away. */
import type { V1Pod } from '@kubernetes/client-node';
import { type EffectiveIdentity, effectiveIdentity } from './effective-identity.ts';

export type Owner = { readonly apiVersion: string; readonly kind: string; readonly name: string };

export type PodFacts = {
  readonly name: string;
  readonly uid: string;
  /** ISO 8601; the API server keeps whole seconds, rounded down. */
  readonly createdAt: string;
  readonly identity: EffectiveIdentity;
  /** The controller that would replace it. */
  readonly owner?: Owner;
  readonly labels: Readonly<Record<string, string>>;
  /** What its template's restart annotation was when it was created. */
  readonly restartedAt?: string;
  readonly node?: string;
  readonly hostNetwork: boolean;
  readonly ready: boolean;
  /** Told to stop, and perhaps still running. */
  readonly stopping: boolean;
  /** All containers have ended for good: it holds no credentials any more. */
  readonly finished: boolean;
};

/** The annotation that `kubectl rollout restart` sets on a pod template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** Undefined for what the API server would never return: a pod without a name, uid, time or spec. */
export const podFacts = ({ metadata, spec, status }: V1Pod): PodFacts | undefined => {
  if (!metadata?.name || !metadata.uid || !metadata.creationTimestamp || !spec) return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller) ?? metadata.ownerReferences?.[0];
  const restartedAt = metadata.annotations?.[RESTARTED_AT];
  return {
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp.toISOString(),
    identity: effectiveIdentity(spec),
    ...(owner && { owner: { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name } }),
    labels: metadata.labels ?? {},
    ...(restartedAt !== undefined && { restartedAt }),
    ...(spec.nodeName && { node: spec.nodeName }),
    hostNetwork: spec.hostNetwork ?? false,
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    stopping: metadata.deletionTimestamp !== undefined,
    finished: status?.phase === 'Succeeded' || status?.phase === 'Failed',
  };
};
