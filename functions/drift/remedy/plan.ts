/** From what is wrong with one object to what is done about it, and what is not and why. Pure. */
import type { Action, DriftFinding, DriftPlan, Facet, Hold, Snapshot } from '../contract.ts';
import { type Deed, deedFor, inOrder } from './action.ts';
import { digestOfDesired, digestOfFacets } from './digests.ts';

import { holdOf } from './holds.ts';
import type { Concerned } from './modes.ts';
import type { Rules } from './rules.ts';

/** What a plan hangs on besides the object itself. */
export type Circumstances = {
  readonly rules: Rules;
  /** Whose access hangs on the object: all who share a role, the one identity of an association, a cluster. */
  readonly concerned: readonly Concerned[];
  readonly killSwitch: boolean;
  /** Epoch milliseconds until which the object is left alone after its last change. */
  readonly settlesAt?: number;
  /** Why a breaker of one of those concerned stands tripped. */
  readonly tripped?: string;
  /** The facets over which we fight with somebody, and the sentence that says with whom. */
  readonly fights: ReadonlyMap<Facet, string>;
  /** Why no function of ours may write to the object: it is excluded. */
  readonly notOurs?: string;
  /** What a person wants to keep as it is, by a version of the grant that is not decided yet; with the sentence that says by which. */
  readonly adopted?: ReadonlyMap<Facet, string>;
};

/**
 * The plan for an object with these findings. One action a facet, which mends all findings of it; where one of them is held, the facet is,
 * since a write would undo also what somebody may have. Held facets never hold others.
 */
export const planFor = (
  snapshot: Snapshot,
  findings: readonly DriftFinding[],
  circumstances: Circumstances,
): DriftPlan => {
  const situation = { snapshot, circumstances, now: Date.parse(snapshot.now) };
  const actions: Action[] = [];
  const holds: Hold[] = [];
  for (const [facet, found] of byFacet(findings)) {
    const deed = firstDeed(found);
    // What nobody would do anything about is no plan's business, but where people ask why.
    if (deed === undefined && !isAsked(snapshot, facet)) continue;
    const held = firstHold(found, situation);
    if (held !== undefined) holds.push(held);
    else if (deed !== undefined) actions.push(actionOf(deed, facet, found));
  }
  return {
    ref: snapshot.ref,
    actualDigest: digestOfFacets(snapshot.actual.facets),
    desiredDigest: digestOfDesired(snapshot.desired),
    actions: inOrder(folded(actions, holds, snapshot)),
    holds: holds.toSorted((a, b) => (a.facet < b.facet ? -1 : a.facet > b.facet ? 1 : 0)),
  };
};

/** The findings that are told to anybody: those in mode `ignore` are none. */
export const heeded = (findings: readonly DriftFinding[], { rules, concerned }: Circumstances): DriftFinding[] =>
  findings.filter(({ reason }) => rules.modeOf(concerned, reason) !== 'ignore');

const isAsked = ({ ref, desired }: Snapshot, facet: Facet): boolean =>
  ref.object === 'cluster' || desired.conflicts.some((each) => each.facet === facet);

const byFacet = (findings: readonly DriftFinding[]): Map<Facet, DriftFinding[]> => {
  const groups = new Map<Facet, DriftFinding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.facet);
    if (group === undefined) groups.set(finding.facet, [finding]);
    else group.push(finding);
  }
  return groups;
};

const firstDeed = (findings: readonly DriftFinding[]): Deed | undefined => {
  for (const finding of findings) {
    const deed = deedFor(finding);
    if (deed !== undefined) return deed;
  }
  return undefined;
};

const firstHold = (findings: readonly DriftFinding[], situation: Parameters<typeof holdOf>[1]): Hold | undefined => {
  for (const finding of findings) {
    const held = holdOf(finding, situation);
    if (held !== undefined) return held;
  }
  return undefined;
};

const actionOf = (deed: Deed, facet: Facet, findings: readonly DriftFinding[]): Action => {
  const differing = findings.find((finding) => finding.is !== finding.shouldBe) ?? findings[0];
  return { do: deed, facet, to: differing?.shouldBe ?? null, mends: mended(findings) };
};

/** A thing that is gone, or that is to go, can't be mended in parts: what else is wrong with it goes with that one action, or waits for it. */
const folded = (actions: readonly Action[], holds: readonly Hold[], { actual }: Snapshot): readonly Action[] => {
  const whole = actions.find(
    ({ do: deed, facet }) => facet === 'exists' && (deed === 're-provision' || deed === 'revoke'),
  );
  const gone = actual.facets.exists === undefined && actual.complete;
  if (whole === undefined) return gone && holds.some(({ facet }) => facet === 'exists') ? [] : actions;
  if (whole.do === 're-provision' && !gone) return actions;
  return [{ ...whole, mends: actions.flatMap(({ mends }) => mends) }];
};

const mended = (findings: readonly DriftFinding[]): string[] =>
  findings.map(({ reason, subject }) => `${reason}/${subject}`);
