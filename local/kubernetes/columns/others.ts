/** The columns of everything that is no workload. */
import type { KubeObject, Labels, RoleBinding, Service } from '../objects.ts';
import { showSelector } from '../selectors.ts';
import { AGE, ago, type Column, type Columns, column, count, list, NAME, size, wide } from './column.ts';

const externalAddress = ({ spec, status }: Service): string => {
  if (spec.type === 'ExternalName') return spec.externalName ?? '<none>';
  const given = spec.externalIPs ?? [];
  if (spec.type !== 'LoadBalancer') return list(given);
  const balancers = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
  return [...balancers, ...given].join(',') || '<pending>';
};

/** `pods: 0/3`; what is about limits is another column. */
const quota = (hard: Labels = {}, used: Labels = {}, limits: boolean): string =>
  Object.entries(hard)
    .filter(([name]) => name.startsWith('limits.') === limits)
    .map(([name, most]) => `${name}: ${used[name] ?? '0'}/${most}`)
    .join(', ');

const subjects = (binding: RoleBinding, kind: string): string =>
  (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');

const bindingColumns: readonly Column<RoleBinding>[] = [
  NAME,
  column('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  AGE,
  wide('Users', (binding) => subjects(binding, 'User')),
  wide('Groups', (binding) => subjects(binding, 'Group')),
  wide('ServiceAccounts', (binding) => subjects(binding, 'ServiceAccount')),
];

const createdAt: Column<KubeObject> = column('Created At', ({ metadata }) => metadata.creationTimestamp);

export const OTHER_COLUMNS: Columns = {
  namespaces: [NAME, column('Status', ({ status }) => status.phase), AGE],
  nodes: [
    NAME,
    column('Status', ({ status, spec }) => {
      const ready = status.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True');
      return `${ready ? 'Ready' : 'NotReady'}${spec.unschedulable ? ',SchedulingDisabled' : ''}`;
    }),
    column('Roles', ({ metadata }) => {
      const prefix = 'node-role.kubernetes.io/';
      return list(
        Object.keys(metadata.labels ?? {})
          .filter((key) => key.startsWith(prefix))
          .map((key) => key.slice(prefix.length)),
      );
    }),
    AGE,
    column('Version', ({ status }) => status.nodeInfo?.kubeletVersion ?? ''),
    wide(
      'Internal-IP',
      ({ status }) => status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '<none>',
    ),
    wide(
      'External-IP',
      ({ status }) => status.addresses?.find(({ type }) => type === 'ExternalIP')?.address ?? '<none>',
    ),
    wide('OS-Image', ({ status }) => status.nodeInfo?.osImage ?? '<unknown>'),
    wide('Kernel-Version', ({ status }) => status.nodeInfo?.kernelVersion ?? '<unknown>'),
    wide('Container-Runtime', ({ status }) => status.nodeInfo?.containerRuntimeVersion ?? '<unknown>'),
  ],
  serviceaccounts: [NAME, { ...column('Secrets', ({ secrets }) => secrets?.length ?? 0), type: 'string' }, AGE],
  configmaps: [NAME, column('Data', ({ data, binaryData }) => size(data) + size(binaryData)), AGE],
  secrets: [NAME, column('Type', ({ type }) => type ?? 'Opaque'), column('Data', ({ data }) => size(data)), AGE],
  services: [
    NAME,
    column('Type', ({ spec }) => spec.type ?? 'ClusterIP'),
    column('Cluster-IP', ({ spec }) => spec.clusterIP ?? '<none>'),
    column('External-IP', externalAddress),
    column('Port(s)', ({ spec }) =>
      list(
        (spec.ports ?? []).map(
          ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`,
        ),
      ),
    ),
    AGE,
    wide('Selector', ({ spec }) => showSelector({ matchLabels: spec.selector ?? {} }) || '<none>'),
  ],
  events: [
    column('Last Seen', ({ lastTimestamp }, now) => ago(lastTimestamp, now)),
    column('Type', ({ type }) => type ?? ''),
    column('Reason', ({ reason }) => reason ?? ''),
    column('Object', ({ involvedObject: { kind = '', name = '' } }) => `${kind.toLowerCase()}/${name}`),
    wide('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? ''),
    wide('Source', ({ source }) => [source?.component, source?.host].filter(Boolean).join(', ')),
    column('Message', ({ message }) => message?.trim() ?? ''),
    { ...column('First Seen', ({ firstTimestamp }, now) => ago(firstTimestamp, now)), priority: 1 },
    wide('Count', (event) => String(event.count ?? 1)),
    { ...NAME, priority: 1 },
  ],
  // The real server prints these with the time of their creation, not their age.
  roles: [NAME, createdAt],
  clusterroles: [NAME, createdAt],
  rolebindings: bindingColumns,
  clusterrolebindings: bindingColumns,
  leases: [NAME, column('Holder', ({ spec }) => spec?.holderIdentity ?? ''), AGE],
  persistentvolumeclaims: [
    NAME,
    column('Status', ({ status }) => status.phase ?? 'Pending'),
    column('Volume', ({ spec }) => spec.volumeName ?? ''),
    column('Capacity', ({ status }) => status.capacity?.storage ?? ''),
    column('Access Modes', () => ''),
    column('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    column('VolumeAttributesClass', () => '<unset>'),
    AGE,
    wide('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>'),
  ],
  resourcequotas: [
    NAME,
    column('Request', ({ spec, status }) => quota(spec.hard, status.used, false)),
    column('Limit', ({ spec, status }) => quota(spec.hard, status.used, true)),
    AGE,
  ],
  limitranges: [NAME, createdAt],
  ingresses: [
    NAME,
    column('Class', ({ spec }) => spec.ingressClassName ?? '<none>'),
    column('Hosts', ({ spec }) => (spec.rules ?? []).flatMap(({ host }) => host ?? []).join(',') || '*'),
    column('Address', () => ''),
    column('Ports', ({ spec }) => (spec.tls === undefined ? '80' : '80, 443')),
    AGE,
  ],
  networkpolicies: [NAME, column('Pod-Selector', ({ spec }) => showSelector(spec.podSelector) || '<none>'), AGE],
  validatingadmissionpolicies: [
    NAME,
    count('Validations', ({ spec }) => spec?.validations?.length),
    column('ParamKind', ({ spec }) => spec?.paramKind?.kind ?? '<unset>'),
    AGE,
  ],
  validatingadmissionpolicybindings: [
    NAME,
    column('PolicyName', ({ spec }) => spec?.policyName ?? ''),
    column('ParamRef', ({ spec }) => spec?.paramRef?.name ?? '<unset>'),
    AGE,
  ],
};
