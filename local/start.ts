/** Brings a fleet up: accounts, clusters, the control plane's own stacks from their templates, roles, associations, workloads; then tells how to reach it. */
import type { Config } from '../functions/config.ts';
import { SweepSettings } from '../functions/sweep-settings.ts';
import { createCloud } from './cloud.ts';
import { clustersOf } from './clusters.ts';
import type { Cloud, Service } from './contract.ts';
import { configFileIn, deployControlPlane, listOnce, synthesize } from './control-plane.ts';
import { type Door, doorFor, openDoor } from './door.ts';
import { clearEnvironment, writeEnvironment } from './environment.ts';
import {
  buildAssociations,
  buildRoles,
  buildTables,
  buildWorkloads,
  profileRegion,
  type RunningCluster,
} from './fleet/build.ts';
import type { LoadedFleet } from './fleet/load.ts';
import type { Fleet } from './fleet/schema.ts';
import { metadataAddress } from './services/ec2/metadata.ts';
import { services } from './services/index.ts';

export type StartOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  readonly loaded: LoadedFleet;
  /** Where env, kubeconfig and credentials go, and the synthesized templates. */
  readonly dir: string;
  /** Changes the fleet's configuration, for tests and benchmarks. */
  readonly configure?: (config: Config) => Config;
  /** Other guardrails than the repository's, for fleets of tests and benchmarks. */
  readonly guardrailsDir?: string;
  /** Stands between callers and a service: faults for tests. */
  readonly around?: (service: Service) => Service;
  /** `real` needs KUBEBUILDER_ASSETS, see `kubernetes/real.ts`. */
  readonly kubernetes?: 'embedded' | 'real';
};

export type Local = {
  readonly cloud: Cloud;
  readonly fleet: Fleet;
  readonly config: Config;
  readonly clusters: readonly RunningCluster[];
  /** The path of the env file. */
  readonly env: string;
  /** Where the API is and who can log in; absent when the configuration has no API. */
  readonly door?: Door;
  readonly close: () => Promise<void>;
};

/** Nobody else uses these rates: unless the fleet says otherwise, a sweep need not wait for them. */
const UNHURRIED = SweepSettings.parse({ describesPerSecond: 1000, lookupsPerSecond: 1000 });

/**
 * Starts everything and returns when it answers; the env file is written last.
 * @throws PortTaken when another program listens on the port
 */
export const startLocal = async (options: StartOptions): Promise<Local> => {
  const { dir, loaded, around = (service: Service) => service } = options;
  const { fleet } = loaded;
  const chosen = options.configure?.(loaded.config) ?? loaded.config;
  const configured = { ...chosen, sweep: chosen.sweep ?? UNHURRIED };
  const cloud = createCloud({ now: () => new Date() });
  try {
    for (const service of services) cloud.addService(around(service));
    for (const account of fleet.accounts) cloud.addAccount(account.id);
    await cloud.listen(options.port);
    // Only now: a second start in the same folder finds the port taken, and must not take the first one's file away.
    clearEnvironment(dir);
    const { config, issuer } = await openDoor(cloud, configured, fleet.people);
    // Bundling and synthesis run in a process of their own, so all that needs no control plane is built meanwhile.
    const [stacks, clusters] = await Promise.all([
      synthesize(config, dir, options.guardrailsDir),
      buildRoles(cloud, fleet)
        .then(() => clustersOf(cloud, fleet, dir, options.kubernetes ?? 'embedded'))
        .then(async (running) => {
          if (fleet.associationsFirst) await buildAssociations(cloud, fleet);
          return running;
        }),
      buildTables(cloud, fleet),
    ]);
    // The spokes' access entries need the clusters; the first events need the control plane.
    await deployControlPlane(cloud, stacks);
    if (!fleet.associationsFirst) await buildAssociations(cloud, fleet);
    await buildWorkloads(loaded, clusters);
    await listOnce(cloud, config);
    const door = issuer === undefined ? undefined : await doorFor(cloud, config, issuer, fleet.people);
    const env = writeEnvironment({
      dir,
      endpoint: cloud.endpoint,
      region: fleet.region,
      profiles: fleet.accounts.map((account) => ({
        name: account.name,
        region: profileRegion(fleet, account),
        credentials: cloud.administrator(account.id).credentials,
      })),
      contexts: clusters.map(({ cluster, account, local }) => ({
        name: cluster.name,
        endpoint: local.endpoint,
        certificateAuthority: local.certificateAuthority,
        profile: account.name,
        region: cluster.region,
      })),
      more: {
        PODID_PROFILE: 'default',
        PODID_HUB_REGION: config.hub.region,
        PODID_CONFIG: configFileIn(dir),
        PODID_INSTANCE_METADATA: metadataAddress(cloud),
        ...door?.variables,
      },
    });
    const close = () => {
      clearEnvironment(dir);
      return cloud.close();
    };
    return { cloud, fleet, config, clusters, env, close, ...(door === undefined ? {} : { door }) };
  } catch (error) {
    await cloud.close();
    throw error;
  }
};
