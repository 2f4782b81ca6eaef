/** What mends one finding: the action, or none where no function of ours could. Pure. */
import type { Action, DriftFinding } from '../contract.ts';

export type Deed = Action['do'];

/** Gone with what owned it: there is nothing to give back, but its sessions live on as after any deletion. */
const ENDS: ReadonlySet<string> = new Set(['AssociationGoneWithAddOn', 'AssociationGoneWithCluster']);
/** A trust that lets in more than was granted: what is written only takes away. */
const WIDER: ReadonlySet<string> = new Set(['TrustWidened', 'AbacConditionRemoved']);

/**
 * - a session deny that is gone, or says something else, is put back
 * - a role or an association that is gone is made again by the machine that made it
 * - an association that nobody was granted is deleted, and its sessions are cut, by the machine for that
 * - a trust that lets in more than was granted is narrowed to what was
 * - all else is set back to what it was
 *
 * Undefined: nothing to write, or nothing of ours that could write it (what a cluster has is its owner's to mend).
 */
export const deedFor = ({ reason, ref, facet, is, shouldBe }: DriftFinding): Deed | undefined => {
  if (ENDS.has(reason)) return 'revoke';
  if (is === shouldBe || ref.object === 'cluster') return undefined;
  if (facet === 'exists') {
    if (shouldBe !== null) return 're-provision';
    // A role that nobody granted isn't ours to delete: somebody may use it for what we know nothing of.
    return ref.object === 'association' ? 'revoke' : undefined;
  }
  if (facet.startsWith('deny:') && shouldBe !== null) return 'deny-again';
  return WIDER.has(reason) ? 'tighten' : 'revert';
};

/** Access that must not be is cut first; what is missing is given back last. */
const ORDER: readonly Deed[] = ['deny-again', 'revoke', 'tighten', 'revert', 're-provision'];

export const inOrder = (actions: readonly Action[]): Action[] =>
  actions.toSorted((a, b) => ORDER.indexOf(a.do) - ORDER.indexOf(b.do) || (a.facet < b.facet ? -1 : 1));
