/** How an object should be, by what the hub keeps: the plans in force, denies, the baseline, podid's own set-up, and what is under way. Pure. */
import { type Grant, type GrantsConfig, identitiesOf, type ResolvedGrant } from '../../grants/index.ts';
import { sameIdentity } from '../../identity.ts';
import type { DenyRow } from '../../store/denies.ts';
import type { Desired, Facets, ObjectRef, OpenIntent } from '../contract.ts';
import { alsoOf } from '../detect/desired/also.ts';
import { desiredCluster } from '../detect/desired/cluster.ts';
import type { Wants } from '../detect/desired/grant-wants.ts';
import { mergeWishes, type Wisher } from '../detect/desired/merge.ts';
import type { Baseline } from '../kept.ts';
import { baselineWishers } from './baseline-wants.ts';
import { denyLeeway, denyWishers } from './deny-wants.ts';
import { partOf, wantsOf } from './grant-facets.ts';

/** A grant that is in force, with the plan that made it. */
export type Standing = { readonly grant: Grant; readonly version: number; readonly plan: ResolvedGrant };

export type Facts = {
  /** ISO 8601. */
  readonly now: string;
  readonly config: GrantsConfig;
  /** Those that are on the object. */
  readonly standing: readonly Standing[];
  /** Every grant that ever named the object, or made it. */
  readonly grants: readonly Grant[];
  readonly denies: readonly DenyRow[];
  readonly baseline: Baseline | undefined;
  readonly intents: readonly OpenIntent[];
  /** By which the object is known; undefined: nobody knows, or something of ours has made it anew. */
  readonly id: string | undefined;
  /** Of a role: the trust that podid itself wrote last under the lease, where it still stands. */
  readonly ownTrust?: string | undefined;
  /** Of a cluster. */
  readonly setup: Facets | undefined;
};

/** Which kinds of facets of a role that podid made nobody else may add. */
const CLOSED_WHEN_MADE = ['inline', 'attached'];

export const desiredFrom = (ref: ObjectRef, facts: Facts): Desired => {
  const { now, config, denies, baseline, intents, setup, id } = facts;
  if (ref.object === 'cluster') {
    const known = { ...(baseline && { baseline }), ...(setup && { setup }), ...(id !== undefined && { id }) };
    return desiredCluster({ now, config, intents, grants: [], denies: [], ...known });
  }
  const parts = facts.standing.flatMap(({ grant, version, plan }) => {
    const part = partOf(plan, ref);
    return part === undefined ? [] : [{ grant, version, part }];
  });
  const made = parts.some(({ part }) => part.role?.managed === true);
  const wishers: Wisher[] = [];
  const leeway: Wants[] = [];
  for (const { grant, version, part } of parts) {
    const wants = wantsOf(part, id);
    const shares = part.role?.managed === false && isShared(facts);
    if (shares) leeway.push(wants);
    wishers.push({
      by: { kind: 'grant', id: grant.id, version },
      wants: shares ? new Map([...wants].filter(([facet]) => facet !== 'trust')) : wants,
    });
  }
  const merged = mergeWishes(
    [...wishers, ...denyWishers(denies, now)],
    baselineWishers(ref, baseline, {
      made: made ? new Set(wishers.flatMap(({ wants }) => [...wants.keys()])) : undefined,
      granted: wishers.length > 0 || wasGranted(ref, facts.grants),
    }),
  );
  const planned = leeway.flatMap((wants) => wants.get('trust') ?? []);
  const trusts = facts.ownTrust === undefined ? planned : [...planned, facts.ownTrust];
  return {
    ...merged,
    closed: made ? [...CLOSED_WHEN_MADE] : ref.object === 'role' ? (baseline?.closed ?? []) : [],
    ...alsoOf(merged.wanted, [], intents, [
      ...denyLeeway(denies, now),
      ...trusts.map((value) => ({ facet: 'trust', value })),
    ]),
  };
};

/**
 * Others have a say in the trust of a role that is not podid's: its owner, by the baseline, or another grant, which was carried out later or
 * has gone since. Then no plan alone says what it should be.
 */
const isShared = ({ grants, baseline }: Facts): boolean =>
  baseline?.facets.trust !== undefined || grants.filter(({ history }) => history.some(hasWritten)).length > 1;

const hasWritten = ({ to }: Grant['history'][number]): boolean => to.endsWith('provisioning');

const wasGranted = (ref: ObjectRef, grants: readonly Grant[]): boolean =>
  ref.object === 'association' &&
  grants.some(
    ({ history, versions }) =>
      history.some(({ did }) => did === 'activated') &&
      versions.some(({ wish }) => identitiesOf(wish).some((each) => sameIdentity(each, ref.identity))),
  );
