/**
 * The add-ons that can be had here: a part of AWS's. Versions are ones that public configurations of these Kubernetes versions name (2025-11 to
 * 2026-09); the newest of each comes first, and the first that fits is the default. EKS has more of both.
 */

export type CatalogVersion = {
  readonly version: string;
  /** Kubernetes versions that it is for. */
  readonly kubernetes: readonly string[];
};

export type CatalogAddon = {
  readonly name: string;
  readonly type: 'networking' | 'security' | 'storage';
  readonly namespace: string;
  readonly versions: readonly CatalogVersion[];
  /** Its service accounts that take a Pod Identity association, with the managed policy that AWS recommends for each. */
  readonly serviceAccounts: Readonly<Record<string, string>>;
};

export const AGENT = 'eks-pod-identity-agent';

const SUPPORTED = ['1.33', '1.34', '1.35'];
const of = (kubernetes: readonly string[], ...versions: string[]): CatalogVersion[] =>
  versions.map((version) => ({ version, kubernetes }));

const CATALOG: readonly CatalogAddon[] = [
  {
    name: AGENT,
    type: 'security',
    namespace: 'kube-system',
    versions: of(
      SUPPORTED,
      'v1.3.10-eksbuild.3',
      'v1.3.10-eksbuild.2',
      'v1.3.10-eksbuild.1',
      'v1.3.9-eksbuild.3',
      'v1.3.8-eksbuild.2',
      'v1.3.4-eksbuild.1',
    ),
    serviceAccounts: {},
  },
  {
    name: 'vpc-cni',
    type: 'networking',
    namespace: 'kube-system',
    versions: of(SUPPORTED, 'v1.22.4-eksbuild.3', 'v1.21.1-eksbuild.7', 'v1.20.5-eksbuild.1'),
    serviceAccounts: { 'aws-node': 'AmazonEKS_CNI_Policy' },
  },
  {
    name: 'coredns',
    type: 'networking',
    namespace: 'kube-system',
    versions: [...of(['1.35'], 'v1.13.2-eksbuild.31'), ...of(SUPPORTED, 'v1.13.2-eksbuild.4', 'v1.12.4-eksbuild.17')],
    serviceAccounts: {},
  },
  {
    name: 'kube-proxy',
    type: 'networking',
    namespace: 'kube-system',
    versions: [
      ...of(['1.35'], 'v1.35.3-eksbuild.29', 'v1.35.3-eksbuild.2'),
      ...of(['1.34'], 'v1.34.6-eksbuild.11', 'v1.34.3-eksbuild.5', 'v1.34.3-eksbuild.2'),
      ...of(['1.33'], 'v1.33.8-eksbuild.4'),
    ],
    serviceAccounts: {},
  },
  {
    name: 'aws-ebs-csi-driver',
    type: 'storage',
    namespace: 'kube-system',
    versions: of(SUPPORTED, 'v1.66.0-eksbuild.1', 'v1.62.0-eksbuild.1', 'v1.56.0-eksbuild.1'),
    serviceAccounts: { 'ebs-csi-controller-sa': 'service-role/AmazonEBSCSIDriverPolicy' },
  },
  {
    name: 'aws-efs-csi-driver',
    type: 'storage',
    namespace: 'kube-system',
    versions: of(SUPPORTED, 'v3.1.0-eksbuild.1'),
    serviceAccounts: { 'efs-csi-controller-sa': 'service-role/AmazonEFSCSIDriverPolicy' },
  },
];

/** Every add-on, with the versions for a Kubernetes version only when one is given; those without any are left out. */
export const catalog = (kubernetesVersion?: string): readonly CatalogAddon[] =>
  CATALOG.map((addon) => ({
    ...addon,
    versions: addon.versions.filter(
      ({ kubernetes }) => kubernetesVersion === undefined || kubernetes.includes(kubernetesVersion),
    ),
  })).filter(({ versions }) => versions.length > 0);

/** The version that a cluster of this Kubernetes version gets when nobody says which. */
export const defaultVersion = (name: string, kubernetesVersion: string): string | undefined =>
  catalog(kubernetesVersion).find((addon) => addon.name === name)?.versions[0]?.version;
