/**
 * Answers every change of an association for the sake of the roles that it gives or gave: who is associated decides whether their trust is too
 * broad. What the identity lost is revocation's business, whose functions answer the same events.
 */
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { keepAssociation, rolesSeenIn } from './judging/association-seen.ts';
import { ASSOCIATION_CHANGES } from './judging/change-kinds.ts';
import { startJudgements } from './judging/start.ts';

export const handler = eventEntry(ASSOCIATION_CHANGES, async (change, { log }) => {
  const store = theStore();
  const { kind, at, actor } = change;
  // Kept before anybody judges: the machine reads which associations there are from the table.
  const row = await keepAssociation(store, change);
  if (row === undefined) {
    // Revocation lets the same event fail until somebody looks at it: once among the dead letters is enough.
    return { ignored: 'an association was deleted of which neither the event nor our table says which role it gave' };
  }
  const roles = rolesSeenIn(row);
  for (const roleArn of roles) await store.roles.keep(roleArn);
  const hub = { store, config: config(), start: startMachine };
  const suspects = roles.map((roleArn) => ({ roleArn }));
  const answer = await startJudgements(hub, suspects, { eventId: actor.eventId, cause: { kind, at, actor } });
  log.info('judging', { kind, roles, ...answer });
  return answer;
});
