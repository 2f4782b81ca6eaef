/** An execution that ended without a result: aborted, out of time, or failed. What it has half made goes again. */

import * as z from 'zod';
import { jsonOf } from '../../json.ts';
import { Failure } from '../../runtime/errors.ts';
import type { Store } from '../../store/index.ts';
import { ProvisionWork, workName } from '../contract.ts';
import { carryOut, MACHINE, type Transitions } from '../transitions.ts';
import { leaseOf } from './machine.ts';

/** "Step Functions Execution Status Change" (Step Functions guide, "Automating event delivery"). */
export const WorkStopped = z.object({
  source: z.literal('aws.states'),
  detail: z.object({ name: z.string(), status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']), input: z.string() }),
});
export type WorkStopped = z.infer<typeof WorkStopped>;

/** So often what is to be undone is begun anew, before a person has to look. */
const MOST_UNDOINGS = 4;

export const workStopped = async (
  around: Transitions & { readonly store: Pick<Store, 'claims' | 'due' | 'leases'> },
  { detail: { name, status, input } }: WorkStopped,
): Promise<{ readonly started?: string; readonly because: string }> => {
  const work = ProvisionWork.safeParse(jsonOf(input)).data;
  if (work === undefined) throw new Failure('EventMalformed', `the input of execution ${name} can't be read`);
  await around.store.leases.release(leaseOf(work.grantId), workName(work));
  const because = `The execution ${name} ended without a result: ${status}.`;
  if (work.do === 'revoke') {
    const event = { kind: 'revocation-failed' as const, id: `${name}/stopped`, because, left: [] };
    await carryOut(around, work.grantId, event);
    return { because };
  }
  const next = undoingAfter(work);
  if (next === undefined) {
    throw new Failure(
      'Refused',
      `${because} It was begun ${MOST_UNDOINGS} times: look at the executions of ${work.grantId}`,
    );
  }
  await around.start(MACHINE, workName(next), next);
  return { started: workName(next), because };
};

/** The execution that undoes what a stopped one has half made; undefined when that was begun often enough. */
export const undoingAfter = (work: ProvisionWork): ProvisionWork | undefined => {
  const next: ProvisionWork = { ...work, do: 'undo', attempt: work.do === 'undo' ? work.attempt + 1 : work.attempt };
  return next.attempt > MOST_UNDOINGS ? undefined : next;
};
