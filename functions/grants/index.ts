/** What people ask for: the grant, its life, what it comes to. What other folders may use of it; the guardrails have their own. */

export { GrantSettings } from '../grant-settings.ts';
export { type Change, type Difference, whoGainsWhat } from './difference.ts';
export { type EventKind, type EventOf, GrantEvent } from './events.ts';
export { type DueRow, dueRows } from './expiry.ts';
export {
  Adopted,
  Approval,
  admittedVersions,
  currentOf,
  FINAL_STATES,
  Grant,
  GrantId,
  GrantState,
  GrantVersion,
  heldVersions,
  isFinal,
  Need,
  newestOf,
  Person,
  Phase,
  phaseOf,
  Stage,
  Transition,
  versionOf,
} from './grant.ts';
export type { GrantsConfig } from './grants-config.ts';
export { type Collision, claimsOf, collision, sharersOf } from './identities.ts';
export { guardrailFacts, type Judged } from './judged.ts';
export { ACCEPTED_IN, type Advanced, advance, begin } from './life.ts';
export { endOf, Lifetime, LifetimeInvalid } from './lifetime.ts';
export { grantIdOf, roleNameFor, sessionName, tagsFor, targetsPolicy } from './names.ts';
export { type Asked, type NamedRole, rolesOf } from './parties.ts';
export type { Problem } from './problem.ts';
export { lifetimeProblems, problemsOf, readWish } from './problems.ts';
export { renderTrust, type TrustAsked } from './rendered-trust.ts';
export { resolve, rolesToRead } from './resolve.ts';
export { Party, Remark, ResolvedAssociation, ResolvedGrant, ResolvedRole, Standing } from './resolved.ts';
export { Seen, SeenAssociation, SeenCluster, SeenRole } from './seen.ts';
export { GrantWish, identitiesOf, isManaged, Permissions, sourceAccountsOf } from './wish.ts';
export { ProvisionWork, workName } from './work.ts';
