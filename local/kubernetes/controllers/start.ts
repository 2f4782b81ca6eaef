/** All controllers of a cluster. */
import type { Registry } from '../registry.ts';
import { budgets } from './budgets.ts';
import { cronJobs } from './cronjobs.ts';
import { daemonSets } from './daemonsets.ts';
import { deployments } from './deployments.ts';
import { fakeNodes } from './fake-nodes.ts';
import { garbage } from './garbage.ts';
import { jobs } from './jobs.ts';
import { type Loop, runControllers, type Tools } from './loop.ts';
import { namespaces } from './namespaces.ts';
import { type PodTimes, pods } from './pods.ts';
import { replicaSets } from './replicasets.ts';
import { rollouts } from './rollouts.ts';
import { statefulSets } from './statefulsets.ts';

/** Starts them; they end with `close`. */
export const startControllers = (
  registry: Registry,
  event: Tools['event'],
  settings: PodTimes & { certificateAuthority: string; version: string; now: () => Date },
): Loop =>
  runControllers(registry, event, {
    namespaces: namespaces(settings.certificateAuthority),
    nodes: fakeNodes(settings.version),
    pods: pods(settings),
    replicaSets,
    deployments,
    statefulSets,
    daemonSets,
    jobs,
    cronJobs: cronJobs(settings.now),
    rollouts,
    budgets,
    garbage,
  });
