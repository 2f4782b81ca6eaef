/** The fleet as tables. Pure. */
import type { AssociationState } from '../functions/association.ts';
import type { Account } from './fleet-accounts.ts';
import type { Running } from './fleet-running.ts';
import { table } from './output.ts';

export type ShownAccount = Pick<Account, 'name' | 'id' | 'role' | 'regions'> & { readonly unreachable?: string };
export type ShownIdentity = Pick<AssociationState, 'associationId' | 'roleArn' | 'targetRoleArn' | 'ownerArn'> & {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly sessionTags: boolean;
  /** Absent where the cluster could not be asked. */
  readonly running?: readonly Pick<Running, 'workload' | 'pods' | 'by'>[];
};
export type ShownCluster = {
  readonly account: string;
  readonly name: string;
  readonly region: string;
  readonly mode: string;
  /** All pods that run, those without an association too. */
  readonly pods?: number;
  readonly unreachable?: string;
  readonly identities: readonly ShownIdentity[];
};
export type Fleet = { readonly accounts: readonly ShownAccount[]; readonly clusters: readonly ShownCluster[] };

export const fleetText = ({ accounts, clusters }: Fleet): string => {
  const identities = clusters.flatMap((cluster) =>
    cluster.identities.map((identity) => identityCells(cluster, identity)),
  );
  const missing = [...accounts, ...clusters].flatMap(({ unreachable }) => unreachable ?? []);
  return [
    table(['ACCOUNT', 'ID', 'ROLE', 'REGIONS'], accounts.map(accountCells)),
    table(['CLUSTER', 'ACCOUNT', 'REGION', 'MODE', 'PODS', 'IDENTITIES'], clusters.map(clusterCells)),
    ...(identities.length === 0
      ? []
      : [table(['CLUSTER', 'IDENTITY', 'ROLE', 'TARGET', 'TAGS', 'RUNNING'], identities)]),
    ...(missing.length === 0 ? [] : [missing.map((line) => `not asked: ${line}`).join('\n')]),
  ].join('\n\n');
};

const accountCells = ({ name, id, role, regions }: ShownAccount): string[] => [name, id, role, regions.join(', ')];

const clusterCells = ({ name, account, region, mode, pods, identities }: ShownCluster): string[] => [
  name,
  account,
  region,
  mode,
  pods === undefined ? '?' : String(pods),
  String(identities.length),
];

const identityCells = ({ name }: ShownCluster, identity: ShownIdentity): string[] => {
  const { namespace, serviceAccount, roleArn, targetRoleArn, sessionTags, running } = identity;
  return [
    name,
    `${namespace}/${serviceAccount}`,
    nameOf(roleArn),
    targetRoleArn === undefined ? '-' : nameOf(targetRoleArn, accountOf(roleArn)),
    sessionTags ? 'on' : 'off',
    running === undefined ? '?' : running.length === 0 ? '-' : running.map(groupText).join(', '),
  ];
};

/** `Deployment/api 3`; those that don't have what the association gives are told apart. */
const groupText = ({ workload, pods, by }: NonNullable<ShownIdentity['running']>[number]): string => {
  const others = Object.entries(by).flatMap(([identity, count]) =>
    identity === 'pod-identity'
      ? []
      : [`${count} with ${identity === 'none' ? 'no credentials' : identity.toUpperCase()}`],
  );
  return `${workload.kind}/${workload.name} ${pods}${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
};

/** The role's name with its path; its account where that is another. */
const nameOf = (roleArn: string, beside = accountOf(roleArn)): string => {
  const name = roleArn.replace(/^.*:role\//, '');
  return accountOf(roleArn) === beside ? name : `${accountOf(roleArn)}:${name}`;
};

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
