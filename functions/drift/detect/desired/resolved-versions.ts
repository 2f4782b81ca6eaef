/** The versions of grants, resolved: which are to be so, and which may be so while an execution makes or unmakes them. */
import {
  admittedVersions,
  currentOf,
  type Grant,
  type GrantsConfig,
  type GrantVersion,
  heldVersions,
  isManaged,
  type ResolvedGrant,
  resolve,
  type Seen,
  type SeenAssociation,
  type SeenRole,
} from '../../../grants/index.ts';

/** In force, and not on its way out: what must be there. */
export const settledVersion = (grant: Grant): GrantVersion | undefined =>
  grant.state === 'revoking' ? undefined : currentOf(grant);

/** What may be there beside that: what is being made, and what is being revoked. */
export const unsettledVersions = (grant: Grant): readonly GrantVersion[] => {
  const settled = settledVersion(grant);
  const some = grant.state === 'revoking' ? heldVersions(grant) : admittedVersions(grant);
  return some.filter((version) => version !== settled);
};

/** The grant as if nothing were under way. */
export const settledGrant = (grant: Grant): Grant => {
  const { pending: _pending, ...rest } = grant;
  return rest;
};

/** Resolved by itself: associations, and the roles that podid makes. Kept, since authoring a trust policy takes milliseconds. */
export const resolvedAlone = (grantId: string, version: GrantVersion, config: GrantsConfig): ResolvedGrant => {
  const before = known.get(version);
  if (before?.config === config && before.grantId === grantId) return before.resolved;
  const resolved = resolve({
    grantId,
    version: version.version,
    wish: version.wish,
    seen: NOTHING,
    grants: [],
    config,
  });
  known.set(version, { grantId, config, resolved });
  return resolved;
};

/** What else decides the trust of a role that several share. */
export type Sharing = {
  readonly grants: readonly Grant[];
  readonly config: GrantsConfig;
  readonly role: SeenRole;
  readonly accepted: readonly SeenAssociation[];
};

/** Resolved beside the others that use the role, into the statements that are its owner's. */
export const resolvedAmong = (
  grantId: string,
  { version, wish }: GrantVersion,
  { grants, config, role, accepted }: Sharing,
): ResolvedGrant =>
  resolve({ grantId, version, wish, grants, config, seen: { ...NOTHING, roles: [role], associations: [...accepted] } });

/** Whether podid makes all of its roles, so that no other grant has a say in them. */
export const isAlone = ({ wish }: GrantVersion): boolean =>
  isManaged(wish.source.role) && wish.targets.every(({ role }) => isManaged(role));

const NOTHING: Seen = { roles: [], associations: [], clusters: [], made: [] };

const known = new WeakMap<
  GrantVersion,
  { readonly grantId: string; readonly config: GrantsConfig; readonly resolved: ResolvedGrant }
>();
