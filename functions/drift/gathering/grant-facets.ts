/** What a grant's plan wants of one object, by facets. Pure. */
import type { ResolvedAssociation, ResolvedGrant, ResolvedRole } from '../../grants/index.ts';
import { sameIdentity } from '../../identity.ts';
import type { ObjectRef } from '../contract.ts';
import { type Wants, wantsOfAssociation, wantsOfRole } from '../detect/desired/grant-wants.ts';

/** The part of a plan that is about an object. */
export type Part = { readonly role?: ResolvedRole; readonly association?: ResolvedAssociation };

export const partOf = ({ roles, associations }: ResolvedGrant, ref: ObjectRef): Part | undefined => {
  if (ref.object === 'role') {
    const role = roles.find(({ roleArn }) => roleArn === ref.roleArn);
    return role && { role };
  }
  if (ref.object === 'cluster') return undefined;
  const association = associations.find(({ identity }) => sameIdentity(identity, ref.identity));
  return association && { association };
};

/** `id`: by which the object is known, where it is. */
export const wantsOf = ({ role, association }: Part, id?: string): Wants => {
  if (role !== undefined) return wantsOfRole(role, id);
  return association === undefined ? new Map() : wantsOfAssociation(association, id);
};

/** Whether carrying the plan out takes away from the object what an earlier version has written there. */
export const leaves = ({ removed, removedRoles, releasedRoles }: ResolvedGrant, ref: ObjectRef): boolean => {
  if (ref.object === 'role') return [...removedRoles, ...releasedRoles].includes(ref.roleArn);
  return ref.object === 'association' && removed.some(({ identity }) => sameIdentity(identity, ref.identity));
};
