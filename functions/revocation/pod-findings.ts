/** What is wrong about the pods of a revocation: those that remain, what the others fall back on, and what kept us from looking. Pure. */
import { showIdentity, type WorkloadIdentity } from '../identity.ts';
import { workloadKey } from '../restart-rounds.ts';
import type { AssessOutput, Caught, Fallback, RecordInput, Told, VerifyOutput } from './contract.ts';
import { finding, REASONS, type Reason } from './findings.ts';
import { shortened } from './known-roles.ts';
import { listed } from './neighbours.ts';
import type { RoleFinding } from './role-findings.ts';

/** All findings about pods, in no order. Where something held the revocation back, it is no finding that pods remain. */
export const podFindings = (state: RecordInput, held: string | undefined): RoleFinding[] => {
  const { identity } = state.revocation;
  const assessment = state.assessment;
  const verification = state.verification;
  const assessed = assessment !== undefined && !('error' in assessment) ? assessment : undefined;
  const verified = verification !== undefined && !('error' in verification) ? verification : undefined;
  const { told, ran, trouble } = state.restart;
  return [
    ...errorsOf([assessment, verification, ...ran, trouble ?? undefined]).map((error) =>
      clusterFinding(error, state.revocation),
    ),
    ...told.flatMap((one) => leftAlone(one, identity, verified)),
    ...told
      .filter(({ how, because }) => how === 'Delete' && because !== undefined && because.includes('deadline'))
      .map(deleted),
    ...(held === undefined ? remaining(told, identity, verified) : []),
    ...(assessed === undefined
      ? []
      : [...fallbackFindings(assessed.fallback, state.revocation.identity), ...warnings(assessed)]),
  ];
};

/** `1 pod`, `7 pods`. */
export const countedPods = (pods: number): string => (pods === 1 ? '1 pod' : `${pods} pods`);

/** The command that lists an identity's pods. */
export const podsCommand = ({ cluster, namespace, serviceAccount }: WorkloadIdentity): string =>
  `kubectl --context ${cluster} -n ${namespace} get pods --field-selector spec.serviceAccountName=${serviceAccount}`;

const errorsOf = (answers: readonly ({ error: Caught } | object | undefined)[]): Caught[] => {
  const errors = answers.flatMap((answer) =>
    answer !== undefined && 'error' in answer ? [shortened(answer.error)] : [],
  );
  // A cluster that is gone has no pods. The same trouble in each chunk and in each look is one finding.
  const troubles = errors.filter((error) => error.Error !== 'ClusterGone');
  return [...new Map(troubles.map((error) => [error.Error, error])).values()];
};

const clusterFinding = (
  { Error: error, Cause: cause }: Caught,
  { id, identity }: RecordInput['revocation'],
): RoleFinding => {
  const { cluster, account, region } = identity;
  const reason: Reason = isReason(error) && error.startsWith('Cluster') ? error : 'RestartFailed';
  const because = cause === undefined ? error : `${error}: ${cause.replace(/\.$/, '')}`;
  const mend = {
    ClusterUnreachable: `Make the endpoint of ${cluster} reachable from the spoke's functions (aws eks describe-cluster --name ${cluster})`,
    ClusterUnauthorized: `Give the spoke's roles access entries (aws eks list-access-entries --cluster-name ${cluster}; the spoke stack makes them)`,
    ClusterForbidden: 'Apply infra/kubernetes to the cluster and look at its access entries and admission policies',
    ClusterUntrusted: `Find out who answers at the endpoint of ${cluster} with another certificate`,
  }[String(reason)];
  return finding(
    reason,
    `The pods of ${showIdentity(identity)} could not all be replaced or looked at (${because}). The denies stand.`,
    {
      witness: `${account}/${region}/${cluster}`,
      remedy: `${mend ?? 'Mend the cause'}, then run: podid revocations retry ${id}. By hand: ${podsCommand(identity)}, and restart their workloads.`,
    },
  );
};

const isReason = (name: string): name is Reason => name in REASONS;

const leftAlone = (
  { workload, step, because, pods }: Told,
  { cluster, namespace }: WorkloadIdentity,
  verified: VerifyOutput | undefined,
): RoleFinding[] => {
  if (step !== 'LeaveAlone' || verified?.before === 0) return [];
  const reason = because ?? 'no reason was given';
  if (workload.kind === 'Pod') {
    return [
      finding(
        'BarePodLeft',
        `The pod ${workload.name} has no owner, so deleting it would be final: it was left alone (${reason}).`,
        {
          witness: workload.name,
          remedy: `kubectl --context ${cluster} -n ${namespace} delete pod ${workload.name}`,
        },
      ),
    ];
  }
  return [
    finding(
      'WorkloadLeftAlone',
      `${workloadKey(workload)} was left alone with ${countedPods(pods)} from before: ${reason}.`,
      {
        witness: workloadKey(workload),
        remedy: `kubectl --context ${cluster} -n ${namespace} describe ${workload.kind.toLowerCase()} ${workload.name}`,
      },
    ),
  ];
};

const deleted = ({ workload, because }: Told): RoleFinding =>
  finding('DeletedInsteadOfEvicted', `Pods of ${workloadKey(workload)} were deleted, not evicted: ${because}.`, {
    witness: workloadKey(workload),
    remedy: 'Give the disruption budget room for one pod, or the revocation a longer deadline.',
  });

const remaining = (
  told: readonly Told[],
  identity: WorkloadIdentity,
  verified: VerifyOutput | undefined,
): RoleFinding[] => {
  if (verified === undefined || verified.before === 0) return [];
  const waiting = told.filter(({ step }) => step !== 'Done').map(({ workload }) => workloadKey(workload));
  const whose = waiting.length === 0 ? '' : `, of ${listed(waiting)}`;
  return [
    finding(
      'PodsRemain',
      `${countedPods(verified.before)} from before live on${whose}: ${listed(verified.examples)}.`,
      {
        ...(verified.examples[0] === undefined ? {} : { witness: verified.examples[0] }),
        remedy: `Look why they are not replaced: ${podsCommand(identity)}`,
      },
    ),
  ];
};

const fallbackFindings = ({ irsaRoleArn, nodeRoles }: Fallback, identity: WorkloadIdentity): RoleFinding[] => {
  const { cluster, namespace, serviceAccount } = identity;
  const irsa =
    irsaRoleArn === undefined
      ? []
      : [
          finding('IrsaFallback', `The service account is still annotated for IRSA: its new pods use ${irsaRoleArn}.`, {
            witness: irsaRoleArn,
            remedy: `kubectl --context ${cluster} -n ${namespace} annotate serviceaccount ${serviceAccount} eks.amazonaws.com/role-arn-`,
          }),
        ];
  const nodes = nodeRoles.flatMap(({ roleArn, reachable, nodes: count, because }): RoleFinding[] => {
    if (reachable === 'no') return [];
    const role = roleArn ?? "the node's role";
    const more = roleArn === undefined ? {} : { witness: roleArn };
    if (reachable === 'unknown') {
      return [
        finding(
          'NodeRoleUnknown',
          `Whether its pods can get ${role} on ${nodesOf(count)} is not known: ${because}.`,
          more,
        ),
      ];
    }
    return [
      finding('NodeRoleReachable', `Its pods can get ${role} from the metadata of ${nodesOf(count)}: ${because}.`, {
        ...more,
        remedy:
          'aws ec2 modify-instance-metadata-options --instance-id … --http-tokens required --http-put-response-hop-limit 1, and in the launch template.',
      }),
    ];
  });
  return [...irsa, ...nodes];
};

const nodesOf = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

const warnings = ({ warnings: texts }: AssessOutput): RoleFinding[] =>
  texts.map((text) => finding('AssessWarning', text));
