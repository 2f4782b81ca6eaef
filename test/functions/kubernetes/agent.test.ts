import { expect, test } from '@jest/globals';
import type { V1DaemonSet } from '@kubernetes/client-node';
import { agentOf } from '../../../functions/kubernetes/agent.ts';

const set = (name: string, ready: number, desired: number, more: Partial<V1DaemonSet> = {}): V1DaemonSet => ({
  metadata: { name, labels: {} },
  status: {
    observedGeneration: 1,
    currentNumberScheduled: desired,
    desiredNumberScheduled: desired,
    numberMisscheduled: 0,
    numberReady: ready,
  },
  ...more,
});
const AGENT = 'eks-pod-identity-agent';
const labelled = (name: string) => ({ metadata: { name, labels: { app: AGENT } } });

test.each<[why: string, sets: V1DaemonSet[], expected: object]>([
  ['none', [], { kind: 'none' }],
  ['others', [set('aws-node', 2, 2)], { kind: 'none' }],
  ['on each node', [set('aws-node', 0, 2), set(AGENT, 2, 2)], { kind: 'daemon-set', ready: true }],
  ['not on each', [set(AGENT, 1, 2)], { kind: 'daemon-set', ready: false }],
  ['no nodes', [set(AGENT, 0, 0)], { kind: 'daemon-set', ready: true }],
  ['by the chart, released under another name', [set('x', 2, 2, labelled('x'))], { kind: 'daemon-set', ready: true }],
  [
    'one for each kind of nodes',
    [set(AGENT, 2, 2), set('x', 0, 1, labelled(`${AGENT}-hybrid`))],
    { kind: 'daemon-set', ready: false },
  ],
  ['made a moment ago', [{ metadata: { name: AGENT } }], { kind: 'daemon-set', ready: false }],
  [
    'made a moment ago, its figures all nought',
    [
      set(AGENT, 0, 0, {
        status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
      }),
    ],
    { kind: 'daemon-set', ready: false },
  ],
])('%s', (_why, sets, expected) => {
  expect(agentOf(sets)).toEqual(expected);
});
