/** What the author is asked for, and what it gives back. */
import type { WorkloadIdentity } from '../../identity.ts';

/** A policy as plain JSON, in the order in which IAM's guide writes its elements. */
export type WrittenTrust = {
  readonly Version: '2012-10-17' | '2008-10-17';
  readonly Id?: string;
  readonly Statement: readonly WrittenTrustStatement[];
};
/** Ours has exactly these elements; a foreign one is kept by value, whatever it holds. */
export type WrittenTrustStatement = Readonly<Record<string, unknown>>;

export type Wish = {
  /** Who shall get the role with session tags on. All of one account; no duplicates needed, none harmful. */
  readonly identities: readonly WorkloadIdentity[];
  /** The role's account and partition; its ARN where it is known. */
  readonly role: { readonly account: string; readonly partition: string; readonly roleArn?: string };
  /** For a target role: the exact ARN of the role through which the identities come. */
  readonly sourceRoleArn?: string;
  /** The present policy (text, URL-encoded text, or object): its foreign statements stay. */
  readonly into?: unknown;
  /** "Role trust policy length"; 2,048 when absent. */
  readonly quota?: number;
};

export type Authored = {
  readonly document: WrittenTrust;
  /** As it is to be written: JSON without white space. */
  readonly text: string;
  /** Its length as IAM counts it. */
  readonly characters: number;
  readonly quota: number;
  /** How many of the statements are ours. */
  readonly statements: number;
  /** Proven: no document of our forms is shorter, and none of this length has fewer statements. False: greedy, and said so. */
  readonly minimal: boolean;
};
