/** What may not change in an object once it exists. */
import { type Json, type JsonObject, sameJson } from '../json.ts';
import type { KindName } from '../kinds.ts';
import { type FieldError, forbiddenField, invalidValue } from '../status.ts';
import { at, list, object } from './fields.ts';

export type ChangeRule = (object: JsonObject, previous: JsonObject) => FieldError[];

const immutable =
  (...path: string[]): ChangeRule =>
  (fields, previous) =>
    sameJson(at(fields, ...path), at(previous, ...path))
      ? []
      : [invalidValue(path.join('.'), at(fields, ...path) ?? null, 'field is immutable')];

const without = (value: Json | undefined, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object(value)).filter(([key]) => !keys.includes(key)));

const STATEFUL_SET_FIELDS = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

/** Without what may change in a running pod. */
const fixedPodSpec = (spec: Json | undefined): JsonObject => ({
  ...without(spec, ['activeDeadlineSeconds', 'tolerations', 'nodeName']),
  containers: list(at(spec, 'containers')).map((container) => without(container, ['image'])),
  initContainers: list(at(spec, 'initContainers')).map((container) => without(container, ['image'])),
});

export const CHANGES: { readonly [K in KindName]?: ChangeRule } = {
  pods: (fields, previous) =>
    sameJson(fixedPodSpec(fields.spec), fixedPodSpec(previous.spec)) &&
    (at(previous, 'spec', 'nodeName') === undefined ||
      at(previous, 'spec', 'nodeName') === at(fields, 'spec', 'nodeName'))
      ? []
      : [
          forbiddenField(
            'spec',
            'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
          ),
        ],
  deployments: immutable('spec', 'selector'),
  replicasets: immutable('spec', 'selector'),
  daemonsets: immutable('spec', 'selector'),
  statefulsets: (fields, previous) =>
    sameJson(without(fields.spec, STATEFUL_SET_FIELDS), without(previous.spec, STATEFUL_SET_FIELDS))
      ? []
      : [
          forbiddenField(
            'spec',
            `updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden`,
          ),
        ],
  jobs: (fields, previous) => [
    ...immutable('spec', 'selector')(fields, previous),
    ...immutable('spec', 'template')(fields, previous),
    ...immutable('spec', 'completions')(fields, previous),
  ],
  secrets: (fields, previous) => [
    ...immutable('type')(fields, previous),
    ...(previous.immutable === true && !sameJson(fields.data, previous.data)
      ? [forbiddenField('data', 'field is immutable when `immutable` is set')]
      : []),
  ],
  configmaps: (fields, previous) =>
    previous.immutable === true && !sameJson(fields.data, previous.data)
      ? [forbiddenField('data', 'field is immutable when `immutable` is set')]
      : [],
  rolebindings: (fields, previous) => roleRefChange(fields, previous),
  clusterrolebindings: (fields, previous) => roleRefChange(fields, previous),
};

const roleRefChange: ChangeRule = (fields, previous) =>
  sameJson(fields.roleRef, previous.roleRef)
    ? []
    : [invalidValue('roleRef', goRoleRef(fields.roleRef), 'cannot change roleRef')];

const goRoleRef = (reference: Json | undefined): JsonObject => ({
  APIGroup: at(reference, 'apiGroup') ?? '',
  Kind: at(reference, 'kind') ?? '',
  Name: at(reference, 'name') ?? '',
});
