/** Association deleted: `DeletePodIdentityAssociation`. The request has only ids; identity and role come from the response, if it has them. */
import { type AssociationFacts, hasAssociation, readAssociation, readIds } from './association-fields.ts';
import { changeKind } from './change-kind.ts';

export const associationDeleted = changeKind('eks.amazonaws.com', 'DeletePodIdentityAssociation', (record) => {
  const facts: Partial<AssociationFacts> = hasAssociation(record) ? readAssociation(record) : {};
  return { kind: 'AssociationDeleted' as const, ...readIds(record), ...facts, at: record.at, actor: record.actor };
});
