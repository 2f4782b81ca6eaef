/** The access entries by which podid's functions come into the clusters of a spoke. */
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { CLUSTER_ENTRIES } from '../functions/cluster-entries.ts';
import { spokeRoleName } from '../functions/names.ts';
import { named, pascal } from './constructs/logical-id.ts';
import type { Spoke } from './constructs/spoke.ts';

/** After the functions: each entry waits for the role that it lets in. */
export const enterClusters = (spoke: Spoke): void => {
  for (const cluster of spoke.clusters) {
    for (const [file, group] of Object.entries(CLUSTER_ENTRIES)) enter(spoke, cluster, file, group);
  }
};

/**
 * EKS pins the role's unique id in the entry, so a role that is made anew under its old name is shut out:
 * these roles bear fixed names and fixed logical ids, so that CloudFormation updates them in place; a change that would replace one
 * fails ("cannot update a stack when a custom-named resource requires replacing") instead of shutting us out. A test holds the names.
 */
const enter = (spoke: Spoke, cluster: string, file: string, group: string): void => {
  const id = `${pascal(file)}Enters${idPart(cluster)}`;
  const entry = new CfnAccessEntry(spoke.stack, id, {
    clusterName: cluster,
    principalArn: `arn:${spoke.partition}:iam::${spoke.account}:role/${spokeRoleName(file, spoke.region)}`,
    type: 'STANDARD',
    kubernetesGroups: [group],
  });
  entry.node.addDependency(spoke.stack.node.findChild(`${pascal(file)}Role`));
  named(entry, id);
};

/** Logical ids have only letters and digits; two clusters' names may differ in `-` and `_` alone, so those are spelt out. */
const idPart = (cluster: string): string => cluster.replaceAll('-', 'Dash').replaceAll('_', 'Bar');
