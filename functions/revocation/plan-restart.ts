/** Which workloads to tell now, and whether waiting can still help. Pure. */
import type { RevocationSettings } from '../config.ts';
import { waitSeconds, withAnswers, workloadKey } from '../restart-rounds.ts';
import type {
  AssessOutput,
  PlanRestartInput,
  PlanRestartOutput,
  RestartInput,
  Told,
  VerifyOutput,
  Workload,
} from './contract.ts';
import { type Brakes, heldBy } from './held.ts';
import { shortened } from './known-roles.ts';
import type { Note } from './notes.ts';
import { restartNotes } from './restart-notes.ts';

export type RestartFacts = {
  readonly input: PlanRestartInput;
  readonly settings: RevocationSettings;
  readonly brakes: Brakes;
  readonly now: Date;
};

export type RestartPlan = { readonly output: PlanRestartOutput; readonly notes: readonly Note[] };

/** Workloads in one call of `restart`, which has 60 s for them. */
const CHUNK = 50;
/** What was rolled runs by itself; it is looked at again this often, for pods that came late with the old injection. */
const LOOK_AGAIN_ROUNDS = 4;
/** Past the deadline: pods get 30 s to end unless they ask for more, and the kubelet a little to say so. */
const TERMINATION_SECONDS = 45;
/** Rounds in a row without any answer, each with its own retries: then waiting will not help. */
const TROUBLED_ROUNDS = 3;

/** Takes in what the last round did, and plans the next. The deadline is set by the first round, so that a re-run keeps it. */
export const planRestart = (facts: RestartFacts): RestartPlan => {
  const { input, settings, now } = facts;
  const held = heldBy(input.revocation, facts.brakes);
  const deadline = input.deadline ?? new Date(now.getTime() + settings.deadlineSeconds * 1000).toISOString();
  const told = counted(input.ran.reduce(withAnswers, input.told), input.assessment);
  const trouble = troubleAfter(input);
  const step = nextStep({ ...facts, told, deadline, held, trouble });
  const output: PlanRestartOutput = {
    next: step.next,
    chunks: chunksOf(step.ask, CHUNK).map((workloads) => chunkOf(facts, deadline, workloads)),
    ran: [],
    told,
    deadline,
    lastAsked: input.lastAsked || step.last,
    trouble,
    round: input.round + 1,
    waitSeconds: waitSeconds(input.round, deadline, now),
    ...(held === undefined ? {} : { held }),
  };
  return { output, notes: restartNotes(input, output, now) };
};

const troubleAfter = ({ ran, trouble }: PlanRestartInput): PlanRestartOutput['trouble'] => {
  if (ran.length === 0) return trouble;
  const errors = ran.flatMap((answer) => ('error' in answer ? [shortened(answer.error)] : []));
  const error = errors[0];
  if (error === undefined) return null;
  return { error, rounds: errors.length === ran.length ? (trouble?.rounds ?? 0) + 1 : 0 };
};

type Round = RestartFacts & {
  readonly told: readonly Told[];
  readonly deadline: string;
  readonly held: string | undefined;
  readonly trouble: PlanRestartOutput['trouble'];
};
type Step = { readonly next: PlanRestartOutput['next']; readonly ask: readonly Workload[]; readonly last: boolean };

const DONE: Step = { next: 'done', ask: [], last: false };
const VERIFY: Step = { next: 'verify', ask: [], last: false };
const ASSESS: Step = { next: 'assess', ask: [], last: false };

const nextStep = (round: Round): Step => {
  const { assessment, verification } = round.input;
  const verified = verification;
  // Without an answer from the cluster there is nobody to tell; the result says what is left to do.
  if ('error' in assessment || (verified !== undefined && 'error' in verified) || verified?.before === 0) return DONE;
  if ((round.trouble?.rounds ?? 0) >= TROUBLED_ROUNDS) return DONE;
  if (round.held !== undefined) return verified === undefined ? VERIFY : DONE;
  return Date.parse(round.deadline) <= round.now.getTime()
    ? pastDeadline(round, assessment)
    : inTime(round, assessment, verified);
};

const inTime = ({ input, told }: Round, assessment: AssessOutput, verified: VerifyOutput | undefined): Step => {
  const steps = workloadsOf(assessment, told).map((workload) => ({ workload, step: stepOf(told, workload) }));
  const open = steps.filter(
    ({ step }) => step === undefined || step === 'Wait' || step === 'Evict' || step === 'Delete',
  );
  // Rollouts run by themselves. Looked at again, they show pods that came late with the old injection, and roll once more.
  const under = steps.filter(({ step }) => step === 'Roll' || step === 'Done');
  const ask = [...open, ...(isEvery(LOOK_AGAIN_ROUNDS, input.round) ? under : [])].map(({ workload }) => workload);
  const next: Step = { next: 'restart', ask, last: false };
  if (open.length > 0) return next;
  if (verified === undefined) return VERIFY;
  // Never in two rounds that follow each other: the machine waits between them.
  if (assessment.omitted > 0 ? isEvery(2, input.round) : isEvery(2 * LOOK_AGAIN_ROUNDS, input.round)) return ASSESS;
  const leftAlone = told.filter((one) => one.step === 'LeaveAlone').reduce((sum, one) => sum + one.pods, 0);
  if (verified.before <= leftAlone && assessment.omitted === 0) return DONE;
  return ask.length > 0 ? next : VERIFY;
};

const isEvery = (rounds: number, round: number): boolean => round > 0 && round % rounds === 0;

const pastDeadline = ({ input, told, deadline, now }: Round, assessment: AssessOutput): Step => {
  const ask = workloadsOf(assessment, told).filter((workload) => stepOf(told, workload) !== 'Done');
  if (!input.lastAsked && ask.length > 0) return { next: 'restart', ask, last: true };
  const ending = now.getTime() < Date.parse(deadline) + TERMINATION_SECONDS * 1000;
  return ending && told.some((one) => one.step === 'Delete') ? VERIFY : DONE;
};

/** Those of the assessment, and those told before that a later assessment leaves out. */
const workloadsOf = (assessment: AssessOutput, told: readonly Told[]): Workload[] => [
  ...new Map([...told, ...assessment.workloads].map(({ workload }) => [workloadKey(workload), workload])).values(),
];

const stepOf = (told: readonly Told[], workload: Workload): Told['step'] | undefined =>
  told.find((one) => workloadKey(one.workload) === workloadKey(workload))?.step;

/** A workload that had no pods from before when it first answered had those of the assessment: its answer was lost. */
const counted = (told: readonly Told[], assessment: PlanRestartInput['assessment']): Told[] => {
  const assessed = 'error' in assessment ? [] : assessment.workloads;
  const pods = new Map(assessed.map((one) => [workloadKey(one.workload), one.pods]));
  return told.map((one) => (one.pods === 0 ? { ...one, pods: pods.get(workloadKey(one.workload)) ?? 0 } : one));
};

const chunkOf = (
  { input, settings }: RestartFacts,
  deadline: string,
  workloads: readonly Workload[],
): RestartInput => ({
  identity: input.revocation.identity,
  ...input.question,
  revocation: input.revocation.id,
  deadline,
  deleteAfterDeadline: settings.deleteAfterDeadline,
  deleteBarePods: settings.deleteBarePods,
  workloads: [...workloads],
});

const chunksOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
