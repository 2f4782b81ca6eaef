/** Judges the roles that bear a managed policy which has changed, each in an execution of its own. */
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { StartJudgementsInput } from './judging/contract.ts';
import { startJudgements } from './judging/start.ts';

export const handler = entry(StartJudgementsInput, async ({ policy, roles }, { log }) => {
  const store = theStore();
  const { id, cause, policyArn } = policy;
  const hub = { store, config: config(), start: startMachine };
  const suspects = roles.roleArns.map((roleArn) => ({ roleArn }));
  // This execution's own name stands for the event: it is made of its id.
  const answer = await startJudgements(hub, suspects, { eventId: id, cause });
  if (roles.omitted !== undefined) {
    log.warn('not all roles that bear the policy are judged', { policyArn, omitted: roles.omitted });
  }
  return { ...answer, omitted: roles.omitted ?? 0 };
});
