/** Association updated: `UpdatePodIdentityAssociation`. The response tells only the new state; what it was before, the hub must know. */
import { EKS, readAssociation } from './association-fields.ts';
import { changeKind } from './change-kind.ts';

export const associationUpdated = changeKind('AssociationUpdated', EKS, {
  UpdatePodIdentityAssociation: readAssociation,
});
