/** Which execution of `provision` a transition calls for. Pure. */
import { type Grant, newestOf, phaseOf, type Transition } from '../../grants/index.ts';
import type { ProvisionWork } from '../contract.ts';

/**
 * None, unless the transition is what the grant stands at: one of long ago calls for nothing any more. The same
 * transition calls for the same execution, whose name keeps it from being run twice.
 */
export const workAfter = (grant: Grant, { from, to, version, did }: Transition): ProvisionWork | undefined => {
  if (phaseOf(grant) !== to || (from === to && did !== 'revocation-failed')) return undefined;
  if (to === 'revoking') return revocationOf(grant);
  if (to !== 'provisioning' && to !== 'changing/provisioning') return undefined;
  return { grantId: grant.id, version, attempt: 1, do: 'provision' };
};

/** How often a revocation is begun before a person has to look: what failed is among the findings. */
export const MOST_REVOCATIONS = 3;

/** The next attempt at a revocation; undefined when there were enough. */
export const revocationOf = (grant: Grant): ProvisionWork | undefined => {
  const failures = grant.history.filter(({ did }) => did === 'revocation-failed').length;
  if (failures >= MOST_REVOCATIONS) return undefined;
  const version = grant.inForce ?? newestOf(grant).version;
  return { grantId: grant.id, version, attempt: failures + 1, do: 'revoke' };
};
