/** Every reason that a revocation's result can give, as documented constants. The guide `docs/revocation.md` explains each. Pure. */
import type { Finding, Severity } from '../finding.ts';

/**
 * What a reason means for the outcome. `access`: somebody can still get at something by what was revoked, or by what the pods fall back
 * on. `failure`: a step could not be done. `note`: to know about.
 */
type Bearing = 'access' | 'failure' | 'note';

export const REASONS = {
  /** Nobody knows what the identity held, so nothing could be cut. */
  PriorStateUnknown: ['critical', 'access'],
  /** The deny was gone before the end; it was put back. */
  DenyRemoved: ['critical', 'note'],
  /** No deny stands on a role of the association. */
  DenyFailed: ['critical', 'failure'],
  /** No deny stands on a role that its sessions can reach. */
  ReachedDenyFailed: ['error', 'access'],
  /** The deny could not be lifted or bounded: the identity's new sessions are denied, too. */
  DenyLeftBehind: ['error', 'failure'],
  /** The role's inline policies leave no room for the deny. */
  NoRoomForDeny: ['error', 'access'],
  /** The configuration, or AWS, keeps our functions from the role. */
  RoleExcluded: ['error', 'access'],
  /** Its sessions can reach a role in an account that has no spoke. */
  RoleNotOurs: ['error', 'access'],
  /** More roles can be reached than are followed. */
  TooManyRoles: ['error', 'access'],
  /** A permission to assume roles names none in particular. */
  UnboundedAssumeRole: ['error', 'access'],
  /** Nobody could look where the role leads. */
  RolesNotTraced: ['error', 'access'],
  /** Session tags are off and the settings allow no other deny. */
  SessionTagsDisabled: ['error', 'access'],
  /** A deny by name or age ended sessions of others. */
  OthersCut: ['warning', 'note'],
  /** The associations could not be read: the deny has a time, which a session can outrun. */
  AssociationsUnreadable: ['error', 'access'],
  /** The service account is annotated for IRSA. */
  IrsaFallback: ['error', 'access'],
  /** Pods can get the node's role from the instance metadata. */
  NodeRoleReachable: ['error', 'access'],
  /** Nobody could tell whether pods reach the node's role. */
  NodeRoleUnknown: ['warning', 'note'],
  /** Pods from before live on. */
  PodsRemain: ['error', 'access'],
  /** Pods without an owner were left alone. */
  BarePodLeft: ['error', 'access'],
  /** A workload was left alone, for a reason of its own. */
  WorkloadLeftAlone: ['error', 'access'],
  /** Past the deadline, pods were deleted although a disruption budget said no. */
  DeletedInsteadOfEvicted: ['warning', 'note'],
  ClusterUnreachable: ['error', 'failure'],
  ClusterUnauthorized: ['error', 'failure'],
  ClusterForbidden: ['error', 'failure'],
  ClusterUntrusted: ['error', 'failure'],
  /** Restarting or looking at the pods failed in another way. */
  RestartFailed: ['error', 'failure'],
  /** Something that assess noticed on the way. */
  AssessWarning: ['info', 'note'],
  /** An error that no state was ready for. */
  MachineFailed: ['critical', 'failure'],
} as const satisfies Record<string, readonly [Severity, Bearing]>;

export type Reason = keyof typeof REASONS;

/** A finding of this capability: its severity follows from its reason. */
export const finding = (
  reason: Reason,
  sentence: string,
  more: Pick<Finding, 'witness' | 'remedy'> = {},
): Finding & { reason: Reason } => ({
  reason,
  severity: REASONS[reason][0],
  sentence,
  ...more,
});

/** What the finding means for the outcome. */
export const bearingOf = ({ reason }: { readonly reason: Reason }): Bearing => REASONS[reason][1];
