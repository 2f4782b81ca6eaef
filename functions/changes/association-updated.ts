/** Association updated: `UpdatePodIdentityAssociation`. The response tells only the new state; what it was before, the hub must know. */
import { readAssociation } from './association-fields.ts';
import { changeKind } from './change-kind.ts';

export const associationUpdated = changeKind('eks.amazonaws.com', 'UpdatePodIdentityAssociation', (record) => ({
  kind: 'AssociationUpdated' as const,
  ...readAssociation(record),
  at: record.at,
  actor: record.actor,
}));
