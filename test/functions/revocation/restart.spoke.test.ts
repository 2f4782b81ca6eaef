/** The restart function on an embedded cluster: rolls, evicts, waits, leaves alone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barePod, budget, type TestCluster, testCluster, workload } from './cluster.ts';
import { spoke } from './spoke.ts';

const restart = await spoke('restart');
const verify = await spoke('verify');

let cluster: TestCluster;
const FAR = '2999-01-01T00:00:00Z';
const input = (workloads: object[], rest: object = {}) => ({
  identity: cluster.identity,
  since: '2026-01-01T00:00:00Z',
  associated: false,
  revocation: 'r-1',
  deadline: FAR,
  deleteAfterDeadline: false,
  deleteBarePods: false,
  workloads,
  ...rest,
});
const stepsOf = async (workloads: object[], rest: object = {}) => {
  const { steps } = (await restart(input(workloads, rest))) as {
    steps: Array<{ step: string; pods: number; because?: string }>;
  };
  return steps;
};
const ofApp = (app: string) => (pods: Awaited<ReturnType<TestCluster['pods']>>) =>
  pods.filter(({ labels, finished }) => labels.app === app && !finished);

/** Starts it while EKS has the association, then takes the association away. */
const injected = async (count: number, app: string, ...manifests: object[]) => {
  cluster.says.associated = true;
  await cluster.apply(...manifests);
  const pods = await cluster.until((all) => ofApp(app)(all).filter(({ ready }) => ready).length === count);
  cluster.says.associated = false;
  return ofApp(app)(pods);
};

beforeAll(async () => {
  cluster = await testCluster('restart-test');
});
afterAll(() => cluster.close());

describe('workloads that roll', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'a %s is told once, and then nothing of before is left',
    async (kind) => {
      const name = kind.toLowerCase();
      const before = await injected(2, name, workload(kind, name, 2));
      expect(before.map(({ identity }) => identity)).toEqual(['pod-identity', 'pod-identity']);
      const workloads = [{ kind, name }];
      expect(await stepsOf(workloads)).toEqual([{ workload: { kind, name }, step: 'Roll', pods: 2 }]);
      // A second revocation, or the same one again, finds it rolling or done; it doesn't tell it once more.
      expect(['Wait', 'Done']).toContain((await stepsOf(workloads))[0]?.step);
      const after = await cluster.until((pods) => {
        const alive = ofApp(name)(pods);
        return alive.length === 2 && alive.every(({ identity, ready }) => identity === 'none' && ready);
      });
      const restarts = new Set(ofApp(name)(after).map(({ restartedAt }) => restartedAt));
      expect(restarts.size).toBe(1);
      expect((await stepsOf(workloads))[0]).toMatchObject({ step: 'Done' });
    },
  );

  it('two revocations at the same moment roll it once', async () => {
    await injected(1, 'twice', workload('Deployment', 'twice', 1));
    const both = await Promise.all([
      stepsOf([{ kind: 'Deployment', name: 'twice' }]),
      stepsOf([{ kind: 'Deployment', name: 'twice' }]),
    ]);
    const told = both.flat().filter(({ step }) => step === 'Roll');
    expect(told).toHaveLength(1);
    expect(both.flat().map(({ step }) => step)).toEqual(expect.arrayContaining(['Roll']));
    await cluster.until((pods) => ofApp('twice')(pods).every(({ identity }) => identity === 'none'));
  });
});

describe('workloads that do not roll', () => {
  it('a paused Deployment is evicted little by little', async () => {
    const [first, second] = await injected(2, 'paused', workload('Deployment', 'paused', 2, { paused: false }));
    await cluster.apply(workload('Deployment', 'paused', 2, { paused: true }));
    const workloads = [{ kind: 'Deployment', name: 'paused' }];
    expect(await stepsOf(workloads)).toMatchObject([
      { step: 'Evict', pods: 1, because: expect.stringMatching(/paused/) },
    ]);
    await cluster.until(
      (pods) => ofApp('paused')(pods).filter(({ identity, ready }) => identity === 'none' && ready).length === 1,
    );
    expect(await stepsOf(workloads)).toMatchObject([{ step: 'Evict', pods: 1 }]);
    const after = await cluster.until((pods) => ofApp('paused')(pods).every(({ identity }) => identity === 'none'));
    expect(after.map(({ uid }) => uid)).not.toEqual(expect.arrayContaining([first?.uid]));
    expect(after.map(({ uid }) => uid)).not.toEqual(expect.arrayContaining([second?.uid]));
  });

  it('OnDelete, a Job and a ReplicaSet alone are evicted', async () => {
    await injected(1, 'ondelete', workload('StatefulSet', 'ondelete', 1, { updateStrategy: { type: 'OnDelete' } }));
    await injected(1, 'job', workload('Job', 'job', 1));
    await injected(1, 'set', workload('ReplicaSet', 'set', 1));
    const workloads = [
      { kind: 'StatefulSet', name: 'ondelete' },
      { kind: 'Job', name: 'job' },
      { kind: 'ReplicaSet', name: 'set' },
    ];
    expect((await stepsOf(workloads)).map(({ step, pods }) => `${step} ${pods}`)).toEqual([
      'Evict 1',
      'Evict 1',
      'Evict 1',
    ]);
    await cluster.until((pods) =>
      ['ondelete', 'job', 'set'].every((app) => ofApp(app)(pods).every(({ identity }) => identity === 'none')),
    );
  });

  it('a bare pod is left alone, unless the configuration says otherwise', async () => {
    await injected(1, 'bare', barePod('bare'));
    const workloads = [{ kind: 'Pod', name: 'bare' }];
    expect(await stepsOf(workloads)).toMatchObject([
      { step: 'LeaveAlone', because: expect.stringMatching(/deleteBarePods/) },
    ]);
    expect(await stepsOf(workloads, { deleteBarePods: true })).toMatchObject([{ step: 'Delete', pods: 1 }]);
    await cluster.until((pods) => ofApp('bare')(pods).length === 0);
  });
});

describe('disruption budgets', () => {
  it('are waited for, then named, and passed over only when that is allowed', async () => {
    await injected(1, 'guarded', workload('ReplicaSet', 'guarded', 1), budget('guard', 'guarded', 1));
    const workloads = [{ kind: 'ReplicaSet', name: 'guarded' }];
    expect(await stepsOf(workloads)).toMatchObject([
      { step: 'Wait', pods: 1, because: expect.stringMatching(/disruption budget/) },
    ]);
    const late = { deadline: '2026-01-01T00:15:00Z' };
    expect(await stepsOf(workloads, late)).toMatchObject([
      { step: 'LeaveAlone', because: expect.stringMatching(/budget guard refuses/) },
    ]);
    expect(await stepsOf(workloads, { ...late, deleteAfterDeadline: true })).toMatchObject([
      { step: 'Delete', pods: 1 },
    ]);
    await cluster.until((pods) => ofApp('guarded')(pods).every(({ identity }) => identity === 'none'));
  });

  it('two on one pod: it says that they exclude eviction', async () => {
    await injected(
      1,
      'double',
      workload('ReplicaSet', 'double', 1),
      budget('one', 'double', 0),
      budget('two', 'double', 0),
    );
    expect(await stepsOf([{ kind: 'ReplicaSet', name: 'double' }])).toMatchObject([
      { step: 'Wait', because: expect.stringMatching(/two disruption budgets/) },
    ]);
  });
});

describe('what it may not do', () => {
  it('stops one workload and not the others, with the remedy', async () => {
    await injected(1, 'forbidden', workload('Deployment', 'forbidden', 1));
    cluster.says.groups = ['podid-observe'];
    const [step] = await stepsOf([{ kind: 'Deployment', name: 'forbidden' }]);
    cluster.says.groups = ['podid-restart'];
    expect(step).toMatchObject({
      step: 'LeaveAlone',
      because: expect.stringMatching(/patch deployments.apps.*access entry/),
    });
  });

  it('without any group the whole call is forbidden', async () => {
    cluster.says.groups = [];
    const failed = restart(input([{ kind: 'Deployment', name: 'forbidden' }]));
    await expect(failed).rejects.toMatchObject({ name: 'ClusterForbidden' });
    cluster.says.groups = ['podid-restart'];
  });
});

describe('verify', () => {
  it('counts what is left from before, and what the living pods use', async () => {
    await injected(2, 'counted', workload('Deployment', 'counted', 2));
    const alive = (await cluster.pods()).filter(({ finished }) => !finished);
    const before = alive.filter(({ identity }) => identity === 'pod-identity');
    const { identity } = cluster;
    const question = { identity, since: '2026-01-01T00:00:00Z', associated: false, deadline: FAR };
    expect(await verify(question)).toEqual({
      before: before.length,
      examples: expect.arrayContaining(before.map(({ name }) => name)),
      now: { none: alive.length - before.length, irsa: 0, podIdentity: before.length },
      deadlinePassed: false,
      verifiedAt: expect.any(String),
    });
    // All of these pods are younger than the change: associated again, none of them counts.
    const again = { ...question, associated: true, deadline: '2026-01-01T00:15:00Z' };
    expect(await verify(again)).toMatchObject({ before: 0, examples: [], deadlinePassed: true });
  });
});
