/** Whom a deny would hit besides the identity that it is for: only denies that can't recognise session tags hit anybody else. Pure. */

import { CLUSTER_CHARACTERS } from '../abac/session-deny.ts';
import type { AssociationState } from '../association.ts';
import { sameIdentity, showIdentity, type WorkloadIdentity } from '../identity.ts';
import type { DenyForm } from '../revocation.ts';

/** An identity that holds the role through an association. */
export type Neighbour = { readonly identity: WorkloadIdentity; readonly state: AssociationState };

/** By role ARN: who holds it. */
export type Neighbours = ReadonlyMap<string, readonly Neighbour[]>;

/** The other identities whose sessions a deny of this form on this role would end too, as text, in order. */
export const alsoHit = (
  form: DenyForm,
  identity: WorkloadIdentity,
  roleArn: string,
  neighbours: Neighbours,
): string[] => {
  const others = (neighbours.get(roleArn) ?? []).filter((one) => !sameIdentity(one.identity, identity));
  return others
    .filter((one) => hits(form, identity, one.identity))
    .map((one) => showIdentity(one.identity))
    .sort();
};

/** `a, b and 3 more`: at most `limit` of them by name. */
export const listed = (names: readonly string[], limit = 5): string => {
  const named = names.slice(0, limit);
  return names.length > limit ? `${named.join(', ')} and ${names.length - limit} more` : named.join(', ');
};

const hits = (form: DenyForm, identity: WorkloadIdentity, other: WorkloadIdentity): boolean => {
  if (form === 'whole-role') return true;
  // Session names have only the first characters of the cluster's name, and nothing of the namespace or the service account.
  return (
    form === 'session-name' &&
    other.cluster.slice(0, CLUSTER_CHARACTERS) === identity.cluster.slice(0, CLUSTER_CHARACTERS)
  );
};
