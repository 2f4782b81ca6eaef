import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PodFacts } from '../../../functions/kubernetes/pod.ts';
import type { WorkloadKind, WorkloadObject } from '../../../functions/kubernetes/workload.ts';
import { podsInQuestion } from '../../../functions/revocation/pods-in-question.ts';
import { isRolledSince, nextRestartStep, type RestartFacts } from '../../../functions/revocation/restart-step.ts';
import { pod } from './pod-facts.ts';

const object: WorkloadObject = { resourceVersion: '7', paused: false, onDelete: false, partition: 0 };
const now = new Date('2026-11-21T09:05:00Z');
const OLD = '2026-11-20T00:00:00.000Z';

const facts = (rest: Partial<RestartFacts> = {}): RestartFacts => ({
  since: '2026-11-21T09:00:00Z',
  associated: false,
  workload: { kind: 'Deployment', name: 'api' },
  object,
  pods: [pod('api-1'), pod('api-2')],
  now,
  deadline: '2026-11-21T09:15:00Z',
  deleteAfterDeadline: false,
  deleteBarePods: false,
  refusing: [],
  ...rest,
});
const of = (kind: WorkloadKind, rest: Partial<RestartFacts> = {}) => facts({ workload: { kind, name: 'x' }, ...rest });
const past = { now: new Date('2026-11-21T09:15:00Z') };
const owned = (kind: string) => [pod('x-1', { owner: { apiVersion: 'v1', kind, name: 'x' } })];

describe('the step', () => {
  it.each<[title: string, facts: RestartFacts, step: string, because?: RegExp]>([
    ['no pods', facts({ pods: [] }), 'Done'],
    ['only pods without the injection', facts({ pods: [pod('a', { identity: 'none' })] }), 'Done'],
    ['a Deployment', facts(), 'Roll'],
    ['a StatefulSet', of('StatefulSet'), 'Roll'],
    ['a DaemonSet', of('DaemonSet'), 'Roll'],
    ['an Argo Rollout', of('Rollout'), 'Roll'],
    ['a Rollout that may not be read', of('Rollout', { object: undefined }), 'Evict', /can not be read/],
    [
      'restarted for something else long ago',
      facts({
        object: { ...object, restartedAt: OLD },
        pods: [pod('a', { restartedAt: OLD })],
      }),
      'Roll',
    ],
    [
      'told already, pods still of the old template',
      facts({
        object: { ...object, restartedAt: '2026-11-21T09:01:00Z' },
      }),
      'Wait',
      /under way/,
    ],
    [
      'told already, but a new pod was still given the old credentials',
      facts({
        object: { ...object, restartedAt: '2026-11-21T09:01:00Z' },
        pods: [pod('a'), pod('b', { restartedAt: '2026-11-21T09:01:00Z' })],
      }),
      'Roll',
    ],
    [
      'a Rollout that was told after its pods came',
      of('Rollout', {
        object: { ...object, restartedAt: '2026-11-21T09:01:00Z' },
      }),
      'Wait',
      /under way/,
    ],
    [
      'a Rollout with a younger pod',
      of('Rollout', {
        object: { ...object, restartedAt: '2026-11-21T09:01:00Z' },
        pods: [pod('a', { createdAt: '2026-11-21T09:01:00.000Z' })],
      }),
      'Roll',
    ],
    ['a paused Deployment', facts({ object: { ...object, paused: true } }), 'Evict', /paused/],
    ['OnDelete', of('DaemonSet', { object: { ...object, onDelete: true } }), 'Evict', /OnDelete/],
    ['a partition', of('StatefulSet', { object: { ...object, partition: 2 } }), 'Evict', /number 2/],
    ['a Deployment that is gone', facts({ object: undefined }), 'Evict', /gone/],
    ['a Job', of('Job'), 'Evict', /backoffLimit/],
    ['a ReplicaSet alone', of('ReplicaSet'), 'Evict', /no Deployment/],
    [
      'an owner that is not known',
      facts({
        workload: { kind: 'Other', name: 'x', owner: 'acme.io/v1/Farm' },
      }),
      'Evict',
      /acme\.io\/v1\/Farm/,
    ],
    ['a bare pod', of('Pod'), 'LeaveAlone', /deleteBarePods/],
    ['a bare pod that may be deleted', of('Pod', { deleteBarePods: true }), 'Delete', /configuration/],
    ['a static pod', facts({ pods: owned('Node') }), 'LeaveAlone', /static/],
    ['all are shutting down', facts({ pods: [pod('a', { stopping: true })] }), 'Wait', /shutting down/],
    ['past the deadline', facts(past), 'LeaveAlone', /2 pods still/],
    ['past the deadline, a budget in the way', facts({ ...past, refusing: ['api'] }), 'LeaveAlone', /budget api/],
    ['past the deadline, deleting allowed', facts({ ...past, deleteAfterDeadline: true }), 'Delete', /deadline/],
    ['past the deadline, shutting down', facts({ ...past, pods: [pod('a', { stopping: true })] }), 'LeaveAlone'],
    ['past the deadline, a bare pod', of('Pod', { ...past, deleteAfterDeadline: true }), 'LeaveAlone', /no owner/],
    [
      'within the second of the change',
      facts({
        associated: true,
        since: '2026-11-21T09:05:00.1Z',
        now: new Date('2026-11-21T09:05:00.9Z'),
      }),
      'Wait',
      /second/,
    ],
    [
      'associated again, only younger pods',
      facts({
        associated: true,
        pods: [pod('a', { createdAt: '2026-11-21T09:00:01.000Z' })],
      }),
      'Done',
    ],
  ])('%s', (_, given, expected, because = /^/) => {
    const step = nextRestartStep(given);
    expect(step.do).toBe(expected);
    expect('because' in step ? step.because : '').toMatch(because);
  });
});

describe('a batch of evictions', () => {
  const paused = (pods: PodFacts[]) => nextRestartStep(facts({ object: { ...object, paused: true }, pods }));
  const names = (pods: PodFacts[]) => {
    const step = paused(pods);
    return step.do === 'Evict' ? step.pods.map(({ name }) => name) : step.do;
  };
  const many = (count: number) => Array.from({ length: count }, (_, index) => pod(`p${index}`));

  it('is a quarter of the pods, at least one', () => {
    expect(names(many(2))).toEqual(['p0']);
    expect(names(many(8))).toEqual(['p0', 'p1']);
  });

  it('waits while as many are missing already', () => {
    expect(names([...many(3), pod('new', { identity: 'none', ready: false })])).toBe('Wait');
    expect(names([...many(3), pod('going', { stopping: true })])).toBe('Wait');
  });

  it('takes pods that do not work first, however many', () => {
    expect(names([pod('a'), pod('b', { ready: false }), pod('c', { ready: false })])).toEqual(['b', 'c']);
  });

  it("of a Job is all its pods: they don't stand in for each other", () => {
    const step = nextRestartStep(of('Job', { pods: many(5) }));
    expect(step.do === 'Evict' && step.pods).toHaveLength(5);
  });
});

describe('for any facts', () => {
  const kinds = fc.constantFrom<WorkloadKind>(
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'Job',
    'ReplicaSet',
    'Rollout',
    'Pod',
    'Other',
  );
  const time = fc.integer({ min: 0, max: 3_600 }).map((s) => new Date(Date.parse('2026-11-21T08:30:00Z') + s * 1000));
  const iso = time.map((at) => at.toISOString());
  const pods = fc.array(
    fc.record({
      identity: fc.constantFrom('pod-identity', 'irsa', 'none'),
      createdAt: iso,
      ready: fc.boolean(),
      stopping: fc.boolean(),
      finished: fc.boolean(),
      restartedAt: iso,
    }),
    { maxLength: 12 },
  );
  const any: fc.Arbitrary<RestartFacts> = fc
    .record({
      associated: fc.boolean(),
      kind: kinds,
      object: fc.option(
        fc.record({
          resourceVersion: fc.constant('1'),
          paused: fc.boolean(),
          onDelete: fc.boolean(),
          partition: fc.nat(3),
          restartedAt: iso,
        }),
        { nil: undefined },
      ),
      pods: pods.map((list) => list.map((rest, index) => pod(`p${index}`, rest))),
      now: time,
      since: iso,
      deadline: iso,
      deleteAfterDeadline: fc.boolean(),
      deleteBarePods: fc.boolean(),
    })
    .map(({ kind, ...rest }) => facts({ ...rest, workload: { kind, name: 'x' } }));

  it('it removes only running pods in question, is Done exactly when there are none, and never waits past the deadline', () => {
    fc.assert(
      fc.property(any, (given) => {
        const step = nextRestartStep(given);
        const inQuestion = podsInQuestion(given.pods, given);
        expect(step.do === 'Done').toBe(inQuestion.length === 0);
        if (step.do === 'Evict' || step.do === 'Delete') {
          expect(step.pods.length).toBeGreaterThan(0);
          for (const each of step.pods) {
            expect(inQuestion).toContain(each);
            expect(each.stopping).toBe(false);
          }
        }
        if (step.do === 'Wait' && given.now.getTime() >= Date.parse(given.deadline)) {
          expect(step.because).toMatch(/second of the change/);
        }
        const mayDelete = given.workload.kind === 'Pod' ? given.deleteBarePods : given.deleteAfterDeadline;
        if (step.do === 'Delete') expect(mayDelete).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['never', undefined, false],
  ['long before the change', OLD, false],
  ['in the second of the change, by kubectl, which writes whole seconds', '2026-11-21T10:00:00+01:00', true],
  ['after it', '2026-11-21T09:01:00.250Z', true],
])('knows whether a rollout was asked for since the change: %s', (_, restartedAt, expected) => {
  const asked = restartedAt === undefined ? object : { ...object, restartedAt };
  expect(isRolledSince({ object: asked, since: '2026-11-21T09:00:00.400Z' })).toBe(expected);
});
