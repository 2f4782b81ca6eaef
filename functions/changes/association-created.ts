/** Association created: `CreatePodIdentityAssociation`. */
import { EKS, readAssociation } from './association-fields.ts';
import { changeKind } from './change-kind.ts';

export const associationCreated = changeKind('AssociationCreated', EKS, {
  CreatePodIdentityAssociation: readAssociation,
});
