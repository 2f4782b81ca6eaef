/** What kinds without pods may say: config maps, secrets, services, leases, budgets, events. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { type FieldError, invalidValue, requiredValue } from '../status.ts';
import { at, list, nonNegative, object, oneOf, type Rule } from './fields.ts';
import { portNumberErrors } from './pods.ts';

/** Keys become file names. */
const keyErrors = (map: Json | undefined, path: string): FieldError[] =>
  Object.keys(object(map)).flatMap((key) => {
    const field = `${path}[${key}]`;
    if (key === '.' || key === '..') return [invalidValue(field, key, `must not be '${key}'`)];
    if (key.startsWith('..')) return [invalidValue(field, key, "must not start with '..'")];
    if (key.length > 253) return [invalidValue(field, key, 'must be no more than 253 characters')];
    return /^[-._a-zA-Z0-9]+$/.test(key)
      ? []
      : [
          invalidValue(
            field,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        ];
  });

export const configMapErrors: Rule = ({ data, binaryData }) => [
  ...keyErrors(data, 'data'),
  ...keyErrors(binaryData, 'binaryData'),
];

/** What a secret of a type has to hold. */
const SECRET_KEYS: { readonly [type: string]: readonly string[] } = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export const secretErrors: Rule = ({ type, data }) => [
  ...keyErrors(data, 'data'),
  ...(SECRET_KEYS[String(type)] ?? []).flatMap((key) =>
    at(data, key) === undefined ? [requiredValue(`data[${key}]`)] : [],
  ),
];

const SERVICE_TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export const serviceErrors: Rule = ({ spec }) => {
  const ports = list(at(spec, 'ports'));
  const isExternal = at(spec, 'type') === 'ExternalName';
  const isHeadless = at(spec, 'clusterIP') === 'None';
  return [
    ...(ports.length === 0 && !isExternal && !isHeadless ? [requiredValue('spec.ports')] : []),
    ...ports.flatMap((port, index) => servicePortErrors(port, `spec.ports[${index}]`, ports.length > 1)),
    ...(isExternal && !at(spec, 'externalName') ? [requiredValue('spec.externalName')] : []),
    ...oneOf(at(spec, 'type'), 'spec.type', SERVICE_TYPES),
  ];
};

const servicePortErrors = (
  { name, port, protocol, targetPort }: JsonObject,
  path: string,
  many: boolean,
): FieldError[] => [
  ...(many && !name ? [requiredValue(`${path}.name`)] : []),
  ...portNumberErrors(port, `${path}.port`),
  ...oneOf(protocol, `${path}.protocol`, ['SCTP', 'TCP', 'UDP']),
  ...portNumberErrors(targetPort, `${path}.targetPort`),
];

export const leaseErrors: Rule = ({ spec }) => {
  const duration = at(spec, 'leaseDurationSeconds');
  return [
    ...(typeof duration === 'number' && duration <= 0
      ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : []),
    ...nonNegative(spec, 'spec', 'leaseTransitions'),
  ];
};

const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

const shareErrors = (value: Json | undefined, field: string): FieldError[] => {
  if (typeof value === 'number')
    return value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : [];
  if (typeof value !== 'string') return [];
  if (!/^[0-9]+%$/.test(value)) return [invalidValue(field, value, PERCENT)];
  return Number.parseInt(value, 10) > 100 ? [invalidValue(field, value, 'must not be greater than 100%')] : [];
};

export const budgetErrors: Rule = ({ spec }) => [
  ...(at(spec, 'minAvailable') !== undefined && at(spec, 'maxUnavailable') !== undefined
    ? [invalidValue('spec', goBudget(spec), 'minAvailable and maxUnavailable cannot be both set')]
    : []),
  ...shareErrors(at(spec, 'minAvailable'), 'spec.minAvailable'),
  ...shareErrors(at(spec, 'maxUnavailable'), 'spec.maxUnavailable'),
  ...oneOf(at(spec, 'unhealthyPodEvictionPolicy'), 'spec.unhealthyPodEvictionPolicy', [
    'AlwaysAllow',
    'IfHealthyBudget',
  ]),
];

/** Where the server shows a whole struct, it shows Go's names. */
const goBudget = (spec: Json | undefined): JsonObject => ({
  MinAvailable: at(spec, 'minAvailable') ?? null,
  Selector: at(spec, 'selector') ?? null,
  MaxUnavailable: at(spec, 'maxUnavailable') ?? null,
  UnhealthyPodEvictionPolicy: at(spec, 'unhealthyPodEvictionPolicy') ?? null,
});

export const eventErrors: Rule = ({ metadata, involvedObject }) => {
  const about = isObject(involvedObject) ? (involvedObject.namespace ?? '') : '';
  const field = 'involvedObject.namespace';
  // Events about the cluster's own objects are in the namespace default.
  return about === at(metadata, 'namespace') || (about === '' && at(metadata, 'namespace') === 'default')
    ? []
    : [invalidValue(field, about, 'does not match event.namespace')];
};
