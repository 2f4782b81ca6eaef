/** The pods of one identity, call after call: who is asked what, that it ends, and what a person is told then. */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { podNotes } from '../../../../functions/provisioning/planning/pod-notes.ts';
import type { PodsAsked, Progress } from '../../../../functions/provisioning/planning/pods.ts';
import { askPods, cameOfPods, hearOfPods, podsCall } from '../../../../functions/provisioning/planning/restarts.ts';
import type { AssessOutput, RestartOutput, Told, Workload } from '../../../../functions/revocation/contract.ts';
import { RestartInput } from '../../../../functions/revocation/contract.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const identity = {
  account: '222222222222',
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const settings = {
  settleSeconds: 30,
  deadlineSeconds: 900,
  deleteAfterDeadline: true,
  deleteBarePods: false,
  propagationSeconds: 10,
  withoutSessionTags: 'report',
} as const;
const asked = askPods({ restart: true, fargate: false }, settings, NOW);
const onlyLook = askPods({ restart: false, fargate: false }, settings, NOW);

const api: Workload = { kind: 'Deployment', name: 'api' };
const db: Workload = { kind: 'StatefulSet', name: 'db' };
type Seen = AssessOutput['workloads'][number];
const assessed = (workloads: readonly Seen[], more: Partial<AssessOutput> = {}): AssessOutput => ({
  workloads: [...workloads],
  omitted: 0,
  pods: { before: 0, all: 0 },
  fallback: { nodeRoles: [] },
  warnings: [],
  ...more,
});
const steps = (...list: RestartOutput['steps']): RestartOutput => ({ steps: list });
const told = (workload: Workload, step: Told['step'], more: Partial<Told> = {}): Told => ({
  workload,
  step,
  pods: 2,
  ...more,
});
const at = (list: readonly Told[], more: Partial<Progress> = {}): Progress => ({
  told: [...list],
  omitted: 0,
  stillWithout: {},
  troubles: 0,
  ...more,
});

const call = (progress: Progress | undefined, more: { asked?: PodsAsked; held?: string; now?: Date } = {}) =>
  podsCall({
    asker: 'g-0123456789abcdef-v1-p1',
    identity,
    asked: more.asked ?? asked,
    progress,
    settings,
    held: more.held,
    now: more.now ?? NOW,
  });
const hear = (
  called: 'assess' | 'restart',
  outcome: AssessOutput | RestartOutput | Error,
  progress?: Progress,
  more: { asked?: PodsAsked; held?: string; tries?: number; now?: Date } = {},
) =>
  hearOfPods({
    asked: more.asked ?? asked,
    progress,
    called,
    outcome:
      outcome instanceof Error ? { error: { Error: outcome.name, Cause: outcome.message } } : { answer: outcome },
    held: more.held,
    tries: more.tries ?? 0,
    now: more.now ?? NOW,
  });

describe('what is asked', () => {
  test.each([
    ['is fixed: pods from before the association is known, until a deadline', true, false, later(10), later(910)],
    ['is to look only where no restart is wished', false, false, later(10), undefined],
    ['is to look only where all pods are on Fargate', true, true, later(10), undefined],
  ])('%s', (_, restart, fargate, since, deadline) => {
    expect(askPods({ restart, fargate }, settings, NOW)).toEqual({
      since: since.toISOString(),
      ...(deadline && { deadline: deadline.toISOString() }),
    });
  });

  it('ends well before the execution does, whatever the configuration lets a revocation take', () => {
    const { deadline = '' } = askPods({ restart: true, fargate: false }, { ...settings, deadlineSeconds: 7200 }, NOW);
    expect(Date.parse(deadline) - NOW.getTime()).toBe(1_210_000);
  });
});

describe('the call', () => {
  test.each<[string, Progress | undefined, Parameters<typeof call>[1], 'assess' | 'restart']>([
    ['looks first', undefined, {}, 'assess'],
    ['restarts what was seen', at([told(api, 'Wait')]), {}, 'restart'],
    ['only looks where nothing else is wished', at([told(api, 'Wait')]), { asked: onlyLook }, 'assess'],
    ['only looks while the kill switch is on', at([told(api, 'Wait')]), { held: 'It is on.' }, 'assess'],
    ['goes on with a rollout under way', at([told(api, 'Roll', { how: 'Roll' })]), {}, 'restart'],
    ['looks again when all is done or left', at([told(api, 'Done'), told(db, 'LeaveAlone')]), {}, 'assess'],
  ])('%s', (_, progress, more, expected) => {
    expect(call(progress, more).function).toBe(expected);
  });

  it('asks for the pods that lack Pod Identity; at last also for newer ones', () => {
    expect(call(undefined).input).toEqual({ identity, associated: true, lacking: true, since: asked.since });
    expect(call(at([told(api, 'Done')]), { now: later(60) }).input).toMatchObject({ since: later(60).toISOString() });
  });

  it('leaves the last word to budgets, and pods without an owner alone, fifty workloads a call', () => {
    const many = Array.from({ length: 60 }, (_, n) => told({ kind: 'Deployment', name: `d-${n}` }, 'Wait'));
    const input = RestartInput.parse(call(at(many)).input);
    expect(input).toMatchObject({ deleteAfterDeadline: false, deleteBarePods: false, deadline: asked.deadline });
    expect(input.workloads).toHaveLength(50);
  });
});

describe('an answer', () => {
  const two = assessed([
    { workload: api, pods: 3 },
    { workload: db, pods: 1, because: 'OnDelete: its pods are evicted' },
  ]);

  it('is the end where nobody lacks anything, and where nobody asked for a restart', () => {
    expect(hear('assess', assessed([])).waitSeconds).toBeUndefined();
    const looked = hear('assess', two, undefined, { asked: onlyLook });
    expect(looked.waitSeconds).toBeUndefined();
    expect(podNotes(identity, looked.progress)).toEqual([
      'deployment checkout/api in cluster payments: 3 pods have no credentials until they are restarted: kubectl -n checkout rollout restart deployment/api',
      'statefulset checkout/db in cluster payments: 1 pod has no credentials until it is restarted: delete its pods, which kubectl -n checkout get pods --field-selector spec.serviceAccountName=api shows (OnDelete: its pods are evicted)',
    ]);
  });

  it('waits until the association is known, then restarts, looks again, and ends', () => {
    const first = hear('assess', two);
    expect(first.waitSeconds).toBe(11);
    const second = hear('restart', steps(told(api, 'Roll'), told(db, 'Evict')), first.progress, {
      tries: 1,
      now: later(11),
    });
    expect(second.waitSeconds).toBe(1);
    const third = hear('restart', steps(told(api, 'Done'), told(db, 'Done')), second.progress, {
      tries: 2,
      now: later(12),
    });
    expect(call(third.progress).function).toBe('assess');
    const last = hear('assess', assessed([]), third.progress, { tries: 3, now: later(14) });
    expect(last.waitSeconds).toBeUndefined();
    expect(podNotes(identity, last.progress)).toEqual([
      'deployment checkout/api in cluster payments: restarted.',
      'statefulset checkout/db in cluster payments: restarted.',
    ]);
  });

  it('of a last look opens what was not seen before, and tells of new pods that got nothing either', () => {
    const done = at([told(api, 'Done', { how: 'Roll' })]);
    const seen = assessed([
      { workload: api, pods: 2 },
      { workload: db, pods: 1 },
    ]);
    const { progress, waitSeconds } = hear('assess', seen, done, { tries: 4, now: later(60) });
    expect(waitSeconds).toBeGreaterThan(0);
    expect(call(progress).function).toBe('restart');
    expect(podNotes(identity, progress)[0]).toMatch(/restarted, and 2 pods of it have no Pod Identity all the same/);
  });

  it('that does not come ends a look, and a restart after three', () => {
    const lost = Object.assign(new Error('connect timeout'), { name: 'ClusterUnreachable' });
    const unseen = hear('assess', lost);
    expect(unseen.waitSeconds).toBeUndefined();
    expect(cameOfPods(unseen.progress)).toMatchObject({ status: 'unseen', done: true });
    expect(podNotes(identity, unseen.progress)).toEqual([
      expect.stringMatching(/^Nobody could look at the pods of checkout\/api .* ClusterUnreachable: connect timeout$/),
    ]);
    let progress = at([told(api, 'Roll', { how: 'Roll' })]);
    const waits = [1, 2, 3].map((tries) => {
      const heard = hear('restart', lost, progress, { tries });
      progress = heard.progress;
      return heard.waitSeconds !== undefined;
    });
    expect(waits).toEqual([true, true, false]);
    expect(podNotes(identity, progress)[0]).toMatch(
      /its restart has begun and is not through; 2 pods have no credentials/,
    );
  });

  it('while the kill switch is on is the last one, and says so', () => {
    const { progress, waitSeconds } = hear('assess', two, undefined, { held: 'The kill switch is on.' });
    expect(waitSeconds).toBeUndefined();
    expect(podNotes(identity, progress).at(-1)).toBe('Nothing is restarted: The kill switch is on.');
    expect(cameOfPods(progress).status).toBe('looked');
  });

  it('past the deadline names what is left, with its reason', () => {
    const left = told(api, 'LeaveAlone', {
      because: 'the deadline has passed; disruption budget api refuses evictions',
    });
    const { progress } = hear('restart', steps(left), at([told(api, 'Roll', { how: 'Roll' })]), { now: later(911) });
    expect(podNotes(identity, progress)).toEqual([
      expect.stringMatching(
        /not through; 2 pods .* rollout restart deployment\/api \(.*budget api refuses evictions\)$/,
      ),
    ]);
  });

  it('whatever the answers are, it ends soon after the deadline, and no call is made in vain', () => {
    const workload = fc.constantFrom(api, db, { kind: 'Pod', name: 'bare' } as const);
    const step = fc.constantFrom('Roll', 'Evict', 'Wait', 'Done', 'LeaveAlone');
    const outcome = fc.oneof(
      fc.constant(Object.assign(new Error('no'), { name: 'ServiceUnavailable' })),
      fc.array(fc.record({ workload, step, pods: fc.integer({ min: 1, max: 9 }) }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.infiniteStream(outcome), (outcomes) => {
        let [now, progress, tries]: [Date, Progress | undefined, number] = [NOW, undefined, 0];
        for (const given of outcomes) {
          expect(tries).toBeLessThan(200);
          expect(now.getTime()).toBeLessThan(later(1_100).getTime());
          const next = call(progress, { now }).function === 'assess' ? 'assess' : 'restart';
          const answer =
            given instanceof Error
              ? given
              : next === 'restart'
                ? steps(...given)
                : assessed(given.map(({ workload: each, pods }) => ({ workload: each, pods })));
          const heard = hear(next, answer, progress, { tries, now });
          progress = heard.progress;
          if (heard.waitSeconds === undefined) return;
          expect(heard.waitSeconds).toBeGreaterThan(0);
          now = new Date(now.getTime() + heard.waitSeconds * 1000);
          tries += 1;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the notes', () => {
  const commandOf = (workload: Workload): string => podNotes(identity, at([told(workload, 'Wait')]))[0] ?? '';
  test.each<[Workload, RegExp]>([
    [{ kind: 'DaemonSet', name: 'agent' }, /: kubectl -n checkout rollout restart daemonset\/agent$/],
    [{ kind: 'Rollout', name: 'web' }, /: kubectl argo rollouts -n checkout restart web$/],
    [{ kind: 'Pod', name: 'bare' }, /: make it anew after kubectl -n checkout delete pod bare$/],
    [{ kind: 'Job', name: 'once' }, /^job checkout\/once .*: delete its pods, /],
    [
      { kind: 'Other', name: 'x', owner: 'example.com/v1/Thing' },
      /^example\.com\/v1\/Thing checkout\/x .*: delete its pods, /,
    ],
  ])('have a command for %j', (workload, expected) => {
    expect(commandOf(workload)).toMatch(expected);
  });

  it('name IRSA where the service account has it, say that nobody asked, and stay few', () => {
    const irsaRoleArn = 'arn:aws:iam::222222222222:role/old';
    expect(podNotes(identity, at([told(api, 'Wait')], { irsaRoleArn }))[0]).toMatch(
      /\(they may use .*role\/old by IRSA\)/,
    );
    expect(podNotes(identity, undefined)).toEqual([expect.stringMatching(/^Nobody could look at the pods/)]);
    const many = Array.from({ length: 30 }, (_, n) => told({ kind: 'Deployment', name: `d-${n}` }, 'Wait'));
    const notes = podNotes(identity, at(many, { omitted: 5 }));
    expect([notes.length, notes.at(-1)]).toEqual([21, expect.stringMatching(/^15 more workloads/)]);
  });
});
