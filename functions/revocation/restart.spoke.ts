/** Takes the next step towards replacing the pods from before: at most one write for each workload, or one for each pod. */
import { budgetsOf, refusingBudgets } from '../kubernetes/budgets.ts';
import { type Cluster, openCluster } from '../kubernetes/client.ts';
import { AT_ONCE } from '../kubernetes/pages.ts';
import { deletePod, evict, podsOf } from '../kubernetes/pods.ts';
import { byWorkload, type WorkloadObject, workloadKey } from '../kubernetes/workload.ts';
import { replicaSetOwners, roll, workloadObjects } from '../kubernetes/workloads.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { isFailure } from '../runtime/errors.ts';
import { RestartInput, type RestartOutput, type Workload } from './contract.ts';
import { podsInQuestion } from './pods-in-question.ts';
import { type Answer, outcomeOf } from './restart-outcome.ts';
import { isRolledSince, nextRestartStep, type RestartStep } from './restart-step.ts';

export const handler = entry(RestartInput, async (input, around): Promise<RestartOutput> => {
  const { namespace, serviceAccount } = input.identity;
  const cluster = await openCluster(input.identity, around);
  const pods = await podsOf(cluster, namespace, serviceAccount);
  const now = around.now();
  const overdue = now.getTime() >= Date.parse(input.deadline);
  const [groups, objects, budgets] = await Promise.all([
    replicaSetOwners(cluster, namespace, pods).then((owners) => byWorkload(pods, owners)),
    workloadObjects(cluster, namespace, input.workloads),
    overdue ? budgetsOf(cluster, namespace) : [],
  ]);
  const plans = input.workloads.map((workload): Plan => {
    const key = workloadKey(workload);
    const own = groups.get(key)?.pods ?? [];
    const object = objects.get(key);
    const refusing = refusingBudgets(budgets, own);
    const step = nextRestartStep({ ...input, workload, object, pods: own, now, refusing });
    return { workload, object, step, pods: podsInQuestion(own, input).length };
  });
  // All writes of all workloads in one queue: so many at once, however they are spread.
  const acts = plans.flatMap((plan) => actsOf(cluster, namespace, plan, now));
  const answers = await inBatches(acts, AT_ONCE, async ({ plan, act }) => ({ plan, answer: await answerTo(act) }));
  const answersTo = Map.groupBy(answers, ({ plan }) => plan);
  return {
    steps: plans.map((plan) => {
      const given = answersTo.get(plan)?.map(({ answer }) => answer) ?? [];
      const outcome = outcomeOf(plan.workload, plan.step, given, plan.pods);
      return isRolledSince({ ...input, object: plan.object }) ? { ...outcome, rolled: true } : outcome;
    }),
    at: around.now().toISOString(),
  };
});

type Plan = {
  readonly workload: Workload;
  readonly object: WorkloadObject | undefined;
  readonly step: RestartStep;
  readonly pods: number;
};
type Act = { readonly plan: Plan; readonly act: () => Promise<Answer> };

const actsOf = (cluster: Cluster, namespace: string, plan: Plan, now: Date): Act[] => {
  const { workload, object, step } = plan;
  switch (step.do) {
    case 'Roll':
      if (object === undefined) return [];
      return [{ plan, act: () => roll(cluster, namespace, workload, object, now).then(() => ({ done: 'told' })) }];
    case 'Evict':
      return step.pods.map((pod) => ({ plan, act: () => evict(cluster, namespace, pod) }));
    case 'Delete':
      return step.pods.map((pod) => ({ plan, act: () => deletePod(cluster, namespace, pod) }));
    default:
      return [];
  }
};

/** What stops one write must not stop the others: the next round sees it again. */
const answerTo = async (act: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await act();
  } catch (error) {
    if (isFailure(error, 'NotFound')) return { done: 'gone' };
    if (isFailure(error, 'Conflict')) return { done: 'refused', because: 'somebody else changed it just now' };
    if (isFailure(error, 'Throttled', 'ServiceUnavailable')) return { done: 'refused', because: error.message };
    if (isFailure(error, 'ClusterForbidden', 'Refused')) return { done: 'forbidden', because: error.message };
    throw error;
  }
};
