/** What came of a restart step, in words for the machine's state. */
import type { Workload } from './contract.ts';
import type { RestartStep } from './restart-step.ts';

/** What one write met: it was accepted, its object is gone, somebody said "not now", or "never". */
export type Answer =
  | { readonly done: 'told' | 'gone' }
  | { readonly done: 'refused' | 'forbidden'; readonly because: string };

export type Outcome = {
  workload: Workload;
  step: RestartStep['do'];
  pods: number;
  because?: string;
};

/** `pods` is how many of its pods are in question. A step none of whose writes was accepted is a Wait, or left alone. */
export const outcomeOf = (workload: Workload, step: RestartStep, answers: readonly Answer[], pods: number): Outcome => {
  const planned = 'because' in step ? step.because : undefined;
  const told = answers.filter(({ done }) => done === 'told' || done === 'gone').length;
  const objections = answers.flatMap((answer) => ('because' in answer ? [answer] : []));
  const objection = objections.map(({ because }) => because)[0];
  if (objection === undefined || told > 0) {
    const removed = step.do === 'Evict' || step.do === 'Delete' ? told : pods;
    return outcome(workload, step.do, removed, [planned, objection]);
  }
  const forbidden = objections.every(({ done }) => done === 'forbidden');
  return outcome(workload, forbidden ? 'LeaveAlone' : 'Wait', pods, [objection]);
};

/** A hundred of these must fit into the machine's state. */
const MOST_CHARACTERS = 300;

const outcome = (
  workload: Workload,
  step: RestartStep['do'],
  pods: number,
  reasons: ReadonlyArray<string | undefined>,
): Outcome => {
  const because = reasons.filter((reason) => reason !== undefined).join('; ');
  return { workload, step, pods, ...(because !== '' && { because: because.slice(0, MOST_CHARACTERS) }) };
};
