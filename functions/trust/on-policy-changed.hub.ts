/** Answers a change of a managed policy: the machine asks the account's spoke which roles bear it, and judges those. */
import { parseArn } from '../partition.ts';
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { POLICY_CHANGES } from './judging/change-kinds.ts';
import { PolicyToJudge } from './judging/contract.ts';
import { executionName } from './judging/execution-name.ts';
import { spokeOf } from './judging/uses.ts';

export const handler = eventEntry(POLICY_CHANGES, async ({ kind, at, actor, policyArn }) => {
  const spoke = spokeOf(policyArn, config());
  if (spoke === undefined) {
    return { ignored: `account ${parseArn(policyArn)?.account} of ${policyArn} is not in podid.config.yaml` };
  }
  const id = executionName(actor.eventId, policyArn);
  await startMachine('trust', id, PolicyToJudge.parse({ policyArn, ...spoke, id, cause: { kind, at, actor } }));
  return { started: [id] };
});
