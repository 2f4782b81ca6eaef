/** What a pod's specification may say (pkg/apis/core/validation). */
import type { Json, JsonObject } from '../json.ts';
import { dnsLabelErrors } from '../names.ts';
import { type FieldError, invalidValue, requiredValue } from '../status.ts';
import { at, duplicates, list, oneOf, required } from './fields.ts';

/** Errors of a pod's specification; `restart` is what the kind of workload lets its pods do. */
export const podSpecErrors = (
  spec: Json | undefined,
  path: string,
  restart: readonly string[] = RESTART,
): FieldError[] => {
  const volumes = list(at(spec, 'volumes'));
  const containers = list(at(spec, 'containers'));
  const initContainers = list(at(spec, 'initContainers'));
  const names = new Set(volumes.map(({ name }) => name));
  return [
    ...volumes.flatMap((volume, index) => nameErrors(volume, `${path}.volumes[${index}]`)),
    ...duplicates(volumes, `${path}.volumes`),
    ...(containers.length === 0 ? [requiredValue(`${path}.containers`)] : []),
    ...containers.flatMap((container, index) => containerErrors(container, `${path}.containers[${index}]`, names)),
    ...initContainers.flatMap((each, index) => containerErrors(each, `${path}.initContainers[${index}]`, names)),
    ...duplicates(containers, `${path}.containers`),
    ...initContainers.flatMap((each, index) =>
      // Named like a container or an earlier one of its own kind.
      [...containers, ...initContainers.slice(0, index)].some(({ name }) => name === each.name)
        ? [
            {
              field: `${path}.initContainers[${index}].name`,
              reason: 'FieldValueDuplicate',
              message: `Duplicate value: ${JSON.stringify(each.name ?? '')}`,
            },
          ]
        : [],
    ),
    ...oneOf(at(spec, 'restartPolicy'), `${path}.restartPolicy`, restart),
    ...oneOf(at(spec, 'dnsPolicy'), `${path}.dnsPolicy`, DNS),
    ...deadlineErrors(at(spec, 'activeDeadlineSeconds'), `${path}.activeDeadlineSeconds`),
  ];
};

const RESTART = ['Always', 'OnFailure', 'Never'];
const DNS = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PULL = ['Always', 'IfNotPresent', 'Never'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

const nameErrors = ({ name }: JsonObject, path: string): FieldError[] => {
  if (typeof name !== 'string' || name === '') return [requiredValue(`${path}.name`)];
  return dnsLabelErrors(name).map((why) => invalidValue(`${path}.name`, name, why));
};

const containerErrors = (container: JsonObject, path: string, volumes: ReadonlySet<Json | undefined>): FieldError[] => [
  ...nameErrors(container, path),
  ...imageErrors(container.image, `${path}.image`),
  ...list(container.ports).flatMap((port, index) => portErrors(port, `${path}.ports[${index}]`)),
  ...list(container.env).flatMap((variable, index) => variableErrors(variable, `${path}.env[${index}]`)),
  ...list(container.volumeMounts).flatMap((mount, index) => [
    ...(volumes.has(mount.name) ? [] : [notFound(`${path}.volumeMounts[${index}].name`, mount.name)]),
    ...required(mount, `${path}.volumeMounts[${index}]`, 'mountPath'),
  ]),
  ...oneOf(container.imagePullPolicy, `${path}.imagePullPolicy`, PULL),
];

const imageErrors = (image: Json | undefined, path: string): FieldError[] => {
  if (typeof image !== 'string' || image === '') return [requiredValue(path)];
  return image === image.trim() ? [] : [invalidValue(path, image, 'must not have leading or trailing whitespace')];
};

const portErrors = ({ containerPort, protocol }: JsonObject, path: string): FieldError[] => [
  ...(containerPort
    ? portNumberErrors(containerPort, `${path}.containerPort`)
    : [requiredValue(`${path}.containerPort`)]),
  ...oneOf(protocol, `${path}.protocol`, PROTOCOLS),
];

export const portNumberErrors = (port: Json | undefined, path: string): FieldError[] =>
  typeof port === 'number' && (port < 1 || port > 65_535)
    ? [invalidValue(path, port, 'must be between 1 and 65535, inclusive')]
    : [];

const variableErrors = (variable: JsonObject, path: string): FieldError[] => [
  ...required(variable, path, 'name'),
  ...(variable.value && variable.valueFrom
    ? [invalidValue(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty')]
    : []),
];

const notFound = (field: string, value: Json | undefined): FieldError => ({
  field,
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value ?? '')}`,
});

const deadlineErrors = (deadline: Json | undefined, path: string): FieldError[] =>
  typeof deadline === 'number' && (deadline < 1 || deadline > 2_147_483_647)
    ? [invalidValue(path, deadline, 'must be between 1 and 2147483647, inclusive')]
    : [];
