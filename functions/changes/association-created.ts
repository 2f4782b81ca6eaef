/** Association created: `CreatePodIdentityAssociation`. */
import { readAssociation } from './association-fields.ts';
import { changeKind } from './change-kind.ts';

export const associationCreated = changeKind('eks.amazonaws.com', 'CreatePodIdentityAssociation', (record) => ({
  kind: 'AssociationCreated' as const,
  ...readAssociation(record),
  at: record.at,
  actor: record.actor,
}));
