/** Label and field selectors: in objects (`matchLabels`) and in queries (`-l app=x`, `--field-selector`). */
import type { KubeObject, LabelSelector, Labels } from './objects.ts';
import { badRequest } from './status.ts';

type Requirement = { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values: readonly string[] };

/** Whether labels satisfy a selector of an object; an absent selector matches nothing, an empty one everything. */
export const selects = (selector: LabelSelector | undefined, labels: Labels = {}): boolean =>
  selector !== undefined && requirements(selector).every((requirement) => holds(requirement, labels));

/** The text form of a selector, as status.selector of a Scale has it. */
export const showSelector = (selector: LabelSelector | undefined): string =>
  [
    ...Object.entries(selector?.matchLabels ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
    }),
  ].join(',');

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`. @throws ApiError 400 */
export const parseLabelSelector = (text: string): ((labels: Labels) => boolean) => {
  const parsed = split(text).map(parseRequirement);
  return (labels) => parsed.every((requirement) => holds(requirement, labels));
};

/** Parses `metadata.name=x,status.phase!=Running`; which fields a kind has is decided by `fields`. @throws ApiError 400 */
export const parseFieldSelector = (text: string, kind: string): ((object: KubeObject) => boolean) => {
  const known = FIELDS[kind] ?? {};
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term);
      const [, field = '', operator = '', value = ''] = match ?? [];
      const read = COMMON[field] ?? known[field];
      if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      if (read === undefined) throw badRequest(`field label not supported: ${field}`);
      return { read, equal: operator !== '!=', value };
    });
  return (object) => terms.every(({ read, equal, value }) => (read(object) === value) === equal);
};

type Read = (object: KubeObject) => string;

const path =
  (...keys: string[]): Read =>
  (object) => {
    let value: unknown = object;
    for (const key of keys) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    return value === undefined || value === null ? '' : String(value);
  };

const COMMON: { [field: string]: Read } = {
  'metadata.name': path('metadata', 'name'),
  'metadata.namespace': path('metadata', 'namespace'),
};

const EVENT_OBJECT = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** What Kubernetes lets one select by, beyond name and namespace. */
const FIELDS: { [kind: string]: { [field: string]: Read } } = {
  Pod: {
    'spec.nodeName': path('spec', 'nodeName'),
    'spec.restartPolicy': path('spec', 'restartPolicy'),
    'spec.schedulerName': path('spec', 'schedulerName'),
    'spec.serviceAccountName': path('spec', 'serviceAccountName'),
    'spec.hostNetwork': (object) => path('spec', 'hostNetwork')(object) || 'false',
    'status.phase': path('status', 'phase'),
    'status.podIP': path('status', 'podIP'),
    'status.nominatedNodeName': path('status', 'nominatedNodeName'),
  },
  Node: { 'spec.unschedulable': (object) => path('spec', 'unschedulable')(object) || 'false' },
  Namespace: { 'status.phase': path('status', 'phase') },
  Secret: { type: path('type') },
  Job: { 'status.successful': (object) => path('status', 'succeeded')(object) || '0' },
  ReplicaSet: { 'status.replicas': path('status', 'replicas') },
  Event: {
    ...Object.fromEntries(EVENT_OBJECT.map((key) => [`involvedObject.${key}`, path('involvedObject', key)])),
    reason: path('reason'),
    reportingComponent: path('reportingComponent'),
    source: path('source', 'component'),
    type: path('type'),
  },
};

const requirements = (selector: LabelSelector): Requirement[] => [
  ...Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [value] }),
  ),
  ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement => {
    if (operator === 'In' || operator === 'NotIn' || operator === 'Exists' || operator === 'DoesNotExist') {
      return { key, operator, values };
    }
    throw badRequest(`"${operator}" is not a valid label selector operator`);
  }),
];

const holds = ({ key, operator, values }: Requirement, labels: Labels): boolean => {
  const value = labels[key];
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  return (value !== undefined) === (operator === 'Exists');
};

/** At commas outside parentheses. */
const split = (text: string): string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');

const parseRequirement = (term: string): Requirement => {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    return { key, operator: operator === 'in' ? 'In' : 'NotIn', values: list.split(',').map((value) => value.trim()) };
  }
  const equality = /^([^\s=!]+)\s*(==|!=|=)\s*([^\s=!]*)$/.exec(term);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const presence = /^(!?)\s*([^\s=!,()]+)$/.exec(term);
  if (presence === null) throw badRequest(`unable to parse requirement: found '${term}', expected: a label selector`);
  return { key: presence[2] ?? '', operator: presence[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] };
};
