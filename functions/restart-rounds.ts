/** From round to round of a restart: what the answers make of what was told, and how long to wait. Pure. */
import type * as z from 'zod';
import type { NoAnswer, RestartOutput, Told, Workload } from './pod-restarts.ts';

/** Seconds until the next round: 1, 2, 4, 8, then 15; after an hour's quarter 60, so that two hours' history stays far below 25,000 events. */
export const waitSeconds = (round: number, deadline: string, now: Date): number => {
  const wait = round > 60 ? 60 : Math.min(15, 2 ** round);
  const left = Math.ceil((Date.parse(deadline) - now.getTime()) / 1000);
  return Math.max(1, left > 0 ? Math.min(wait, left) : Math.min(wait, 5));
};

const REASON_CHARACTERS = 160;

/** Takes in a chunk's answer. One that failed as a whole changes nothing: its workloads are asked again. */
export const withAnswers = (told: Told[], answer: z.infer<typeof NoAnswer> | RestartOutput): Told[] =>
  'error' in answer ? told : answer.steps.reduce(withAnswer, told);

const withAnswer = (
  told: Told[],
  { workload, step, pods, because, rolled }: RestartOutput['steps'][number],
): Told[] => {
  const before = told.find((one) => workloadKey(one.workload) === workloadKey(workload));
  // An answer can be lost with the function that was to give it: the next one tells what had been done.
  const acted = step === 'Roll' || step === 'Evict' || step === 'Delete' ? step : rolled === true ? 'Roll' : undefined;
  // Deleting says more than evicting, and the first of its kind is how it was done.
  const how = acted === 'Delete' ? acted : (before?.how ?? acted);
  const one: Told = {
    workload,
    ...(how === undefined ? {} : { how }),
    // A rollout under way is answered with Wait from then on.
    step: step === 'Wait' && how === 'Roll' ? 'Roll' : step,
    pods: step === 'Done' ? (before?.pods ?? pods) : pods,
    ...(because === undefined ? {} : { because: because.slice(0, REASON_CHARACTERS) }),
  };
  return [...told.filter((other) => other !== before), one];
};

/** `Deployment/api`: unique within a namespace. */
export const workloadKey = ({ kind, name }: Workload): string => `${kind}/${name}`;
