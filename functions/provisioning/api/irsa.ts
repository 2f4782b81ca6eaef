/** What the API tells of IRSA beside Pod Identity: what a service account's annotations ask for, and who hangs on a role by them. Pure. */
import type { AssociationState } from '../../association.ts';
import { identityKey, showIdentity, type WorkloadIdentity } from '../../identity.ts';
import { ROLE_ANNOTATION } from '../../irsa.ts';
import type { IrsaRow, ServiceAccountsListed } from '../../store/service-accounts.ts';
import type { IrsaView } from './schemas.ts';

/** EKS's webhook gives a pod one of the two when it is created, and Pod Identity wins over IRSA: see `effectiveIdentity`, which reads it off a pod. */
export const irsaView = (
  { irsa, since }: IrsaRow,
  listed: ServiceAccountsListed | undefined,
  association: AssociationState | undefined,
): IrsaView => ({
  ...irsa,
  since,
  ...(listed && { listedAt: listed.completedAt }),
  wins: association === undefined ? 'irsa' : 'pod-identity',
});

/** For a person who asks what the service account has. */
export const irsaSentence = ({ roleArn, valid, wins }: IrsaView): string => {
  // Whatever stands in the annotation, nothing in it may look like a sentence of ours.
  const asked = valid ? `role ${roleArn}` : `${JSON.stringify(roleArn)}, which is no role's ARN`;
  const asks = `By IRSA (annotation ${ROLE_ANNOTATION}) it asks for ${asked}`;
  if (wins === 'pod-identity') {
    return `${asks}. Pod Identity wins: a pod that is created now gets the association's role. Pods from before the association go on with IRSA until they are restarted.`;
  }
  return valid
    ? `${asks}. As long as it has no association, its pods get that, if the role's trust policy admits them.`
    : `${asks}. Its pods get no credentials by it.`;
};

/** For a person who asks what breaks when the role goes. @param held Who has an association with the role */
export const irsaImpact = (users: readonly IrsaRow[], held: readonly WorkloadIdentity[]): string[] => {
  const associated = new Set(held.map(identityKey));
  return users.map(({ identity }) =>
    associated.has(identityKey(identity))
      ? `${showIdentity(identity)} asks for the role by IRSA, too: its association wins.`
      : `${showIdentity(identity)} asks for the role by IRSA: it would have no credentials, unless it has an association with another role.`,
  );
};
