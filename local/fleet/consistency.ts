/** What a fleet's parts must agree on, beyond their form: each disagreement with its place and a sentence. */
import { parseArn } from '../../functions/partition.ts';
import type { Fleet, FleetAccount, FleetCluster } from './schema.ts';

export type FleetProblem = { readonly path: ReadonlyArray<string | number>; readonly sentence: string };

/** All of them, in the order of the file. */
export const fleetProblems = ({ accounts, people }: Fleet): readonly FleetProblem[] => [
  ...repeated(
    people,
    ({ id }) => id,
    ['people'],
    'id',
    (id) => `There are two people with the id ${id}.`,
  ),
  ...repeated(
    accounts,
    ({ id }) => id,
    ['accounts'],
    'id',
    (id) => `There are two accounts with the id ${id}.`,
  ),
  ...repeated(
    accounts,
    ({ name }) => name,
    ['accounts'],
    'name',
    (name) => `There are two accounts named ${name}.`,
  ),
  ...accounts.flatMap((account, index) => accountProblems(account, ['accounts', index])),
];

type Path = FleetProblem['path'];

const accountProblems = (account: FleetAccount, at: Path): readonly FleetProblem[] => {
  const { roles, tables, clusters, name } = account;
  const roleNames = new Set(roles.map((role) => role.name));
  return [
    ...repeated(
      roles,
      (role) => role.name,
      [...at, 'roles'],
      'name',
      (role) => `The account ${name} has two roles ${role}.`,
    ),
    ...repeated(
      tables,
      (table) => `${table.region}/${table.name}`,
      [...at, 'tables'],
      'name',
      (table) => `The account ${name} has two tables ${table}.`,
    ),
    ...repeated(
      clusters,
      (cluster) => `${cluster.region}/${cluster.name}`,
      [...at, 'clusters'],
      'name',
      (cluster) => `The account ${name} has two clusters ${cluster}.`,
    ),
    ...clusters.flatMap((cluster, index) => clusterProblems(account, cluster, roleNames, [...at, 'clusters', index])),
  ];
};

const clusterProblems = (
  account: FleetAccount,
  cluster: FleetCluster,
  roleNames: ReadonlySet<string>,
  at: Path,
): readonly FleetProblem[] => {
  const problems: FleetProblem[] = [];
  if (cluster.nodes.length > 0 && !roleNames.has(cluster.nodeRole)) {
    const sentence = `The account ${account.name} has no role ${cluster.nodeRole}, which the nodes of ${cluster.name} run with.`;
    problems.push({ path: [...at, 'nodeRole'], sentence });
  }
  for (const [index, { roleArn }] of cluster.associations.entries()) {
    const owner = parseArn(roleArn)?.account;
    if (owner === account.id) continue;
    const sentence =
      owner === undefined
        ? `${roleArn} is no role's ARN.`
        : `${roleArn} is in another account than the cluster: name it as targetRoleArn, and a role of ${account.id} as roleArn.`;
    problems.push({ path: [...at, 'associations', index, 'roleArn'], sentence });
  }
  return [
    ...problems,
    ...repeated(
      cluster.associations,
      ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,
      [...at, 'associations'],
      'serviceAccount',
      (identity) => `${identity} has two associations in ${cluster.name}: a service account can have one.`,
    ),
  ];
};

/** Those that have a name which another one before them has. */
const repeated = <T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  at: Path,
  field: string,
  sentence: (name: string) => string,
): readonly FleetProblem[] => {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const name = nameOf(item);
    if (seen.has(name)) return [{ path: [...at, index, field], sentence: sentence(name) }];
    seen.add(name);
    return [];
  });
};
