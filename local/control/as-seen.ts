/** The cloud as its readers and authorizers see it: what was written a moment ago isn't there yet. */
import type { Cloud } from '../contract.ts';
import { hasPast, stillSeen } from './past.ts';

/**
 * A cloud whose IAM and EKS are as old as the control endpoint says; the cloud itself when nothing is late. For reading only: what is
 * written into it is lost.
 */
export const asSeen = (cloud: Cloud): Cloud => {
  const late = { iam: hasPast(cloud, 'iam'), eks: hasPast(cloud, 'eks') };
  if (!late.iam && !late.eks) return cloud;
  return {
    ...cloud,
    state: <T>(service: string, scope: string, make: () => T): T => {
      const present = cloud.state(service, scope, make);
      // What was kept of a service's state has that state's type.
      if (service === 'iam' && late.iam) return (stillSeen(cloud, 'iam', scope) as T | undefined) ?? present;
      if (service === 'eks' && late.eks) return (clustersSeen(cloud, present) as T | undefined) ?? present;
      return present;
    },
  };
};

/** The clusters of an account and region, each with the associations that are seen of it; the rest of a cluster is never late. */
const clustersSeen = (cloud: Cloud, clusters: unknown): Map<unknown, unknown> | undefined =>
  clusters instanceof Map
    ? new Map(
        [...clusters].map(([name, cluster]: [unknown, { readonly arn: string }]) => {
          const past = stillSeen(cloud, 'eks', cluster.arn);
          return [name, typeof past === 'object' ? { ...cluster, ...past } : cluster];
        }),
      )
    : undefined;
