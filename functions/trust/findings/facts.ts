/** What is known when a role's trust policy is judged. What is not given is not known, and the rules that need it are silent. */
import type { WorkloadIdentity } from '../../identity.ts';
import type { PolicyDocument } from '../../policy/index.ts';

export type TrustFacts = {
  /** Parsed without a kind, so that what IAM itself would refuse (NotPrincipal) can be told. */
  readonly policy: PolicyDocument;
  /** Its length as IAM counts it: characters without white space. */
  readonly characters: number;
  /** The role's account and partition. */
  readonly account: string;
  readonly partition: string;
  readonly roleArn?: string;
  readonly roleTags?: Readonly<Record<string, string>>;
  /** The account's quota "Role trust policy length"; 2,048 when absent. */
  readonly quota?: number;
  /** Further condition keys with their values, such as `aws:SourceOrgID`. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Every association that gives this role, as source or as target. Absent: nobody knows; empty: there is none. */
  readonly associations?: readonly RoleUse[];
  /** The clusters that the configuration names. Absent: nobody knows. */
  readonly clusters?: readonly KnownCluster[];
  /** What the source roles of these associations may do with this role, as far as it was read. */
  readonly chains?: readonly Chain[];
};

/** An association that gives the role. */
export type RoleUse = {
  readonly identity: WorkloadIdentity;
  readonly tagsDisabled: boolean;
  /** Set when the judged role is the association's target: the role through which its sessions come. */
  readonly sourceRoleArn?: string;
  /** Set when the judged role is the source: where its sessions go on to. */
  readonly targetRoleArn?: string;
};

export type KnownCluster = {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** Its OIDC issuer without `https://`; absent when it was not read. */
  readonly issuer?: string;
};

/** Whether the permissions of a source role let it get a target role: by its own policies alone, the trust left aside. */
export type Chain = {
  readonly sourceRoleArn: string;
  readonly targetRoleArn: string;
  readonly assumeRole: 'allow' | 'deny' | 'undecided';
  readonly tagSession: 'allow' | 'deny' | 'undecided';
};
