/** A grant as it is shown: wholly, and as a line of a list. */
import type { Law } from '../../grants/guardrails/index.ts';
import {
  currentOf,
  type Grant,
  newestOf,
  type Person,
  phaseOf,
  rolesOf,
  versionOf,
  whoGainsWhat,
} from '../../grants/index.ts';
import type { Doing } from './doing.ts';
import { actionsOf } from './rights.ts';
import type { DifferenceView, GrantRow, GrantView } from './schemas.ts';
import { roughFacts } from './verdict.ts';

export type Kept = { readonly grant: Grant; readonly revision: number };

/** With what the person who looks may do. */
export const grantView = (
  doing: Pick<Doing, 'config' | 'now'> & { readonly law: Law },
  { grant, revision }: Kept,
  by: Person,
): GrantView => ({
  ...grant,
  phase: phaseOf(grant),
  revision,
  difference: differenceOf(grant),
  roles: rolesOf({ grantId: grant.id, wish: newestOf(grant).wish, config: doing.config }),
  may: actionsOf(doing.law, roughFacts(doing, grant), grant, by, adminsOf(doing)),
});

export const grantRow = ({ grant, revision }: Kept): GrantRow => {
  const { version, wish, requestedBy, at } = newestOf(grant);
  const { namespace, serviceAccount, clusters, targets, team, reason } = wish;
  return {
    id: grant.id,
    phase: phaseOf(grant),
    revision,
    version,
    namespace,
    serviceAccount,
    clusters,
    targets: [...new Set(targets.map(({ account }) => account))],
    team,
    reason,
    requestedBy,
    requestedAt: at,
    changedAt: grant.history.at(-1)?.at ?? at,
    ...(grant.expireAt !== undefined && { expireAt: grant.expireAt }),
    waitsFor: grant.pending?.needs.map(({ sentence }) => sentence) ?? [],
  };
};

export const adminsOf = ({ config }: Pick<Doing, 'config'>): { readonly adminTeams: readonly string[] } => ({
  adminTeams: config.api?.adminTeams ?? [],
});

/** Of the version under way against the one in force. */
const differenceOf = (grant: Grant): DifferenceView => {
  const under = versionOf(grant, grant.pending?.version);
  const current = currentOf(grant);
  if (under !== undefined) return whoGainsWhat(current, under);
  return whoGainsWhat(undefined, current ?? newestOf(grant));
};
