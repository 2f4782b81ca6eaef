/** The scale subresource of deployments, replica sets and stateful sets (autoscaling/v1). */
import { asJson, isObject, type JsonObject } from './json.ts';
import type { Kind } from './kinds.ts';
import type { KubeObject, LabelSelector } from './objects.ts';
import type { Registry, WriteOptions } from './registry.ts';
import { showSelector } from './selectors.ts';
import { invalid, invalidValue } from './status.ts';

const SCALE = { group: 'autoscaling', kind: 'Scale' };

/** A workload seen as its scale. */
export const scaleOf = (object: KubeObject): JsonObject => {
  const { spec, status } = asJson(object);
  const { name, namespace = '', uid, resourceVersion, creationTimestamp } = object.metadata;
  const { replicas = 0, selector } = isObject(spec) ? spec : {};
  const current = isObject(status) ? (status.replicas ?? 0) : 0;
  const labels: LabelSelector | undefined = isObject(selector) ? selector : undefined;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: current, selector: showSelector(labels) },
  };
};

/** Sets the number of replicas from a Scale. @throws ApiError 404, 409, 422 */
export const setScale = (
  registry: Registry,
  kind: Kind,
  namespace: string,
  name: string,
  scale: JsonObject,
  options: WriteOptions,
): JsonObject => {
  const current = asJson(registry.get(kind, namespace, name));
  const replicas = isObject(scale.spec) && typeof scale.spec.replicas === 'number' ? scale.spec.replicas : 0;
  if (replicas < 0) {
    throw invalid(SCALE, name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  }
  const metadata = isObject(scale.metadata) ? scale.metadata : {};
  const body: JsonObject = {
    ...current,
    // The version that the caller saw, or none: then the last one wins.
    metadata: {
      ...(isObject(current.metadata) ? current.metadata : {}),
      resourceVersion: metadata.resourceVersion ?? '',
    },
    spec: { ...(isObject(current.spec) ? current.spec : {}), replicas },
  };
  return scaleOf(registry.update(kind, namespace, name, body, options).object);
};
