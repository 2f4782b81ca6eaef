/** The columns of pods, and of what makes, guards and scales them. */
import { isReady, type KubeObject, type LabelSelector, type Pod, type PodTemplate } from '../objects.ts';
import { showSelector } from '../selectors.ts';
import { AGE, ago, type Columns, column, count, list, NAME, wide } from './column.ts';

type WithTemplate = KubeObject & { spec: { template: PodTemplate; selector: LabelSelector } };
const containers = wide<WithTemplate>('Containers', ({ spec }) =>
  list(spec.template.spec.containers.map(({ name }) => name)),
);
const images = wide<WithTemplate>('Images', ({ spec }) =>
  list(spec.template.spec.containers.map(({ image }) => image ?? '')),
);
const selector = wide<WithTemplate>('Selector', ({ spec }) => showSelector(spec.selector) || '<none>');

/** What the STATUS column of a pod says. */
const podPhase = (pod: Pod): string => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const [ended] = (pod.status.containerStatuses ?? []).flatMap(({ state }) => state.terminated?.reason ?? []);
  return pod.status.reason ?? ended ?? pod.status.phase;
};

const endOf = (time: string | undefined, now: Date): Date => (time === undefined ? now : new Date(time));

export const WORKLOAD_COLUMNS: Columns = {
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
    column('Duration', ({ status }, now) =>
      status.startTime === undefined ? '' : ago(status.startTime, endOf(status.completionTime, now)),
    ),
    AGE,
    containers,
    images,
    selector,
  ],
  cronjobs: [
    NAME,
    column('Schedule', ({ spec }) => spec.schedule),
    column('Timezone', ({ spec }) => spec.timeZone ?? '<none>'),
    column('Suspend', ({ spec }) => (spec.suspend === true ? 'True' : 'False')),
    count('Active', ({ status }) => status.active?.length),
    column('Last Schedule', ({ status }, now) =>
      status.lastScheduleTime === undefined ? '<none>' : ago(status.lastScheduleTime, now),
    ),
    AGE,
    wide('Containers', ({ spec }) => list(spec.jobTemplate.spec.template.spec.containers.map(({ name }) => name))),
    wide('Images', ({ spec }) => list(spec.jobTemplate.spec.template.spec.containers.map(({ image }) => image ?? ''))),
    wide('Selector', ({ spec }) => showSelector(spec.jobTemplate.spec.selector) || '<none>'),
  ],
  // As the CRD of Argo Rollouts says.
  rollouts: [
    NAME,
    count('Desired', ({ spec }) => spec.replicas ?? 1),
    count('Current', ({ status }) => status?.replicas),
    count('Up-to-date', ({ status }) => status?.updatedReplicas),
    count('Available', ({ status }) => status?.availableReplicas),
    AGE,
  ],
  poddisruptionbudgets: [
    NAME,
    column('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    column('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    count('Allowed Disruptions', ({ status }) => status.disruptionsAllowed),
    AGE,
  ],
  horizontalpodautoscalers: [
    NAME,
    column(
      'Reference',
      ({
        spec: {
          scaleTargetRef: { kind, name },
        },
      }) => `${kind}/${name}`,
    ),
    column('Targets', () => '<none>'),
    column('MinPods', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
    count('MaxPods', ({ spec }) => spec.maxReplicas),
    count('Replicas', ({ status }) => status.currentReplicas),
    AGE,
  ],
};
