/** Answers every change of a role: its trust is judged anew, and its target roles', where podid has to do with them. */
import type { RoleFacts } from '../changes/index.ts';
import { partitionOf } from '../partition.ts';
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { type Store, theStore } from '../store/index.ts';
import { ROLE_CHANGES } from './judging/change-kinds.ts';
import { startJudgements } from './judging/start.ts';

export const handler = eventEntry(ROLE_CHANGES, async (change, { log }) => {
  const store = theStore();
  const { kind, at, actor } = change;
  if (change.roleArn !== undefined) await store.roles.keep(change.roleArn);
  const roleArn = await roleArnOf(change, store);
  const suspect = { roleArn, ...('trust' in change && change.trust !== undefined && { trust: change.trust }) };
  const hub = { store, config: config(), start: startMachine };
  const answer = await startJudgements(hub, [suspect], { eventId: actor.eventId, cause: { kind, at, actor } });
  log.info('judging', { kind, role: roleArn, ...answer });
  return answer;
});

/** Most of IAM's events tell only the name; the path is as it was last seen, or else there is none. Who reads the role learns its real ARN. */
const roleArnOf = async ({ role, roleArn }: RoleFacts, store: Store): Promise<string> =>
  roleArn ??
  (await store.roles.named(role.account, role.name)) ??
  `arn:${partitionOf(config().hub.region).name}:iam::${role.account}:role/${role.name}`;
