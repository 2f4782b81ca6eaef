/** Which names an identity can have: only such are written into policies, where a `$` or `*` would mean more. */
import type { WorkloadIdentity } from '../identity.ts';

// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, RFC 1123 labels and subdomains.
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const CLUSTER = /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Whether a text can be the beginning of a cluster's name, or all of it. */
export const isClusterName = (text: string): boolean => CLUSTER.test(text);

/** Which part of the identity can't be what it says, as a sentence; undefined when all can. */
export const identityProblem = ({
  account,
  region,
  cluster,
  namespace,
  serviceAccount,
}: WorkloadIdentity): string | undefined => {
  if (!/^\d{12}$/.test(account)) return `the account ${account} is no AWS account id`;
  if (!REGION.test(region)) return `the region ${region} is no AWS region`;
  if (!CLUSTER.test(cluster)) return `the name ${cluster} is none that an EKS cluster can have`;
  if (!LABEL.test(namespace)) return `the name ${namespace} is none that a namespace can have`;
  if (!SUBDOMAIN.test(serviceAccount) || serviceAccount.length > 253) {
    return `the name ${serviceAccount} is none that a service account can have`;
  }
  return undefined;
};
