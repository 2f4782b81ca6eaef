/** What an add-on puts into its cluster. Only the Pod Identity agent does here: its DaemonSet, as in its chart (charts/eks-pod-identity-agent). */
import { partitionOf } from '../../../../functions/partition.ts';
import type { Addon, Cluster } from '../state.ts';
import { AGENT } from './catalog.ts';
import { configurationOf } from './configuration.ts';

/** The account of EKS's images in most commercial regions (EKS guide, "View Amazon container image registries"). */
const IMAGES = '602401143452';
/** The agent's release whose behaviour the local cloud follows. */
const AGENT_RELEASE = 'v0.1.37';

/** Kubernetes objects, in the order in which they are made. */
export const softwareOf = (cluster: Cluster, addon: Addon): readonly object[] =>
  addon.name === AGENT ? [agentDaemonSet(cluster, addon)] : [];

const agentDaemonSet = (cluster: Cluster, addon: Addon): object => {
  const { agent, podLabels, podAnnotations, nodeSelector, resources, tolerations, affinity } = configurationOf(
    addon.name,
    addon.configurationValues,
  ) as AgentValues;
  const selector = { 'app.kubernetes.io/name': AGENT, 'app.kubernetes.io/instance': AGENT };
  const image = `${IMAGES}.dkr.ecr.${cluster.region}.${partitionOf(cluster.region).dnsSuffix}/eks/${AGENT}:${AGENT_RELEASE}`;
  const verbosity = Object.entries({ '-v': 'trace', ...agent?.additionalArgs }).flat();
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: AGENT,
      namespace: addon.namespace,
      labels: {
        ...selector,
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/version': addon.version,
        app: AGENT,
      },
    },
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...selector, ...podLabels },
          annotations: { 'prometheus.io/port': '2705', 'prometheus.io/scrape': 'true', ...podAnnotations },
        },
        spec: {
          automountServiceAccountToken: false,
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          terminationGracePeriodSeconds: 30,
          tolerations: tolerations ?? [{ operator: 'Exists' }],
          ...(nodeSelector === undefined ? {} : { nodeSelector }),
          affinity: affinity ?? AFFINITY,
          initContainers: [
            {
              name: `${AGENT}-init`,
              image,
              command: ['/go-runner', '/eks-pod-identity-agent', 'initialize'],
              args: ['-v', 'trace'],
              securityContext: { privileged: true },
            },
          ],
          containers: [
            {
              name: AGENT,
              image,
              command: ['/go-runner', '/eks-pod-identity-agent', 'server'],
              args: ['--port', '80', '--cluster-name', cluster.name, '--probe-port', '2703', ...verbosity.map(String)],
              ports: [
                { name: 'proxy', containerPort: 80, protocol: 'TCP' },
                { name: 'probes-port', containerPort: 2703, protocol: 'TCP' },
              ],
              env: [{ name: 'AWS_REGION', value: cluster.region }],
              securityContext: { capabilities: { add: ['CAP_NET_BIND_SERVICE'] } },
              ...(resources === undefined ? {} : { resources }),
            },
          ],
        },
      },
    },
  };
};

type Values = Readonly<Record<string, unknown>>;
/** What `configurationOf` has checked. */
type AgentValues = {
  readonly agent?: { readonly additionalArgs?: Values };
  readonly podLabels?: Values;
  readonly podAnnotations?: Values;
  readonly nodeSelector?: Values;
  readonly resources?: Values;
  readonly tolerations?: readonly Values[];
  readonly affinity?: Values;
};

/** Not on Fargate, nor where the agent is built in. */
const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
            { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid', 'auto'] },
          ],
        },
      ],
    },
  },
};
