/** What the hub's planning functions read before they plan: the brakes, and who else holds the roles. */
import type { WorkloadIdentity } from '../identity.ts';
import type { Revocation } from '../revocation.ts';
import type { Store } from '../store/index.ts';
import type { Brakes } from './held.ts';
import type { Neighbours } from './neighbours.ts';
import { rolesOf } from './standing.ts';

/** The brakes as they stand at this moment: read before each plan, since each plan leads to writes. */
export const brakesOf = async (store: Store, identity: WorkloadIdentity): Promise<Brakes> => {
  const [killSwitch, breaker] = await Promise.all([store.brakes.killSwitch(), store.brakes.breaker(identity)]);
  return { killSwitch, breaker };
};

/** Who holds the former roles; nobody is asked where session tags tell the identity from others. */
export const neighboursOf = async (store: Store, { former }: Revocation): Promise<Neighbours> => {
  const roles = former?.disableSessionTags === true ? rolesOf(former) : [];
  return new Map(await Promise.all(roles.map(async (role) => [role, await store.associations.ofRole(role)] as const)));
};
