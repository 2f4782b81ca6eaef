/** How an identity's association should be. */
import type { Grant } from '../../../grants/index.ts';
import { identitiesOf } from '../../../grants/index.ts';
import { sameIdentity, type WorkloadIdentity } from '../../../identity.ts';
import type { Desired } from '../../contract.ts';
import { kindOf } from '../../facets/index.ts';
import { alsoOf } from './also.ts';
import { type Wants, wantsOfAssociation } from './grant-wants.ts';
import type { Known } from './known.ts';
import { mergeWishes, type Wisher } from './merge.ts';
import { resolvedAlone, settledVersion, unsettledVersions } from './resolved-versions.ts';

export const desiredAssociation = (identity: WorkloadIdentity, known: Known): Desired => {
  const { grants, config, id, intents } = known;
  const grantIds = grants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const wishers = grantIds.flatMap((grant): readonly Wisher[] => {
    const version = settledVersion(grant);
    const wants = version && wantsOf(identity, grant, version, config, id);
    if (version === undefined || wants === undefined) return [];
    return [{ by: { kind: 'grant', id: grant.id, version: version.version }, wants }];
  });
  const merged = mergeWishes(wishers, wishers.length > 0 ? [] : baselineOf(identity, known));
  const others = grantIds.flatMap((grant) => {
    const unsettled = unsettledVersions(grant).map((version) => wantsOf(identity, grant, version, config, id));
    // A version that leaves the identity out takes its association away.
    return grant.state === 'revoking' || isNamed(identity, grant) ? unsettled.map((wants) => wants ?? new Map()) : [];
  });
  return { ...merged, closed: [], ...alsoOf(merged.wanted, others, intents) };
};

const wantsOf = (
  identity: WorkloadIdentity,
  grant: Grant,
  version: Grant['versions'][number],
  config: Known['config'],
  id: string | undefined,
): Wants | undefined => {
  if (!identitiesOf(version.wish).some((each) => sameIdentity(each, identity))) return undefined;
  const { associations } = resolvedAlone(grant.id, version, config);
  const association = associations.find((each) => sameIdentity(each.identity, identity));
  return association && wantsOfAssociation(association, id);
};

/** In no grant's words any more once a grant had the identity: when that ends, the association is to go. */
const baselineOf = (identity: WorkloadIdentity, { baseline, grants }: Known): readonly Wisher[] => {
  const wasGranted = grants.some(
    (grant) => grant.history.some(({ did }) => did === 'activated') && isNamed(identity, grant),
  );
  if (baseline?.facets.exists === undefined || wasGranted) return [];
  const there = Object.entries(baseline.facets).filter(
    ([named]) => kindOf(named) !== 'tag' && kindOf(named) !== 'cluster',
  );
  const wants = new Map<string, string | null>([['target', null], ['policy', null], ...there]);
  return [{ by: { kind: 'baseline', acceptedAt: baseline.acceptedAt }, wants }];
};

const isNamed = (identity: WorkloadIdentity, { versions }: Grant): boolean =>
  versions.some(({ wish }) => identitiesOf(wish).some((each) => sameIdentity(each, identity)));
