/** What the rest of the local cloud sees of an embedded cluster. */

/** What the EKS service says now about a service account: the role of its association, if it has one. */
export type AssociationLookup = (namespace: string, serviceAccount: string) => { roleArn: string } | undefined;

/** Who a bearer token belongs to, as Kubernetes' TokenReview names it. */
export type UserInfo = {
  username: string;
  groups: string[];
  uid?: string;
  extra?: Record<string, string[]>;
};

export type FakeNode = { name: string; labels?: Record<string, string>; providerID?: string };

export type ClusterOptions = {
  name: string;
  account: string;
  region: string;
  arn: string;
  /** PEM: the authority that kubeconfigs trust, and the server's own pair (see `makeAuthority`). */
  tls: { ca: string; cert: string; key: string };
  /** 0 or absent: a free one. */
  port?: number;
  /** What `/version` answers; `v1.34.2` when absent. */
  version?: string;
  /** For tokens that are not this cluster's own service account tokens: `k8s-aws-v1.…` on EKS. */
  authenticate: (bearer: string) => Promise<UserInfo | undefined>;
  association: AssociationLookup;
  now: () => Date;
  /** Nodes to pretend; all of them Ready. Without any, pods stay Pending. */
  nodes?: readonly FakeNode[];
  /** How long a pod takes to be Ready; 300 when absent. A pod says otherwise with kwok's annotation. */
  podStartMillis?: number;
  /** How long a pod takes to be gone; 200 when absent. A pod says otherwise with kwok's annotation. */
  podStopMillis?: number;
  /** How long a job's pod runs until it has succeeded; 1,000 when absent. A pod says otherwise with kwok's annotation. */
  jobPodMillis?: number;
};

/** The service account (and pod) that a token was issued to, and that still exist. */
export type ReviewedToken = {
  namespace: string;
  serviceAccount: string;
  pod?: { name: string; uid: string };
};

export type LocalCluster = {
  /** `https://127.0.0.1:PORT`. */
  endpoint: string;
  /** PEM. */
  certificateAuthority: string;
  /** The OIDC issuer of the service account tokens, stable from the cluster's ARN. */
  issuer: string;
  /** The issuer's public keys, as its `/keys` serves them. */
  jwks: () => { keys: object[] };
  /** Creates or changes objects as the cluster's admin, without authorization. @throws ApiError */
  apply: (manifests: readonly object[]) => Promise<void>;
  /** Deletes objects by kind, namespace and name, likewise; what isn't there is no error. @throws ApiError */
  remove: (manifests: readonly object[]) => Promise<void>;
  /**
   * Checks signature, issuer, audience, expiry, and that service account and pod (by uid) still exist.
   * @throws TokenInvalid, TokenExpired
   */
  reviewToken: (token: string, audience: string) => Promise<ReviewedToken>;
  /** Ends open watches, timers and connections at once. */
  close: () => Promise<void>;
};

/** A token that was not issued by this cluster, or for something that is gone. */
export class TokenInvalid extends Error {
  override readonly name = 'TokenInvalid';
}

/** A token of this cluster whose time is over. */
export class TokenExpired extends Error {
  override readonly name = 'TokenExpired';
}
