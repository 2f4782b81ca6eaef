/** A plain running pod that was given Pod Identity, to vary in tests. */
import type { PodFacts } from '../../../functions/kubernetes/pod.ts';

export const pod = (name: string, rest: Partial<PodFacts> = {}): PodFacts => ({
  name,
  uid: `uid-${name}`,
  createdAt: '2026-11-21T08:00:00.000Z',
  identity: 'pod-identity',
  labels: {},
  hostNetwork: false,
  ready: true,
  stopping: false,
  finished: false,
  ...rest,
});
