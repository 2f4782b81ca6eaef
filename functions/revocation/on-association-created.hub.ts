/** Answers `CreatePodIdentityAssociation`: keeps what it says; denies that the identity's new sessions must pass are bounded in time. */
import { config } from '../runtime/config.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { answerSeen } from './answer-seen.ts';

const by = 'on-association-created';

export const handler = eventEntry('AssociationCreated', (change, { now, count }) =>
  answerSeen({ store: theStore(), start: startMachine, config: config(), now, by, count }, change),
);
