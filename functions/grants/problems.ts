/** What is wrong with a wish, as far as it can be told without asking AWS: each with its JSON path and the limit. */
import { configuredCluster } from '../config.ts';
import { parseArn, partitionOf } from '../partition.ts';
import { memberPath } from '../policy/malformed.ts';
import { outOfBounds, unmanaged } from '../runtime/role-bounds.ts';
import type { GrantsConfig } from './grants-config.ts';
import { endOf, LifetimeInvalid } from './lifetime.ts';
import { givesNothing, permissionProblems, policyProblem } from './permission-problems.ts';
import type { Problem } from './problem.ts';
import { GrantWish, isManaged, sourceAccountsOf } from './wish.ts';

/**
 * Everything that is wrong with a wish; of one that hasn't the right form only that. `now`: ISO 8601.
 * @example problemsOf(body, now, config) // [{ path: '$.namespace', problem: '…' }]
 */
export const problemsOf = (given: unknown, now: string, config: GrantsConfig): readonly Problem[] => {
  const read = readWish(given, now, config);
  return 'problems' in read ? read.problems : [];
};

/** The wish with its defaults filled in, or what is wrong with it. */
export const readWish = (
  given: unknown,
  now: string,
  config: GrantsConfig,
): { readonly wish: GrantWish } | { readonly problems: readonly Problem[] } => {
  const read = GrantWish.safeParse(given);
  if (!read.success) {
    return { problems: read.error.issues.map(({ path, message }) => ({ path: pathOf(path), problem: message })) };
  }
  const wish = read.data;
  const problems = [
    ...sizeProblems(wish),
    ...clusterProblems(wish, config),
    ...sourceProblems(wish, config),
    ...targetProblems(wish, config),
    ...sessionPolicyProblems(wish),
    ...lifetimeProblems(wish.lifetime, now, config),
  ];
  return problems.length > 0 ? { problems: distinct(problems) } : { wish };
};

/** What is wrong with a lifetime that starts now; also that of an extension. */
export const lifetimeProblems = (
  lifetime: GrantWish['lifetime'],
  now: string,
  { grants }: GrantsConfig,
): readonly Problem[] => {
  if (lifetime === undefined) return [];
  const path = '$.lifetime';
  try {
    const end = endOf(lifetime, now);
    const longest = Date.parse(now) + grants.longestDays * 86_400_000;
    if (Date.parse(end) <= Date.parse(now)) return [{ path, problem: `The end ${end} is in the past.` }];
    if (Date.parse(end) <= longest) return [];
    return [{ path, problem: `It would last until ${end}.`, limit: `${grants.longestDays} days` }];
  } catch (error) {
    if (!(error instanceof LifetimeInvalid)) throw error;
    return [{ path: memberPath(path, error.field), problem: error.message }];
  }
};

/** A row of the table has 400 KB (DynamoDB, "Constraints"), and versions are kept beside each other. */
const MOST_CHARACTERS = 150_000;

const sizeProblems = (wish: GrantWish): readonly Problem[] => {
  const { length } = JSON.stringify(wish);
  if (length <= MOST_CHARACTERS) return [];
  const problem = `The wish has ${length} characters: use managed policies, or several grants.`;
  return [{ path: '$', problem, limit: `${MOST_CHARACTERS} characters` }];
};

const clusterProblems = ({ clusters }: GrantWish, config: GrantsConfig): readonly Problem[] => {
  const most = config.grants.clusters;
  return [
    ...(clusters.length > most
      ? [{ path: '$.clusters', problem: `It names ${clusters.length} clusters.`, limit: `${most} clusters in a grant` }]
      : []),
    ...clusters.flatMap(({ account, region, cluster }, index): Problem[] => {
      const path = memberPath('$.clusters', index);
      const named = `${cluster} (${account}, ${region})`;
      const first = clusters.findIndex(
        (each) => each.account === account && each.region === region && each.cluster === cluster,
      );
      if (first < index) return [{ path, problem: `Cluster ${named} stands there twice.` }];
      if (configuredCluster(config, account, region, cluster) !== undefined) return [];
      return [{ path, problem: `Cluster ${named} is unknown: podid.config.yaml does not name it.` }];
    }),
  ];
};

const sourceProblems = (wish: GrantWish, config: GrantsConfig): readonly Problem[] => {
  const { role, permissions } = wish.source;
  const path = '$.source';
  if (isManaged(role)) {
    if (givesNothing(permissions) && wish.targets.length === 0) {
      return [{ path, problem: 'It gives nothing: name permissions, or a target.' }];
    }
    return permissions === undefined
      ? []
      : sourceAccountsOf(wish).flatMap((account) =>
          permissionProblems(permissions, `${path}.permissions`, wish, account, config),
        );
  }
  const accounts = sourceAccountsOf(wish);
  const account = parseArn(role)?.account ?? '';
  const foreign = accounts.find((each) => each !== account);
  return [
    ...(foreign === undefined
      ? []
      : [
          {
            path: `${path}.role`,
            problem: `The role is of account ${account}, and clusters are of account ${foreign}: an association's role is of its cluster's account. Reach other accounts by targets.`,
          },
        ]),
    ...existingRoleProblems(role, `${path}.role`, config),
    ...(permissions === undefined ? [] : [ownersBusiness(`${path}.permissions`)]),
  ];
};

const targetProblems = (wish: GrantWish, config: GrantsConfig): readonly Problem[] => {
  const { targets } = wish;
  const most = config.grants.targets;
  const sources = sourceAccountsOf(wish);
  const chained = targets.flatMap(({ chained: by }, index) => (by ? [index] : []));
  return [
    ...(targets.length > most
      ? [{ path: '$.targets', problem: `It names ${targets.length} targets.`, limit: `${most} targets in a grant` }]
      : []),
    ...chained.slice(1).map((index) => ({
      path: `${memberPath('$.targets', index)}.chained`,
      problem: `Target ${chained[0]} is chained already: the workload has to assume the others itself.`,
      limit: 'one chained target',
    })),
    ...(chained.length === 1 && targets.length > 1
      ? chained.map((index) => ({
          path: `${memberPath('$.targets', index)}.chained`,
          problem:
            'Pods would have the credentials of this role and never those of the source role, which alone may assume the other targets: chain none, so that the workload assumes each of them, or ask for this one alone.',
          limit: 'a chained target is the only one',
        }))
      : []),
    ...targets.flatMap((target, index): readonly Problem[] => {
      const path = memberPath('$.targets', index);
      const { account, role, permissions } = target;
      const first = targets.findIndex((each) => each.account === account && each.role === role);
      return [
        ...(config.spokes.some((spoke) => spoke.account === account)
          ? []
          : [
              {
                path: `${path}.account`,
                problem: `Account ${account} is unknown: podid.config.yaml does not name it.`,
              },
            ]),
        ...(sources.includes(account)
          ? [
              {
                path: `${path}.account`,
                problem: `Account ${account} is that of a cluster: say what the pods may do there in source.permissions.`,
              },
            ]
          : []),
        ...(first < index
          ? [{ path, problem: `It is the same role as target ${first}: put the permissions together.` }]
          : []),
        ...(isManaged(role) ? managedTargetProblems(target, path, wish, config) : []),
        ...(isManaged(role) ? [] : existingTargetProblems(target, path, config)),
        ...(isManaged(role) || permissions === undefined ? [] : [ownersBusiness(`${path}.permissions`)]),
      ];
    }),
  ];
};

const managedTargetProblems = (
  { account, permissions }: GrantWish['targets'][number],
  path: string,
  wish: GrantWish,
  config: GrantsConfig,
): readonly Problem[] =>
  permissions === undefined || givesNothing(permissions)
    ? [{ path: `${path}.permissions`, problem: 'It gives nothing: name permissions.' }]
    : permissionProblems(permissions, `${path}.permissions`, wish, account, config);

const existingTargetProblems = (
  { account, role }: GrantWish['targets'][number],
  path: string,
  config: GrantsConfig,
): readonly Problem[] => [
  ...(parseArn(role)?.account === account
    ? []
    : [{ path: `${path}.role`, problem: `The role is of account ${parseArn(role)?.account}, not of ${account}.` }]),
  ...existingRoleProblems(role, `${path}.role`, config),
];

/** An existing role is ours to use when its account's entry opts it in, and nothing excludes it. */
const existingRoleProblems = (role: string, path: string, config: GrantsConfig): readonly Problem[] => {
  const arn = parseArn(role);
  const partition = partitionOf(config.hub.region).name;
  if (arn?.partition !== partition) return [{ path, problem: `The role is not in the hub's partition ${partition}.` }];
  const spoke = config.spokes.find((each) => each.account === arn.account);
  const why = outOfBounds(role, spoke?.excludedRoles ?? []) ?? unmanaged(role, spoke?.managedRoles ?? []);
  return why === undefined ? [] : [{ path, problem: `It can't be given: ${why}.` }];
};

const ownersBusiness = (path: string): Problem => ({
  path,
  problem: "An existing role keeps its owner's permissions: leave them out, or let podid make the role (managed).",
});

const sessionPolicyProblems = ({ sessionPolicy, sessionTags }: GrantWish): readonly Problem[] => {
  if (sessionPolicy === undefined) return [];
  const path = '$.sessionPolicy';
  const problem = policyProblem(sessionPolicy, path, 2048);
  return [
    ...(sessionTags
      ? [{ path, problem: 'EKS takes a session policy only with session tags off: set sessionTags to false.' }]
      : []),
    ...(problem === undefined ? [] : [problem]),
  ];
};

/** What is asked for in several accounts is wrong in each. */
const distinct = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((each) => [JSON.stringify(each), each])).values(),
];

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((at, key) => memberPath(at, typeof key === 'number' ? key : String(key)), '$');
