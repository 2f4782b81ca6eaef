/** What the accepted baseline wants of an object beside its grants, and how our own writes move it. Pure. */
import { jsonOf } from '../../json.ts';
import type { Written } from '../../store/leases.ts';
import { digestOf } from '../../trust/digest.ts';
import type { ObjectRef } from '../contract.ts';
import type { Wisher } from '../detect/desired/merge.ts';
import { canonicalPolicy, facet, kindOf, nameOf } from '../facets/index.ts';
import type { Baseline } from '../kept.ts';

/** Where grants have no say. Tags are the owner's, and denies are known by their rows; whether a cluster is there is not the association's. */
export const baselineWishers = (
  ref: ObjectRef,
  baseline: Baseline | undefined,
  { made, granted }: { readonly made: ReadonlySet<string> | undefined; readonly granted: boolean },
): readonly Wisher[] => {
  if (baseline === undefined) return [];
  const by = { kind: 'baseline', acceptedAt: baseline.acceptedAt } as const;
  const facets = Object.entries(baseline.facets).filter(([named]) => !NOT_WANTED.has(kindOf(named)));
  if (ref.object === 'association') {
    // In no grant's words any more once a grant had the identity: when that ends, the association is to go.
    if (granted || baseline.facets.exists === undefined) return [];
    return [{ by, wants: new Map<string, string | null>([['target', null], ['policy', null], ...facets]) }];
  }
  if (made === undefined) return [{ by, wants: new Map(facets) }];
  // Of a role that podid made, only what its managed policies said.
  const versions = facets.filter(
    ([named]) => kindOf(named) === 'version' && made.has(facet('attached', nameOf(named))),
  );
  return [{ by, wants: new Map(versions) }];
};

const NOT_WANTED: ReadonlySet<string> = new Set(['tag', 'deny', 'cluster']);

/**
 * The trust that podid itself wrote last under the lease, canonical, when it still stands.
 * @param trust As it was read, not its canonical form
 */
export const ownTrust = (
  trust: string | undefined,
  lastWritten: Pick<Written, 'digest'> | undefined,
): string | undefined => {
  if (trust === undefined || lastWritten === undefined || jsonOf(trust) === undefined) return undefined;
  return digestOf(trust) === lastWritten.digest ? canonicalPolicy(trust) : undefined;
};

/** The baseline with our own last write of the trust in it: what podid narrows under the lease is not put back. */
export const withOwnWrite = (
  baseline: Baseline | undefined,
  trust: string | undefined,
  lastWritten: Pick<Written, 'digest'> | undefined,
): Baseline | undefined => {
  const own = ownTrust(trust, lastWritten);
  if (baseline?.facets.trust === undefined || own === undefined || own === baseline.facets.trust) return baseline;
  return { ...baseline, facets: { ...baseline.facets, trust: own } };
};
