import { describe, expect, it } from '@jest/globals';
import { podFacts } from '../../../functions/kubernetes/pod.ts';
import { byWorkload, workloadOf } from '../../../functions/kubernetes/workload.ts';
import { pod } from '../revocation/pod-facts.ts';

const owner = (apiVersion: string, kind: string, name = 'x') => ({ apiVersion, kind, name });
const sets = new Map([
  ['of-deployment', owner('apps/v1', 'Deployment', 'api')],
  ['of-rollout', owner('argoproj.io/v1alpha1', 'Rollout', 'api')],
  ['alone', undefined],
]);

describe('whose a pod is', () => {
  it.each([
    ['nobody', undefined, { kind: 'Pod', name: 'p' }],
    ['a Deployment', owner('apps/v1', 'ReplicaSet', 'of-deployment'), { kind: 'Deployment', name: 'api' }],
    ['an Argo Rollout', owner('apps/v1', 'ReplicaSet', 'of-rollout'), { kind: 'Rollout', name: 'api' }],
    ['a ReplicaSet alone', owner('apps/v1', 'ReplicaSet', 'alone'), { kind: 'ReplicaSet', name: 'alone' }],
    ['a ReplicaSet that is gone', owner('apps/v1', 'ReplicaSet', 'gone'), { kind: 'ReplicaSet', name: 'gone' }],
    ['a StatefulSet', owner('apps/v1', 'StatefulSet'), { kind: 'StatefulSet', name: 'x' }],
    ['a DaemonSet', owner('apps/v1', 'DaemonSet'), { kind: 'DaemonSet', name: 'x' }],
    ['a Job', owner('batch/v1', 'Job'), { kind: 'Job', name: 'x' }],
    [
      "somebody else's StatefulSet",
      owner('apps.kruise.io/v1', 'StatefulSet'),
      { kind: 'Other', name: 'x', owner: 'apps.kruise.io/v1/StatefulSet' },
    ],
    [
      'an old-style controller',
      owner('v1', 'ReplicationController'),
      { kind: 'Other', name: 'x', owner: 'v1/ReplicationController' },
    ],
  ])('%s', (_, of, expected) => {
    expect(workloadOf(pod('p', of && { owner: of }), sets)).toEqual(expected);
  });

  it('gathers the pods of one workload over its ReplicaSets', () => {
    const deployment = new Map([
      ['a', owner('apps/v1', 'Deployment', 'api')],
      ['b', owner('apps/v1', 'Deployment', 'api')],
    ]);
    const pods = ['a', 'b', 'a'].map((set, index) => pod(`p${index}`, { owner: owner('apps/v1', 'ReplicaSet', set) }));
    const groups = [...byWorkload(pods, deployment).values()];
    expect(groups).toEqual([{ workload: { kind: 'Deployment', name: 'api' }, pods }]);
  });
});

describe('the facts of a pod', () => {
  const metadata = { name: 'p', uid: 'u', creationTimestamp: new Date('2026-11-21T09:00:00Z') };
  const spec = { containers: [] };

  it('come from its metadata, spec and status', () => {
    const facts = podFacts({
      metadata: {
        ...metadata,
        deletionTimestamp: new Date('2026-11-21T09:01:00Z'),
        labels: { app: 'api' },
        annotations: { 'kubectl.kubernetes.io/restartedAt': 'then' },
        ownerReferences: [
          { ...owner('v1', 'ConfigMap'), uid: '1' },
          { ...owner('apps/v1', 'ReplicaSet'), uid: '2', controller: true },
        ],
      },
      spec: { ...spec, nodeName: 'n', hostNetwork: true },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(facts).toEqual({
      name: 'p',
      uid: 'u',
      createdAt: '2026-11-21T09:00:00.000Z',
      identity: 'none',
      owner: owner('apps/v1', 'ReplicaSet'),
      labels: { app: 'api' },
      restartedAt: 'then',
      node: 'n',
      hostNetwork: true,
      ready: true,
      stopping: true,
      finished: false,
    });
  });

  it.each([
    ['Succeeded', true],
    ['Failed', true],
    ['Running', false],
    ['Pending', false],
  ])('%s has ended: %s', (phase, finished) => {
    expect(podFacts({ metadata, spec, status: { phase } })).toMatchObject({ finished });
  });
});
