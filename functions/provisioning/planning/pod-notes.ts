/** What a person is told of the pods that have no credentials yet. Pure. */
import { showIdentity, type WorkloadIdentity } from '../../identity.ts';
import type { Told, Workload } from '../../pod-restarts.ts';
import { workloadKey } from '../../restart-rounds.ts';
import type { Progress } from './pods.ts';

/** A transition is kept and told of as a whole. */
const MOST_WORKLOADS = 20;

/** One sentence a workload, and why there is none where nobody looked. `progress` undefined: nobody asked. */
export const podNotes = (identity: WorkloadIdentity, progress: Progress | undefined): readonly string[] => {
  if (progress === undefined) return [nobodyLooked(identity, 'nothing came of it')];
  const { told, omitted, unseen, held } = progress;
  const more = told.length + omitted - Math.min(told.length, MOST_WORKLOADS);
  return [
    ...told.slice(0, MOST_WORKLOADS).map((one) => workloadNote(identity, one, progress)),
    ...(more > 0 ? [`${more} more workloads of ${showIdentity(identity)} have such pods.`] : []),
    ...(unseen === undefined ? [] : [nobodyLooked(identity, unseen)]),
    ...(held === undefined ? [] : [`Nothing is restarted: ${held}`]),
  ];
};

const nobodyLooked = (identity: WorkloadIdentity, because: string): string =>
  `Nobody could look at the pods of ${showIdentity(identity)}: those that are older than the association have no credentials until they are restarted. ${because}`;

const workloadNote = (identity: WorkloadIdentity, one: Told, { irsaRoleArn, stillWithout }: Progress): string => {
  const { workload, how, step, pods, because } = one;
  const name = `${called(workload)} ${identity.namespace}/${workload.name} in cluster ${identity.cluster}`;
  const why = because === undefined ? '' : ` (${because})`;
  if (step === 'Done') {
    const without = stillWithout[workloadKey(workload)];
    const done = how === undefined ? 'its pods were replaced' : 'restarted';
    if (without === undefined) return `${name}: ${done}.`;
    return `${name}: ${done}, and ${counted(without)} of it ${without === 1 ? 'has' : 'have'} no Pod Identity all the same: see where they run (Fargate, Windows), and whether the webhook was reached.`;
  }
  // Of one that is left to a person: what keeps a rollout from replacing its pods.
  const obstructed = how === undefined && step === 'Wait' && because !== undefined && workload.kind !== 'Pod';
  const instead = irsaRoleArn === undefined ? '' : ` (they may use ${irsaRoleArn} by IRSA)`;
  const lack = `${counted(pods)} ${pods === 1 ? 'has' : 'have'} no credentials until ${pods === 1 ? 'it is' : 'they are'} restarted${instead}: ${obstructed ? deletion(identity) : command(identity, workload)}`;
  return how === undefined
    ? `${name}: ${lack}${why}`
    : `${name}: its restart has begun and is not through; ${lack}${why}`;
};

const counted = (pods: number): string => (pods === 1 ? '1 pod' : `${pods} pods`);

const called = ({ kind, owner }: Workload): string => (kind === 'Other' ? (owner ?? 'owner') : kind.toLowerCase());

/** What a person would run. */
const command = (identity: WorkloadIdentity, { kind, name }: Workload): string => {
  const { namespace } = identity;
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`;
    case 'Rollout':
      return `kubectl argo rollouts -n ${namespace} restart ${name}`;
    case 'Pod':
      return `make it anew after kubectl -n ${namespace} delete pod ${name}`;
    default:
      return deletion(identity);
  }
};

const deletion = ({ namespace, serviceAccount }: WorkloadIdentity): string =>
  `delete its pods, which kubectl -n ${namespace} get pods --field-selector spec.serviceAccountName=${serviceAccount} shows`;
