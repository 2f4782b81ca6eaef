/** How an object should be: all grants on it, session denies in force, the accepted baseline, and what running executions intend. */
import type { Desired, ObjectRef } from '../../contract.ts';
import { desiredAssociation } from './association.ts';
import { desiredCluster } from './cluster.ts';
import type { Known } from './known.ts';
import { desiredRole } from './role.ts';

export type { Known } from './known.ts';

/**
 * Pure: the same knowledge, the same wishes in the same order.
 * @throws AbacRefused when a grant's template can't be rendered, TypeError when a deny's row can't: neither is let in
 */
export const desiredOf = (ref: ObjectRef, known: Known): Desired => {
  if (ref.object === 'role') return desiredRole(ref.roleArn, known);
  if (ref.object === 'association') return desiredAssociation(ref.identity, known);
  return desiredCluster(known);
};
