/** What a round of `plan-restart` says to the journal. Pure. */
import { showIdentity } from '../identity.ts';
import { workloadKey } from '../restart-rounds.ts';
import type { PlanRestartInput, PlanRestartOutput, RestartOutput } from './contract.ts';
import { shortened } from './known-roles.ts';
import { listed } from './neighbours.ts';
import type { Note } from './notes.ts';

/** Answers of the last round, the intent of the next (one entry a chunk: 100 workloads are four writes), and why nothing is done. */
export const restartNotes = (input: PlanRestartInput, output: PlanRestartOutput, now: Date): Note[] => {
  const at = now.toISOString();
  const identity = showIdentity(input.revocation.identity);
  const answers = input.ran.map(
    (answer, index): Note => ({
      at: ('error' in answer ? undefined : answer.at) ?? at,
      ...answerText(answer),
      step: 'restart',
      object: `chunk ${index + 1}`,
      round: `${input.round}`,
    }),
  );
  const intents = output.chunks.map(({ workloads }, index): Note => {
    const names = workloads.map(workloadKey);
    return {
      at,
      kind: 'intent',
      step: 'restart',
      object: `chunk ${index + 1}`,
      text: `Replace the pods from before of ${listed(names)}.`,
      details: { workloads: names, deadline: output.deadline },
      round: `${output.round}`,
    };
  });
  const held: Note[] =
    output.held === undefined
      ? []
      : [{ at, kind: 'refused', step: 'plan-restart', object: identity, text: output.held, round: 'held' }];
  return [
    ...assessedNote(input, at, identity),
    ...answers,
    ...lookNote(input, output, at, identity),
    ...held,
    ...intents,
  ];
};

const answerText = (answer: PlanRestartInput['ran'][number]): Pick<Note, 'kind' | 'text' | 'details'> => {
  if ('error' in answer) {
    const { Error: error, Cause: cause } = shortened(answer.error);
    return { kind: 'outcome', text: `Failed: ${error}${cause === undefined ? '' : `: ${cause}`}` };
  }
  return { kind: 'accepted', text: stepsText(answer.steps), details: { steps: answer.steps.map(stepText) } };
};

/** `Roll: Deployment/api, Deployment/web; Wait: StatefulSet/db.` */
const stepsText = (steps: RestartOutput['steps']): string => {
  const names = new Map<string, string[]>();
  for (const { step, workload } of steps) names.set(step, [...(names.get(step) ?? []), workloadKey(workload)]);
  return `${[...names].map(([step, workloads]) => `${step}: ${listed(workloads)}`).join('; ')}.`;
};

const stepText = ({ workload, step, pods, because }: RestartOutput['steps'][number]): string =>
  `${step} ${workloadKey(workload)} (${pods} pods)${because === undefined ? '' : `: ${because}`}`;

const assessedNote = ({ assessment, round }: PlanRestartInput, at: string, identity: string): Note[] => {
  const common = { at, kind: 'note', step: 'assess', object: identity, round: 'first' } as const;
  if (round > 0) return [];
  if ('error' in assessment) {
    const { Error: error, Cause: cause } = shortened(assessment.error);
    return [
      { ...common, text: `The cluster could not be assessed: ${error}${cause === undefined ? '' : `: ${cause}`}` },
    ];
  }
  const { pods, workloads, omitted } = assessment;
  return [
    {
      ...common,
      text: `${pods.before} of ${pods.all} pods have credentials from before, in ${workloads.length + omitted} ${workloads.length + omitted === 1 ? 'workload' : 'workloads'}.`,
    },
  ];
};

/** The last look; those before it only say that it is not over yet. */
const lookNote = (
  { verification }: PlanRestartInput,
  { next, round }: PlanRestartOutput,
  at: string,
  identity: string,
): Note[] => {
  if (verification === undefined || next !== 'done') return [];
  const common = { at, kind: 'outcome', step: 'verify', object: identity, round: `${round}` } as const;
  if ('error' in verification) {
    const { Error: error, Cause: cause } = shortened(verification.error);
    return [{ ...common, text: `Nobody could look at the pods: ${error}${cause === undefined ? '' : `: ${cause}`}` }];
  }
  const { before, examples, verifiedAt } = verification;
  const text =
    before === 0 ? 'No pod from before is alive.' : `${before} pods from before are alive: ${listed(examples)}.`;
  return [{ ...common, at: verifiedAt, text }];
};
