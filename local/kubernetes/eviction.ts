/** The eviction subresource (policy/v1): a deletion that asks the pod's disruption budget first. */
import { type DeleteOptions, deleteObject } from './deletion.ts';
import { asJson, isObject, type JsonObject } from './json.ts';
import { kindOf } from './kinds.ts';
import { isReady, keyOf, type Pod, type PodDisruptionBudget, typed } from './objects.ts';
import type { Registry } from './registry.ts';
import { selects } from './selectors.ts';
import { ApiError, badRequest, type Status, success } from './status.ts';

/**
 * Evicts a pod, or only says whether it could be (dry run).
 * @throws ApiError 429 when the budget forbids it now, 500 when two budgets cover the pod, 404, 400, 409
 */
export const evict = (
  registry: Registry,
  namespace: string,
  name: string,
  body: JsonObject,
  options: DeleteOptions,
): Status => {
  const metadata = isObject(body.metadata) ? body.metadata : {};
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const pod = typed('pods', registry.get(kindOf('pods'), namespace, name));
  if (!needsNoBudget(pod)) claim(registry, pod, options.dryRun === true);
  if (options.dryRun !== true) {
    const marked = registry.amend('pods', keyOf(pod.metadata), (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: [
          ...(current.status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget'),
          {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'EvictionByEvictionAPI',
            message: 'Eviction API: evicting',
            lastTransitionTime: registry.timestamp(),
          },
        ],
      },
    }));
    const { preconditions: { resourceVersion: wanted, ...preconditions } = {}, ...rest } = options;
    // The mark above is our own change of the version that the caller knew.
    const known = wanted === undefined || wanted === pod.metadata.resourceVersion;
    const resourceVersion = known ? marked?.metadata.resourceVersion : wanted;
    deleteObject(registry, kindOf('pods'), namespace, name, {
      ...rest,
      preconditions: {
        ...preconditions,
        ...(wanted === undefined || resourceVersion === undefined ? {} : { resourceVersion }),
      },
    });
  }
  return { ...success(), code: 201 };
};

/** Budgets guard pods that run and are not on their way out. */
const needsNoBudget = ({ metadata, status }: Pod): boolean =>
  status.phase !== 'Running' || metadata.deletionTimestamp !== undefined;

/** Takes one disruption from the pod's budget, if it has one. */
const claim = (registry: Registry, pod: Pod, dryRun: boolean): void => {
  const budgets = registry.store
    .list('poddisruptionbudgets', pod.metadata.namespace)
    .filter(({ spec }) => selects(spec.selector, pod.metadata.labels));
  const [budget] = budgets;
  if (budget === undefined) return;
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      undefined,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && mayGoUnready(budget)) return;
  const { status, metadata } = budget;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed <= 0) {
    throw refused(
      `The disruption budget ${metadata.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  }
  if (dryRun) return;
  registry.amend('poddisruptionbudgets', keyOf(metadata), (current) => ({
    ...current,
    status: {
      ...current.status,
      disruptionsAllowed: current.status.disruptionsAllowed - 1,
      disruptedPods: { ...current.status.disruptedPods, [pod.metadata.name]: registry.timestamp() },
    },
  }));
};

const mayGoUnready = ({ spec, status }: PodDisruptionBudget): boolean =>
  spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
  (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);

const refused = (cause: string, retryAfterSeconds?: number): ApiError =>
  new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** The deletion's options in an Eviction's body. */
export const evictionOptions = (body: JsonObject): JsonObject =>
  isObject(body.deleteOptions) ? asJson(body.deleteOptions) : {};
