/** Answers `UpdatePodIdentityAssociation`: what the identity had before and has no more is to be revoked. */
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { answerSeen } from './answer-seen.ts';

const by = 'on-association-updated';

export const handler = eventEntry('AssociationUpdated', (change, { now, count }) =>
  answerSeen({ store: theStore(), start: startMachine, config: config(), now, by, count }, change),
);
