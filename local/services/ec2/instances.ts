/** The instances of a fleet: its clusters' nodes. */
import type { Cloud } from '../../contract.ts';

export type InstanceOptions = {
  readonly account: string;
  readonly region: string;
  /** `i-…` */
  readonly instanceId: string;
  /** `ip-10-0-1-11.eu-west-1.compute.internal`: the node's name in Kubernetes. */
  readonly privateDnsName?: string;
  /** The instance profile's ARN: it leads to the node's role. */
  readonly instanceProfileArn?: string;
  /** Hops that an answer of the metadata service may take: from 2 on, a pod gets it. */
  readonly hopLimit: number;
  /** `required` when absent: IMDSv2. */
  readonly httpTokens?: 'required' | 'optional';
  /** `enabled` when absent. */
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly tags?: Readonly<Record<string, string>>;
};

export type Instance = InstanceOptions & { readonly launchTime: Date };

export const addInstance = (cloud: Cloud, options: InstanceOptions): void => {
  instancesOf(cloud, options.account, options.region).set(options.instanceId, { ...options, launchTime: cloud.now() });
};

export const instancesOf = (cloud: Cloud, account: string, region: string): Map<string, Instance> =>
  cloud.state('ec2', `${account}/${region}`, () => new Map<string, Instance>());
