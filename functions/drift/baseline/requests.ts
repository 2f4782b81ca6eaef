/** What exists without a grant, as the requests that would make grants of it: for people to send, one by one, in their own names. Pure. */
import type * as z from 'zod';
import { configuredCluster } from '../../config.ts';
import { type GrantsConfig, GrantWish, type Lifetime } from '../../grants/index.ts';
import { type ClusterRef, identityKey } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import { outOfBounds, unmanaged } from '../../runtime/role-bounds.ts';
import { type AssociationEntry, nameIn, type Proposal } from './proposal.ts';
import { trustsIn } from './trust-in-the-way.ts';

/** What nobody can read off what exists: who answers for it, why, and for how long. */
export type Answers = { readonly team: string; readonly reason: string; readonly lifetime: Lifetime };

export type Request = {
  /** `checkout-api`; another request for the same service account has a number behind it. */
  readonly name: string;
  /** As `podid request -f` takes it. */
  readonly wish: z.input<typeof GrantWish>;
  /** What has to be otherwise before the API takes it, in the configuration or in a role's trust policy, one sentence each. */
  readonly missing: readonly string[];
  /** What is wrong with it already, as the proposal has it. */
  readonly warnings: readonly string[];
};

/** What stays with the baseline, and why. */
export type LeftOut = { readonly who: string; readonly because: string };

/**
 * One request for each service account and what it has: where it has the same in several clusters, they are one. What exists is taken as it
 * is: existing roles, whose permissions stay their owners'.
 * @param granted Grants by the keys of the identities that they hold
 */
export const requestsOf = (
  { clusters, roles }: Pick<Proposal, 'clusters' | 'roles'>,
  answers: Answers,
  { config, granted }: { readonly config: GrantsConfig; readonly granted: ReadonlyMap<string, string> },
): { readonly requests: readonly Request[]; readonly leftOut: readonly LeftOut[] } => {
  const found = clusters.flatMap(({ cluster: arn, associations }) => {
    const cluster = clusterOf(arn);
    return associations.map((entry) => ({
      arn,
      entry,
      cluster,
      because: whyNot(entry, cluster, { answers, config, granted }),
    }));
  });
  const leftOut = found.flatMap(({ arn, entry, because }) =>
    because === undefined ? [] : [{ who: `${nameIn(entry)} in ${arn}`, because }],
  );
  const same = Map.groupBy(
    found.filter(({ because }) => because === undefined),
    ({ entry }) => keyOf(entry),
  );
  const inTheWay = trustsIn(
    roles,
    found.flatMap(({ cluster, entry }) => (cluster === undefined ? [] : [{ cluster, entry }])),
    config,
  );
  const warnings = new Map(roles.map(({ role, warnings: told = [] }) => [role, told]));
  const drafts = [...same]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, each]) => chunked(each, config.grants.clusters))
    .flatMap((each) => {
      const [first] = each;
      if (first === undefined) return [];
      const refs = each.flatMap(({ cluster }) => cluster ?? []);
      const { namespace, serviceAccount, role } = first.entry;
      const wish = wishOf(first.entry, refs, answers);
      const told = [...each.flatMap(({ entry }) => entry.warnings ?? []), ...(warnings.get(role) ?? [])];
      return [
        {
          base: `${namespace}-${serviceAccount}`,
          wish,
          missing: [...missingIn(first.entry, refs, config), ...inTheWay(wish)],
          warnings: [...new Set(told)],
        },
      ];
    });
  return { requests: named(drafts), leftOut };
};

const clusterOf = (arn: string): ClusterRef | undefined => {
  const { account, region, resource } = parseArn(arn) ?? {};
  if (account === undefined || region === undefined || resource?.startsWith('cluster/') !== true) return undefined;
  return { account, region, cluster: resource.slice('cluster/'.length) };
};

type Around = {
  readonly answers: Answers;
  readonly config: GrantsConfig;
  readonly granted: ReadonlyMap<string, string>;
};

/** Why no grant could be for it as it is, as a sentence. */
const whyNot = (
  entry: AssociationEntry,
  cluster: ClusterRef | undefined,
  { answers, config, granted }: Around,
): string | undefined => {
  const { namespace, serviceAccount, targetRole, sessionTags, sessionPolicy, owner } = entry;
  if (owner !== undefined) return `It belongs to ${owner}, which makes, changes and removes it: change it there.`;
  if (
    cluster === undefined ||
    configuredCluster(config, cluster.account, cluster.region, cluster.cluster) === undefined
  )
    return 'podid.config.yaml does not name its cluster.';
  const grant = granted.get(identityKey({ ...cluster, namespace, serviceAccount }));
  if (grant !== undefined) return `Grant ${grant} has it already.`;
  for (const arn of rolesOf(entry)) {
    const why = outOfBounds(arn, spokeOf(config, arn)?.excludedRoles ?? []);
    if (why !== undefined) return `No grant can be for it: ${why}.`;
  }
  if (targetRole !== undefined && parseArn(targetRole)?.account === cluster.account)
    return 'Its target role is of its cluster’s own account: a grant reaches other accounts by targets, and gives one role in this.';
  if (sessionTags && sessionPolicy !== undefined)
    return 'It has a session policy, which a grant can want with session tags off only.';
  const read = GrantWish.safeParse(wishOf(entry, [cluster], answers));
  if (read.success) return undefined;
  const [issue] = read.error.issues;
  return `It can’t be asked for as it is: ${issue?.path.map(String).join('.')}: ${issue?.message}.`;
};

/** Who has the same by the same name, in whatever cluster. */
const keyOf = ({ namespace, serviceAccount, role, targetRole, sessionTags, sessionPolicy }: AssociationEntry): string =>
  JSON.stringify([namespace, serviceAccount, role, targetRole ?? null, sessionTags, sessionPolicy ?? null]);

const wishOf = (
  { namespace, serviceAccount, role, targetRole, sessionTags, sessionPolicy }: AssociationEntry,
  clusters: readonly ClusterRef[],
  { team, reason, lifetime }: Answers,
): z.input<typeof GrantWish> => ({
  clusters: clusters.map(({ account, region, cluster }) => ({ account, region, cluster })),
  namespace,
  serviceAccount,
  source: { role },
  ...(targetRole !== undefined && {
    targets: [{ account: parseArn(targetRole)?.account ?? '', role: targetRole, chained: true }],
  }),
  sessionTags,
  ...(sessionPolicy !== undefined && { sessionPolicy: policyOf(sessionPolicy) }),
  reason,
  team,
  lifetime,
});

/** A proposal shows JSON as it is, and everything else as text. */
const policyOf = (policy: unknown): string | Record<string, unknown> =>
  typeof policy === 'object' && policy !== null ? { ...policy } : String(policy);

/** What the configuration has to say before the API takes the request. */
const missingIn = (
  entry: AssociationEntry,
  clusters: readonly ClusterRef[],
  config: GrantsConfig,
): readonly string[] => [
  ...rolesOf(entry).flatMap((arn): string[] => {
    const account = parseArn(arn)?.account ?? '';
    const spoke = spokeOf(config, arn);
    if (spoke === undefined) return [`podid.config.yaml has to name account ${account} under spokes, for ${arn}.`];
    if (unmanaged(arn, spoke.managedRoles) === undefined) return [];
    const name = parseArn(arn)?.resource.slice('role/'.length);
    return [`podid.config.yaml has to opt the role in: managedRoles of account ${account} needs ${name}.`];
  }),
  ...clusters
    .filter(({ account, region, cluster }) => configuredCluster(config, account, region, cluster)?.mode !== 'remediate')
    .map(
      ({ cluster }) =>
        `podid.config.yaml has to say mode: remediate for cluster ${cluster}: nothing is granted where podid observes.`,
    ),
];

const rolesOf = ({ role, targetRole }: AssociationEntry): readonly string[] =>
  targetRole === undefined ? [role] : [role, targetRole];

const spokeOf = ({ spokes }: GrantsConfig, roleArn: string) =>
  spokes.find(({ account }) => account === parseArn(roleArn)?.account);

const chunked = <Each>(all: readonly Each[], most: number): readonly (readonly Each[])[] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_, index) => all.slice(index * most, (index + 1) * most));

const named = (drafts: readonly (Omit<Request, 'name'> & { readonly base: string })[]): readonly Request[] => {
  const taken = new Set<string>();
  return drafts.map(({ base, ...request }) => {
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
    taken.add(name);
    return { name, ...request };
  });
};
