/** Association deleted: `DeletePodIdentityAssociation`. The request has only ids; identity and role come from the response, if it has them. */
import {
  type AssociationFacts,
  type AssociationIds,
  EKS,
  hasAssociation,
  readAssociation,
  readIds,
} from './association-fields.ts';
import { changeKind } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';

const readDeletion = (record: ChangeRecord): AssociationIds & Partial<AssociationFacts> => ({
  ...readIds(record),
  ...(hasAssociation(record) ? readAssociation(record) : {}),
});

export const associationDeleted = changeKind('AssociationDeleted', EKS, {
  DeletePodIdentityAssociation: readDeletion,
});
