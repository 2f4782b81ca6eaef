/** A complete listing of a cluster's associations beside what was known before it began. Pure. */
import { type ClusterRef, sameIdentity, type WorkloadIdentity } from '../../identity.ts';
import type { Neighbour } from '../../store/associations.ts';
import type { ListAssociationsOutput } from './contract.ts';
import { isDue } from './rotation.ts';

export type Listed = ListAssociationsOutput['associations'][number];

export type Compared = {
  /** Ids that nobody knew. */
  readonly fresh: readonly string[];
  /** Ids that stand under another identity than the one that was known; both are in question. */
  readonly moved: readonly { readonly associationId: string; readonly identities: readonly WorkloadIdentity[] }[];
  /** Known, and not listed: perhaps gone. A read by id has to prove it. */
  readonly missing: readonly Neighbour[];
  /** Known ids whose time in the rotation has come, in order. */
  readonly due: readonly string[];
};

export type Rotation = {
  readonly since: string | undefined;
  readonly now: string;
  readonly describeHours: number;
};

/** @param known As it was read before the first page was asked for: what is made meanwhile is nobody's absence. */
export const compareListing = (
  cluster: ClusterRef,
  known: readonly Neighbour[],
  listed: readonly Listed[],
  { since, now, describeHours }: Rotation,
): Compared => {
  const before = new Map(known.map((one) => [one.state.associationId, one]));
  // Pages are no snapshot: one can stand on two of them.
  const present = new Map(listed.map((one) => [one.associationId, one]));
  const fresh: string[] = [];
  const moved: Compared['moved'][number][] = [];
  const due: string[] = [];
  for (const [associationId, { namespace, serviceAccount }] of present) {
    const was = before.get(associationId);
    const identity = { ...cluster, namespace, serviceAccount };
    if (was === undefined) fresh.push(associationId);
    else if (!sameIdentity(was.identity, identity)) moved.push({ associationId, identities: [was.identity, identity] });
    else if (isDue(associationId, since, now, describeHours)) due.push(associationId);
  }
  const missing = known.filter(({ state }) => !present.has(state.associationId));
  return { fresh: fresh.sort(), moved, missing, due: due.sort() };
};
