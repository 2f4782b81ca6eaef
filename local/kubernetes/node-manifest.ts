/** The manifest of a pretended node, as EKS's own nodes look: an EC2 instance (Linux or Windows), or Fargate. */
import { createHash } from 'node:crypto';
import type { FakeNode } from './contract.ts';
import type { JsonObject } from './json.ts';

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

/** Labels decide: `kubernetes.io/os: windows`, or `eks.amazonaws.com/compute-type: fargate`, whose taint keeps other pods away. */
export const nodeManifest = ({ name, labels, providerID }: FakeNode, region: string): JsonObject => {
  const zone = labels?.['topology.kubernetes.io/zone'] ?? `${region}a`;
  const isFargate = labels?.[COMPUTE_TYPE] === 'fargate';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': labels?.['kubernetes.io/os'] === 'windows' ? 'amd64' : 'arm64',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
        ...labels,
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    spec: {
      providerID: providerID ?? `aws:///${zone}/${isFargate ? fargateId(name) : instanceId(name)}`,
      ...(isFargate ? { taints: [{ key: COMPUTE_TYPE, value: 'fargate', effect: 'NoSchedule' }] } : {}),
    },
  };
};

// From the name, so that a node has the same id after a restart.
const digest = (name: string): string => createHash('sha256').update(name).digest('hex');
const instanceId = (name: string): string => `i-${digest(name).slice(0, 17)}`;
const fargateId = (name: string): string => `${digest(name).slice(0, 10)}-${digest(name).slice(10, 42)}/${name}`;
