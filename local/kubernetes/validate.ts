/** The rules of Kubernetes' validation that people meet, by kind; the words are the real server's (v1.34). */
import { asJson } from './json.ts';
import type { Kind, KindName } from './kinds.ts';
import { annotationErrors, labelErrors, nameErrors } from './names.ts';
import type { KubeObject } from './objects.ts';
import { type FieldError, invalidValue, requiredValue } from './status.ts';
import { CHANGES } from './validation/changes.ts';
import type { Rule } from './validation/fields.ts';
import {
  budgetErrors,
  configMapErrors,
  eventErrors,
  leaseErrors,
  secretErrors,
  serviceErrors,
} from './validation/plain.ts';
import { podSpecErrors } from './validation/pods.ts';
import { clusterRoleBindingErrors, clusterRoleErrors, roleBindingErrors, roleErrors } from './validation/rbac.ts';
import {
  cronJobErrors,
  daemonSetErrors,
  deploymentErrors,
  jobErrors,
  replicaSetErrors,
  statefulSetErrors,
} from './validation/workloads.ts';

/** All errors of an object, as the server would list them; with `previous`, also of the change. */
export const validate = (kind: Kind, object: KubeObject, previous?: KubeObject): FieldError[] => {
  const fields = asJson(object);
  return [
    ...(previous === undefined ? metadataErrors(kind, object) : []),
    ...labelErrors(object.metadata.labels ?? {}, 'metadata.labels'),
    ...annotationErrors(object.metadata.annotations ?? {}, 'metadata.annotations'),
    ...(RULES[kind.plural]?.(fields) ?? []),
    ...(previous === undefined ? [] : (CHANGES[kind.plural]?.(fields, asJson(previous)) ?? [])),
  ];
};

const metadataErrors = (kind: Kind, { metadata }: KubeObject): FieldError[] =>
  metadata.name === ''
    ? [requiredValue('metadata.name', 'name or generateName is required')]
    : nameErrors(kind, metadata.name).map((why) => invalidValue('metadata.name', metadata.name, why));

const RULES: { readonly [K in KindName]?: Rule } = {
  pods: ({ spec }) => podSpecErrors(spec, 'spec'),
  configmaps: configMapErrors,
  secrets: secretErrors,
  services: serviceErrors,
  events: eventErrors,
  deployments: deploymentErrors,
  replicasets: replicaSetErrors,
  statefulsets: statefulSetErrors,
  daemonsets: daemonSetErrors,
  jobs: ({ spec }) => jobErrors(spec, 'spec'),
  cronjobs: cronJobErrors,
  poddisruptionbudgets: budgetErrors,
  roles: roleErrors,
  clusterroles: clusterRoleErrors,
  rolebindings: roleBindingErrors,
  clusterrolebindings: clusterRoleBindingErrors,
  leases: leaseErrors,
};
