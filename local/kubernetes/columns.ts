/** The columns of each kind's table (pkg/printers/internalversion). Priority 1 is `-o wide`. */
import { humanDuration } from './duration.ts';
import type { KindName } from './kinds.ts';
import {
  isReady,
  type KubeObject,
  type LabelSelector,
  type Pod,
  type PodTemplate,
  type RoleBinding,
  type Typed,
} from './objects.ts';
import { showSelector } from './selectors.ts';

export type Cell = string | number | boolean;
export type Column<T> = {
  name: string;
  type?: 'string' | 'integer' | 'boolean';
  priority?: number;
  cell: (object: T, now: Date) => Cell;
};

/** The columns of a kind; name and age when it has none of its own. */
export const columnsOf = <K extends KindName>(plural: K): readonly Column<Typed[K]>[] => COLUMNS[plural] ?? [NAME, AGE];

const column = <T>(name: string, cell: (object: T, now: Date) => Cell): Column<T> => ({ name, cell });
const count = <T>(name: string, cell: (object: T) => number | undefined): Column<T> => ({
  name,
  type: 'integer',
  cell: (object) => cell(object) ?? 0,
});
const wide = <T>(name: string, cell: (object: T) => Cell): Column<T> => ({ name, priority: 1, cell });

const ago = (time: string | null | undefined, now: Date): string =>
  time === undefined || time === null ? '<unknown>' : humanDuration(now.getTime() - Date.parse(time));

const NAME: Column<KubeObject> = column('Name', ({ metadata }) => metadata.name);
const AGE: Column<KubeObject> = column('Age', ({ metadata }, now) => ago(metadata.creationTimestamp, now));

type WithTemplate = KubeObject & { spec: { template: PodTemplate; selector: LabelSelector } };
const containers = wide<WithTemplate>('Containers', ({ spec }) =>
  list(spec.template.spec.containers.map(({ name }) => name)),
);
const images = wide<WithTemplate>('Images', ({ spec }) =>
  list(spec.template.spec.containers.map(({ image }) => image ?? '')),
);
const selector = wide<WithTemplate>('Selector', ({ spec }) => showSelector(spec.selector) || '<none>');

const list = (items: readonly string[]): string => items.join(',') || '<none>';
const size = (object: object | undefined): number => Object.keys(object ?? {}).length;

/** What the STATUS column of a pod says. */
export const podPhase = (pod: Pod): string => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return pod.status.reason ?? pod.status.phase;
};

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

const COLUMNS: { readonly [K in KindName]?: readonly Column<Typed[K]>[] } = {
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
  pods: [
    NAME,
    column('Ready', (pod) => {
      const ready = pod.status.containerStatuses?.filter((container) => container.ready).length ?? 0;
      return `${isReady(pod) ? ready : 0}/${pod.spec.containers.length}`;
    }),
    column('Status', podPhase),
    column('Restarts', ({ status }) =>
      String((status.containerStatuses ?? []).reduce((sum, entry) => sum + entry.restartCount, 0)),
    ),
    AGE,
    wide('IP', ({ status }) => status.podIP ?? '<none>'),
    wide('Node', ({ spec }) => spec.nodeName ?? '<none>'),
    wide('Nominated Node', () => '<none>'),
    wide('Readiness Gates', () => '<none>'),
  ],
  serviceaccounts: [NAME, { ...column('Secrets', ({ secrets }) => secrets?.length ?? 0), type: 'string' }, AGE],
  configmaps: [NAME, column('Data', ({ data, binaryData }) => size(data) + size(binaryData)), AGE],
  secrets: [NAME, column('Type', ({ type }) => type ?? 'Opaque'), column('Data', ({ data }) => size(data)), AGE],
  services: [
    NAME,
    column('Type', ({ spec }) => spec.type ?? 'ClusterIP'),
    column('Cluster-IP', ({ spec }) => spec.clusterIP ?? '<none>'),
    column('External-IP', ({ spec }) => list(spec.externalIPs ?? [])),
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
  deployments: [
    NAME,
    column('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`),
    count('Up-to-date', ({ status }) => status.updatedReplicas),
    count('Available', ({ status }) => status.availableReplicas),
    AGE,
    containers,
    images,
    selector,
  ],
  replicasets: [
    NAME,
    count('Desired', ({ spec }) => spec.replicas),
    count('Current', ({ status }) => status.replicas),
    count('Ready', ({ status }) => status.readyReplicas),
    AGE,
    containers,
    images,
    selector,
  ],
  statefulsets: [
    NAME,
    column('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`),
    AGE,
    containers,
    images,
  ],
  daemonsets: [
    NAME,
    count('Desired', ({ status }) => status.desiredNumberScheduled),
    count('Current', ({ status }) => status.currentNumberScheduled),
    count('Ready', ({ status }) => status.numberReady),
    count('Up-to-date', ({ status }) => status.updatedNumberScheduled),
    count('Available', ({ status }) => status.numberAvailable),
    column(
      'Node Selector',
      ({ spec }) => showSelector({ matchLabels: spec.template.spec.nodeSelector ?? {} }) || '<none>',
    ),
    AGE,
    containers,
    images,
    selector,
  ],
  controllerrevisions: [
    NAME,
    column('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      return owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}.apps/${owner.name}`;
    }),
    count('Revision', ({ revision }) => revision),
    AGE,
  ],
  jobs: [
    NAME,
    column('Status', ({ spec, status }) => {
      const done = status.conditions?.find(
        ({ type, status: state }) => state === 'True' && ['Failed', 'Complete'].includes(type),
      );
      return done?.type ?? (spec.suspend === true ? 'Suspended' : 'Running');
    }),
    column('Completions', ({ spec, status }) => `${status.succeeded ?? 0}/${spec.completions ?? spec.parallelism}`),
    column('Duration', ({ status }, now) => (status.startTime === undefined ? '' : ago(status.startTime, now))),
    AGE,
    containers,
    images,
    selector,
  ],
  cronjobs: [
    NAME,
    column('Schedule', ({ spec }) => spec.schedule),
    column('Timezone', ({ spec }) => spec.timeZone ?? '<none>'),
    { ...column('Suspend', ({ spec }) => spec.suspend ?? false), type: 'boolean' },
    count('Active', ({ status }) => status.active?.length),
    column('Last Schedule', ({ status }, now) =>
      status.lastScheduleTime === undefined ? '<none>' : ago(status.lastScheduleTime, now),
    ),
    AGE,
  ],
  poddisruptionbudgets: [
    NAME,
    column('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    column('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    count('Allowed Disruptions', ({ status }) => status.disruptionsAllowed),
    AGE,
  ],
  // The real server prints these with the time of their creation, not their age.
  roles: [NAME, createdAt],
  clusterroles: [NAME, createdAt],
  rolebindings: bindingColumns,
  clusterrolebindings: bindingColumns,
  leases: [NAME, column('Holder', ({ spec }) => spec?.holderIdentity ?? ''), AGE],
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
