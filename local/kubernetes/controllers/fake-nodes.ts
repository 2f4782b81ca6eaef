/** Nodes: every one is pretended to be an EC2 instance whose kubelet reports that it is ready. */
import { createHash } from 'node:crypto';
import type { Node } from '../objects.ts';
import type { Controller, Tools } from './loop.ts';

const CAPACITY = { cpu: '64', memory: '256Gi', pods: '737', 'ephemeral-storage': '100Gi' };

export const fakeNodes =
  (version: string) =>
  ({ registry }: Tools): Controller => ({
    concerns: ({ plural, object, type }) => (plural === 'nodes' && type !== 'DELETED' ? [object.metadata.name] : []),
    reconcile: (name) => {
      registry.amend('nodes', name, (node) =>
        node.status?.conditions === undefined
          ? { ...node, status: readyStatus(node, version, registry.timestamp()) }
          : node,
      );
    },
  });

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
      operatingSystem: 'linux',
      architecture: 'arm64',
      osImage: 'podid local node',
      kernelVersion: '6.12.0',
      containerRuntimeVersion: 'containerd://2.1.0',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
  return status;
};
