/** Nodes: behind every one a kubelet is pretended that reports that it is ready; its labels say Linux or Windows. */
import { createHash } from 'node:crypto';
import { kindOf } from '../kinds.ts';
import type { Labels, Node } from '../objects.ts';
import type { Registry } from '../registry.ts';
import type { Controller, Tools } from './loop.ts';

const CAPACITY = { cpu: '64', memory: '256Gi', pods: '737', 'ephemeral-storage': '100Gi' };

export const fakeNodes =
  (version: string) =>
  ({ registry }: Tools): Controller => ({
    concerns: ({ plural, object, type }) => (plural === 'nodes' && type !== 'DELETED' ? [object.metadata.name] : []),
    reconcile: (name) => {
      lease(registry, name);
      registry.amend('nodes', name, (node) =>
        node.status?.conditions === undefined
          ? { ...node, status: readyStatus(node, version, registry.timestamp()) }
          : node,
      );
    },
  });

/** Taken when the node appears and never renewed: nobody waits for a kubelet to fall silent here. */
const lease = (registry: Registry, name: string): void => {
  const node = registry.store.get('nodes', name);
  const exists = registry.store.get('leases', `kube-node-lease/${name}`) !== undefined;
  if (node === undefined || exists || registry.store.get('namespaces', 'kube-node-lease') === undefined) return;
  registry.create(kindOf('leases'), 'kube-node-lease', {
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: registry.timestamp().replace('Z', '.000000Z'),
    },
  });
};

const readyStatus = ({ metadata }: Node, version: string, now: string): Node['status'] => {
  // From the name, so that a node has the same address after a restart.
  const [a = 0, b = 0] = createHash('sha256').update(metadata.name).digest();
  const status = {
    addresses: [
      { type: 'InternalIP', address: `10.0.${a}.${b}` },
      { type: 'Hostname', address: metadata.name },
    ],
    capacity: CAPACITY,
    allocatable: CAPACITY,
    conditions: [
      { type: 'Ready', reason: 'KubeletReady', message: 'kubelet is posting ready status', holds: true },
      {
        type: 'MemoryPressure',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
        holds: false,
      },
      {
        type: 'DiskPressure',
        reason: 'KubeletHasNoDiskPressure',
        message: 'kubelet has no disk pressure',
        holds: false,
      },
      {
        type: 'PIDPressure',
        reason: 'KubeletHasSufficientPID',
        message: 'kubelet has sufficient PID available',
        holds: false,
      },
    ].map(({ holds, ...condition }) => ({
      ...condition,
      status: holds ? ('True' as const) : ('False' as const),
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    })),
    nodeInfo: {
      kubeletVersion: version,
      kubeProxyVersion: version,
      ...systemOf(metadata.labels ?? {}),
      containerRuntimeVersion: 'containerd://2.1.0',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
  return status;
};

const systemOf = (labels: Labels): { [field: string]: string } => {
  const isWindows = labels['kubernetes.io/os'] === 'windows';
  return {
    operatingSystem: isWindows ? 'windows' : 'linux',
    architecture: labels['kubernetes.io/arch'] ?? (isWindows ? 'amd64' : 'arm64'),
    osImage: isWindows ? 'Windows Server 2022 Datacenter' : 'podid local node',
    kernelVersion: isWindows ? '10.0.20348.2322' : '6.12.0',
  };
};
