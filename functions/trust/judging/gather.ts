/** What the hub knows of a role before it is judged. */
import type { Config } from '../../config.ts';
import { clusterArn } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { KillSwitch } from '../../store/brakes.ts';
import type { SweptRow } from '../../store/clusters.ts';
import type { FindingRow } from '../../store/finding-row.ts';
import type { Store } from '../../store/index.ts';
import type { Written } from '../../store/leases.ts';
import type { KnownCluster, RoleUse } from '../findings/facts.ts';
import { clustersOf } from './may-tighten.ts';
import { usesOf } from './uses.ts';

export type KnownOfRole = {
  readonly uses: readonly RoleUse[];
  /** Every configured cluster; with its issuer where it is of the role's account and was read. */
  readonly clusters: readonly KnownCluster[];
  /** The account's clusters that were ever listed, by ARN. */
  readonly swept: ReadonlyMap<string, SweptRow>;
  readonly killSwitch: KillSwitch | undefined;
  readonly lastWritten: Written | undefined;
  readonly rows: readonly FindingRow[];
};

const AT_ONCE = 10;

export const gather = async (store: Store, config: Config, roleArn: string): Promise<KnownOfRole> => {
  const [neighbours, listed, killSwitch, lastWritten, rows] = await Promise.all([
    store.associations.ofRole(roleArn),
    inBatches(clustersOf(config, roleArn), AT_ONCE, (cluster) => store.clusters.swept(cluster)),
    store.brakes.killSwitch(),
    store.leases.lastWritten(roleArn),
    store.findings.of(roleArn),
  ]);
  const known = listed.filter((row) => row !== undefined);
  const swept = new Map(known.map((row) => [clusterArn(row.cluster), row]));
  const clusters = config.spokes.flatMap(({ account, clusters: of }) =>
    of.map(({ name, region }) => {
      const issuer = swept.get(clusterArn({ account, region, cluster: name }))?.issuer;
      return { account, region, cluster: name, ...(issuer === undefined ? {} : { issuer }) };
    }),
  );
  return { uses: usesOf(roleArn, neighbours), clusters, swept, killSwitch, lastWritten, rows };
};
