/** A spoke's stack, one an account and region: the forwarding of its events, and the functions that act there. */
import { type App, Stack } from 'aws-cdk-lib';
import type { Config } from '../functions/config.ts';
import { SPOKE_DEAD_LETTERS, spokeStackName } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { enterClusters } from './cluster-entries.ts';
import { deadLetters } from './constructs/dead-letters.ts';
import type { Spoke } from './constructs/spoke.ts';
import { driftInSpoke } from './drift-spoke.ts';
import { ASSOCIATION_EVENTS, CLUSTER_EVENTS, forwardEvents, ROLE_EVENTS } from './forward-events.ts';
import { provisioningInSpoke } from './provisioning.ts';
import { revocationInSpoke } from './revocation.ts';
import { sweepInSpoke } from './sweep.ts';
import { trustInSpoke } from './trust.ts';

/** The spoke's stack, with every capability in it. */
export const spokeStack = (
  app: App,
  config: Config,
  where: { account: string; region: string },
  bundleDir: string,
): Stack => {
  const { account, region } = where;
  const stack = new Stack(app, spokeStackName(account, region), {
    env: where,
    description: `podid: the spoke in ${region}. It acts on what the hub asks for, judged again here.`,
  });
  const entry = config.spokes.find((spoke) => spoke.account === account);
  const spoke: Spoke = {
    stack,
    config,
    bundleDir,
    logRetentionDays: config.logRetentionDays,
    account,
    region,
    partition: partitionOf(region).name,
    clusters: (entry?.clusters ?? []).filter((cluster) => cluster.region === region).map(({ name }) => name),
    excludedRoles: entry?.excludedRoles ?? [],
    managedRoles: entry?.managedRoles ?? [],
  };
  forwardEvents(stack, config.hub, deadLetters(stack, SPOKE_DEAD_LETTERS), {
    'forward-events': ASSOCIATION_EVENTS,
    'forward-cluster-events': CLUSTER_EVENTS,
    ...(region === partitionOf(region).iamRegion && { 'forward-role-events': ROLE_EVENTS }),
  });
  revocationInSpoke(spoke);
  sweepInSpoke(spoke);
  trustInSpoke(spoke);
  provisioningInSpoke(spoke);
  driftInSpoke(spoke);
  enterClusters(spoke);
  return stack;
};
