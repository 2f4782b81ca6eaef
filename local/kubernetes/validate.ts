/** The rules of Kubernetes' validation that people meet: names, labels, containers, selectors, fields that can't change. */
import { asJson, isObject, type Json, type JsonObject, sameJson } from './json.ts';
import type { Kind, KindName } from './kinds.ts';
import { annotationErrors, labelErrors, nameErrors } from './names.ts';
import type { KubeObject, Labels } from './objects.ts';
import { selects } from './selectors.ts';
import { type FieldError, forbiddenField, invalidValue, requiredValue } from './status.ts';

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

type Rule = (object: JsonObject) => FieldError[];
type ChangeRule = (object: JsonObject, previous: JsonObject) => FieldError[];

const metadataErrors = (kind: Kind, { metadata }: KubeObject): FieldError[] =>
  metadata.name === ''
    ? [requiredValue('metadata.name', 'name or generateName is required')]
    : nameErrors(kind, metadata.name).map((why) => invalidValue('metadata.name', metadata.name, why));

const at = (object: Json | undefined, ...keys: string[]): Json | undefined => {
  let value = object;
  for (const key of keys) value = isObject(value) ? value[key] : undefined;
  return value;
};
const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const list = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const podSpecErrors = (spec: Json | undefined, path: string): FieldError[] => {
  const containers = list(at(spec, 'containers'));
  const volumes = new Set(list(at(spec, 'volumes')).map((volume) => volume.name));
  const names = new Set<Json | undefined>();
  return [
    ...(containers.length === 0 ? [requiredValue(`${path}.containers`)] : []),
    ...(['containers', 'initContainers'] as const).flatMap((field) =>
      list(at(spec, field)).flatMap((container, index) => {
        const place = `${path}.${field}[${index}]`;
        const duplicate = names.has(container.name);
        names.add(container.name);
        return [
          ...(container.name ? [] : [requiredValue(`${place}.name`)]),
          ...(duplicate
            ? [
                {
                  field: `${place}.name`,
                  reason: 'FieldValueDuplicate',
                  message: `Duplicate value: "${container.name}"`,
                },
              ]
            : []),
          ...(container.image ? [] : [requiredValue(`${place}.image`)]),
          ...list(container.volumeMounts).flatMap((mount, number) =>
            volumes.has(mount.name)
              ? []
              : [
                  {
                    field: `${place}.volumeMounts[${number}].name`,
                    reason: 'FieldValueNotFound',
                    message: `Not found: ${JSON.stringify(mount.name)}`,
                  },
                ],
          ),
        ];
      }),
    ),
  ];
};

const templateErrors: Rule = (fields) => podSpecErrors(at(fields, 'spec', 'template', 'spec'), 'spec.template.spec');

const selectorErrors: Rule = (fields) => {
  const selector = at(fields, 'spec', 'selector');
  if (!isObject(selector)) return [requiredValue('spec.selector')];
  const labels = object(at(fields, 'spec', 'template', 'metadata', 'labels'));
  if (Object.keys(selector).length === 0) {
    return [invalidValue('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  return selects(selector, labels as Labels)
    ? []
    : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
};

const replicaErrors: Rule = (fields) => {
  const replicas = at(fields, 'spec', 'replicas');
  return typeof replicas === 'number' && replicas < 0
    ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]
    : [];
};

const workload: Rule = (fields) => [...replicaErrors(fields), ...selectorErrors(fields), ...templateErrors(fields)];

const RULES: { readonly [K in KindName]?: Rule } = {
  pods: (fields) => podSpecErrors(fields.spec, 'spec'),
  deployments: workload,
  replicasets: workload,
  statefulsets: workload,
  daemonsets: (fields) => [...selectorErrors(fields), ...templateErrors(fields)],
  jobs: (fields) => jobErrors(fields.spec, 'spec'),
  cronjobs: (fields) => [
    ...(at(fields, 'spec', 'schedule') ? [] : [requiredValue('spec.schedule')]),
    ...jobErrors(at(fields, 'spec', 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
  ],
  poddisruptionbudgets: (fields) =>
    at(fields, 'spec', 'minAvailable') !== undefined && at(fields, 'spec', 'maxUnavailable') !== undefined
      ? [invalidValue('spec', goBudget(fields.spec), 'minAvailable and maxUnavailable cannot be both set')]
      : [],
  rolebindings: (fields) => roleRefErrors(fields),
  clusterrolebindings: (fields) => [...roleRefErrors(fields), ...subjectErrors(fields)],
};

const jobErrors = (spec: Json | undefined, path: string): FieldError[] => {
  const policy = at(spec, 'template', 'spec', 'restartPolicy');
  return [
    ...podSpecErrors(at(spec, 'template', 'spec'), `${path}.template.spec`),
    ...(policy === 'OnFailure' || policy === 'Never'
      ? []
      : [requiredValue(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]),
  ];
};

/** Where the server shows a whole struct, it shows Go's names. */
const goBudget = (spec: Json | undefined): JsonObject => ({
  MinAvailable: at(spec, 'minAvailable') ?? null,
  Selector: at(spec, 'selector') ?? null,
  MaxUnavailable: at(spec, 'maxUnavailable') ?? null,
  UnhealthyPodEvictionPolicy: at(spec, 'unhealthyPodEvictionPolicy') ?? null,
});

const roleRefErrors: Rule = (fields) => (at(fields, 'roleRef', 'name') ? [] : [requiredValue('roleRef.name')]);

const subjectErrors: Rule = (fields) => [
  ...list(fields.subjects).flatMap((subject, index) =>
    subject.kind === 'ServiceAccount' && !subject.namespace ? [requiredValue(`subjects[${index}].namespace`)] : [],
  ),
];

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

const CHANGES: { readonly [K in KindName]?: ChangeRule } = {
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
