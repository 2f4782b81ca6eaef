import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { waitSeconds } from '../../../functions/restart-rounds.ts';
import type {
  AssessOutput,
  PlanRestartInput,
  RestartOutput,
  Told,
  VerifyOutput,
} from '../../../functions/revocation/contract.ts';
import type { Brakes } from '../../../functions/revocation/held.ts';
import { planRestart } from '../../../functions/revocation/plan-restart.ts';
import { config, revocation, SINCE } from '../../statemachines/revoke-world.ts';

const START = Date.parse(SINCE);
const at = (seconds: number) => new Date(START + seconds * 1000);
const workload = (name: string) => ({ kind: 'Deployment' as const, name });
const assessed = (names: readonly string[], omitted = 0): AssessOutput => ({
  workloads: names.map((name) => ({ workload: workload(name), pods: 2 })),
  omitted,
  pods: { before: names.length * 2, all: names.length * 2 },
  fallback: { nodeRoles: [] },
  warnings: [],
});
const looked = (before: number): VerifyOutput => ({
  before,
  examples: [],
  now: { none: 0, irsa: 0, podIdentity: 0 },
  deadlinePassed: false,
  verifiedAt: SINCE,
});
const told = (name: string, step: Told['step'], how?: Told['how']): Told => ({
  workload: workload(name),
  step,
  pods: 2,
  ...(how === undefined ? {} : { how }),
});

const input = (change: Partial<PlanRestartInput> = {}): PlanRestartInput => ({
  revocation: revocation(),
  question: { since: SINCE, associated: false },
  assessment: assessed(['api', 'web']),
  verification: undefined,
  ran: [],
  told: [],
  deadline: null,
  lastAsked: false,
  trouble: null,
  round: 0,
  ...change,
});
const plan = (change: Partial<PlanRestartInput> = {}, seconds = 31, brakes: Brakes = { breaker: {} }) =>
  planRestart({ input: input(change), settings: config().revocation, brakes, now: at(seconds) });
const next = (...facts: Parameters<typeof plan>) => {
  const { output } = plan(...facts);
  const asked = output.chunks.flatMap(({ workloads }) => workloads.map(({ name }) => name));
  return [output.next, ...asked].join(' ');
};
const error = { error: { Error: 'ClusterForbidden' } };
const deadline = at(931).toISOString();
const running = { verification: looked(4), deadline, round: 1 };

describe('the next step', () => {
  const killed: Brakes = { breaker: {}, killSwitch: { on: true, by: 'bob', at: SINCE, why: 'x' } };
  it.each([
    ['first: everything that was assessed', [{}], 'restart api web'],
    ['first, with nothing to restart: a look proves it', [{ assessment: assessed([]) }], 'verify'],
    ['first, held: a look, which writes nothing', [{}, 31, killed], 'verify'],
    ['held after that look', [running, 40, killed], 'done'],
    ['no answer from the cluster', [{ assessment: error }], 'done'],
    ['nobody can look', [{ ...running, verification: error }], 'done'],
    ['no pod from before is left', [{ ...running, verification: looked(0) }], 'done'],
    ['rolling: only looks', [{ ...running, told: [told('api', 'Roll'), told('web', 'Roll')] }], 'verify'],
    [
      'rolling, each fourth round: asked again, for pods that came late',
      [{ ...running, round: 4, told: [told('api', 'Roll'), told('web', 'Done')] }],
      'restart api web',
    ],
    [
      'evicting goes on until it is done',
      [{ ...running, told: [told('api', 'Evict'), told('web', 'Roll')] }],
      'restart api',
    ],
    ['what waits is asked again', [{ ...running, told: [told('api', 'Wait'), told('web', 'Done')] }], 'restart api'],
    [
      'what failed as a chunk is asked again',
      [{ ...running, ran: [error], told: [told('web', 'Roll')] }],
      'restart api',
    ],
    [
      'left alone, and no others: waiting can not help',
      [{ ...running, verification: looked(2), told: [told('api', 'LeaveAlone'), told('web', 'Done')] }],
      'done',
    ],
    [
      'left alone, but there are more pods',
      [{ ...running, told: [told('api', 'LeaveAlone'), told('web', 'Done')] }],
      'verify',
    ],
    [
      'more workloads than one assessment holds',
      [
        {
          ...running,
          round: 2,
          assessment: assessed(['api', 'web'], 9),
          told: [told('api', 'Roll'), told('web', 'Roll')],
        },
      ],
      'assess',
    ],
    ['three rounds without an answer', [{ ...running, ran: [error], trouble: { ...error, rounds: 2 } }], 'done'],
    [
      'past the deadline: everything that is left once more',
      [{ ...running, told: [told('api', 'Roll'), told('web', 'Done')] }, 931],
      'restart api',
    ],
    ['past it, asked already', [{ ...running, lastAsked: true, told: [told('api', 'LeaveAlone')] }, 940], 'done'],
    [
      'past it, deleted: pods need time to end',
      [{ ...running, lastAsked: true, told: [told('api', 'Delete'), told('web', 'Done')] }, 940],
      'verify',
    ],
    ['past it, deleted, and too long', [{ ...running, lastAsked: true, told: [told('api', 'Delete')] }, 990], 'done'],
  ] as [string, Parameters<typeof plan>, string][])('%s', (_, facts, expected) => {
    expect(next(...facts)).toBe(expected);
  });

  it('hands the spoke what it needs, 50 workloads at a time, and keeps the first deadline', () => {
    const names = Array.from({ length: 60 }, (_, index) => `w${index}`);
    const { output, notes } = plan({ assessment: assessed(names) });
    expect(output.chunks.map(({ workloads }) => workloads.length)).toEqual([50, 10]);
    expect(output.chunks[0]).toMatchObject({
      revocation: revocation().id,
      since: SINCE,
      associated: false,
      deadline,
      deleteBarePods: false,
    });
    expect(plan({ deadline, round: 3 }, 500).output.deadline).toBe(deadline);
    expect(notes.filter(({ kind }) => kind === 'intent').map(({ object }) => object)).toEqual(['chunk 1', 'chunk 2']);
  });

  it('remembers how a workload was restarted, and the last reason', () => {
    const answer = (step: Told['step'], because?: string): RestartOutput => ({
      steps: [{ workload: workload('api'), step, pods: 2, ...(because === undefined ? {} : { because }) }],
    });
    const rolled = plan({ ...running, ran: [answer('Roll')] }).output.told;
    const waiting = plan({ ...running, told: rolled, ran: [answer('Wait', 'its rollout is under way')] }).output.told;
    expect(waiting).toEqual([{ ...told('api', 'Roll', 'Roll'), because: 'its rollout is under way' }]);
    const done = plan({
      ...running,
      told: waiting,
      ran: [{ steps: [{ workload: workload('api'), step: 'Done', pods: 0 }] }],
    }).output.told;
    expect(done).toEqual([told('api', 'Done', 'Roll')]);
  });

  it.each<[RestartOutput['steps'][number]['step'], Told['step']]>([
    ['Wait', 'Roll'],
    ['Done', 'Done'],
  ])('knows from a later answer, %s, that it was rolled when the first answer was lost', (step, expected) => {
    const answer = { workload: workload('api'), step, pods: step === 'Done' ? 0 : 2, rolled: true } as const;
    expect(plan({ ...running, ran: [{ steps: [answer] }] }).output.told).toEqual([told('api', expected, 'Roll')]);
  });

  it('says when the workloads were told, not when the next round heard of it', () => {
    const at = '2026-11-21T09:00:12.000Z';
    const { notes } = plan({
      ...running,
      ran: [{ steps: [{ workload: workload('api'), step: 'Roll', pods: 2 }], at }],
    });
    expect(notes.find(({ kind }) => kind === 'accepted')?.at).toBe(at);
  });
});

it('waits longer and longer, never past the deadline, and never not at all', () => {
  const far = at(7200).toISOString();
  expect([0, 1, 2, 3, 4, 9, 60, 61].map((round) => waitSeconds(round, far, at(0)))).toEqual([
    1, 2, 4, 8, 15, 15, 15, 60,
  ]);
  expect(waitSeconds(9, at(4).toISOString(), at(0))).toBe(4);
  expect(waitSeconds(9, at(0).toISOString(), at(3))).toBe(5);
});

it('ends within the deadline and a little, whatever the cluster answers, and asks every workload', () => {
  const step = fc.constantFrom<Told['step']>('Roll', 'Evict', 'Delete', 'Wait', 'Done', 'LeaveAlone');
  fc.assert(
    fc.property(
      fc.infiniteStream(step),
      fc.infiniteStream(fc.nat(6)),
      fc.integer({ min: 1, max: 60 }),
      (steps, befores, count) => {
        const names = Array.from({ length: count }, (_, index) => `w${index}`);
        const asked = new Set<string>();
        let state = input({ assessment: assessed(names) });
        let now = START;
        let rounds = 0;
        for (;;) {
          rounds += 1;
          expect(rounds).toBeLessThan(200);
          const { output } = planRestart({
            input: state,
            settings: config().revocation,
            brakes: { breaker: {} },
            now: new Date(now),
          });
          if (output.next === 'done') break;
          for (const chunk of output.chunks) {
            expect(chunk.workloads.length).toBeLessThanOrEqual(50);
            for (const { name } of chunk.workloads) asked.add(name);
          }
          const ran = output.chunks.map(
            ({ workloads }): RestartOutput => ({
              steps: workloads.map((one) => ({ workload: one, step: steps.next().value, pods: 1 })),
            }),
          );
          const verification = output.next === 'assess' ? state.verification : looked(befores.next().value);
          now += output.waitSeconds * 1000;
          state = { ...state, ...output, ran, verification };
          if (verification !== undefined && 'before' in verification && verification.before === 0) break;
        }
        expect(asked).toEqual(new Set(names));
        expect(now - START).toBeLessThan((900 + 120) * 1000);
      },
    ),
    { numRuns: 100 },
  );
});
