/** How a role should be: one that podid made in full, any other in whom it admits and in what is ours. */
import { renderDeny } from '../../../abac/session-deny.ts';
import type { Grant, GrantVersion, ResolvedRole, SeenRole } from '../../../grants/index.ts';
import type { DenyRow } from '../../../store/denies.ts';
import type { Desired } from '../../contract.ts';
import { facet, inlineFacet, kindOf } from '../../facets/index.ts';
import { alsoOf } from './also.ts';
import { CLOSED_WHEN_MADE, type Wants, wantsOfRole } from './grant-wants.ts';
import type { Known } from './known.ts';
import { mergeWishes, type Wisher } from './merge.ts';
import {
  isAlone,
  resolvedAlone,
  resolvedAmong,
  settledGrant,
  settledVersion,
  unsettledVersions,
} from './resolved-versions.ts';

export const desiredRole = (roleArn: string, known: Known): Desired => {
  const { id, intents, baseline } = known;
  const grants = known.grants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  // Of what is under way nothing has to be there yet: its parties are no part of the trust that must be.
  const settled = grants.filter((grant) => settledVersion(grant) !== undefined).map(settledGrant);
  const using = settled.flatMap((grant) => {
    const version = settledVersion(grant);
    const role = version && roleOf(roleArn, grant, version, settled, known);
    return version === undefined || role === undefined ? [] : [{ grant, version, role }];
  });
  const trust = using.find(({ role }) => role.trust.text !== undefined)?.role.trust;
  const wishers = using.map(
    ({ grant, version, role }): Wisher => ({
      by: { kind: 'grant', id: grant.id, version: version.version },
      // All grants on it have one trust, in which each has its part; the order of its parts is the first one's.
      wants: new Map([...wantsOfRole({ ...role, trust: trust ?? role.trust }, id), ...versionWants(role, known)]),
    }),
  );
  const made = using.some(({ role }) => role.managed);
  const merged = mergeWishes([...wishers, ...denyWishers(roleArn, known)], made ? [] : baselineOf(known));
  const moving = grants.flatMap((grant) => unsettledWants(roleArn, grant, grants, known));
  // Who writes the role meanwhile for a grant that stands still writes the parts of the others that are on their way, too.
  const meanwhile =
    moving.length === 0
      ? []
      : using.flatMap(({ grant, version }) => roleOf(roleArn, grant, version, grants, known) ?? []);
  const others = [...moving, ...meanwhile.map((role) => wantsOfRole(role, id))];
  return {
    ...merged,
    closed: made ? [...CLOSED_WHEN_MADE] : baseline === undefined ? [] : ['inline', 'attached'],
    ...alsoOf(merged.wanted, others, intents, dueDenies(roleArn, known)),
  };
};

/** What a policy said when somebody approved it for the role; of one that nobody looked at then, nothing. */
const versionWants = (
  { managedPolicyArns }: ResolvedRole,
  { approved = {} }: Known,
): ReadonlyArray<readonly [string, string]> =>
  managedPolicyArns.flatMap((arn) => {
    const digest = approved[arn];
    return digest === undefined ? [] : [[facet('version', arn), digest] as const];
  });

const roleOf = (
  roleArn: string,
  grant: Grant,
  version: GrantVersion,
  grants: readonly Grant[],
  known: Known,
): ResolvedRole | undefined => {
  const { config, accepted = [] } = known;
  const role = ownersRole(roleArn, known);
  const resolved = isAlone(version)
    ? resolvedAlone(grant.id, version, config)
    : resolvedAmong(grant.id, version, { grants, config, role, accepted });
  return resolved.roles.find((each) => each.roleArn === roleArn);
};

/** The role with the statements that its owner accepted, or has in it now: grants add theirs to these. */
const ownersRole = (roleArn: string, { role, baseline }: Known): SeenRole => {
  if (role === undefined) return { roleArn, present: false };
  const trust = baseline?.facets.trust;
  return role.present && trust !== undefined ? { ...role, trust } : role;
};

/** Of a grant in motion: what each of its versions on the way wants; nothing, of one that leaves the role out. */
const unsettledWants = (roleArn: string, grant: Grant, grants: readonly Grant[], known: Known): readonly Wants[] => {
  const versions = unsettledVersions(grant);
  const standing = settledVersion(grant);
  // A grant on its way out admits nobody any more, and is resolved as it was before it had to go.
  const among = grants.map((each) =>
    each === grant && each.state === 'revoking' ? { ...each, state: 'active' as const } : each,
  );
  const wants = versions.map((version) => {
    const role = roleOf(roleArn, grant, version, among, known);
    return role && wantsOfRole(role, known.id);
  });
  const touches =
    wants.some((each) => each !== undefined) || (standing && roleOf(roleArn, grant, standing, among, known));
  return touches ? wants.map((each) => each ?? new Map()) : [];
};

/** Until its time has come; after that it may still be there, until the sweep has lifted it. */
const denyWishers = (roleArn: string, { denies, now }: Known): readonly Wisher[] =>
  inForceOn(roleArn, denies)
    .filter((row) => !isDue(row, now))
    .map((row) => ({
      by: { kind: 'deny', revocation: row.revocation, ...(row.dueAt !== undefined && { until: row.dueAt }) },
      wants: new Map([[inlineFacet(row.policyName), renderDeny(row)]]),
    }));

const dueDenies = (roleArn: string, { denies, now }: Known) =>
  inForceOn(roleArn, denies)
    .filter((row) => isDue(row, now))
    .map((row) => ({ facet: inlineFacet(row.policyName), value: renderDeny(row) }));

const isDue = ({ dueAt }: DenyRow, now: string): boolean => dueAt !== undefined && Date.parse(dueAt) <= Date.parse(now);

const inForceOn = (roleArn: string, denies: readonly DenyRow[]): readonly DenyRow[] =>
  denies.filter((row) => row.roleArn === roleArn && row.status === 'in-force');

/** Tags are the owner's; denies are known by their rows. */
const baselineOf = ({ baseline }: Known): readonly Wisher[] =>
  baseline === undefined
    ? []
    : [
        {
          by: { kind: 'baseline', acceptedAt: baseline.acceptedAt },
          wants: new Map(Object.entries(baseline.facets).filter(([named]) => !['tag', 'deny'].includes(kindOf(named)))),
        },
      ];
