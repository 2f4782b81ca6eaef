/** What comes of tightening: the policy, and for each statement what became of it and why. */
import type { WorkloadIdentity } from '../../identity.ts';
import type { WrittenTrust, WrittenTrustStatement } from '../author/index.ts';

export type Tightened = {
  readonly document: WrittenTrust;
  /** As it is to be written: JSON without white space. */
  readonly text: string;
  /** Its length as IAM counts it. */
  readonly characters: number;
  readonly quota: number;
  /** One for each statement of the old policy, in its order; then those that are new. */
  readonly changes: readonly TightenChange[];
  /** Asked for, but the present policy does not admit them: tightening never widens. */
  readonly notAdmitted: readonly WorkloadIdentity[];
  /** Asked for, and admitted before and after. */
  readonly admits: readonly WorkloadIdentity[];
  /** False: it was narrow enough, and the document is the old one by value. */
  readonly changed: boolean;
};

export type TightenChange = {
  /**
   * - `kept`: as it was.
   * - `narrowed`: the same statement with other conditions, or without pods.eks among its principals.
   * - `removed`: nobody who was asked for needs it.
   * - `replaced`: by the statements of `after`.
   * - `added`: in the place of several that were removed.
   */
  readonly kind: 'kept' | 'narrowed' | 'removed' | 'replaced' | 'added';
  /** Its place in the old policy, from 0; of an added one, in the new. */
  readonly index: number;
  readonly sid?: string;
  /** As it stood in the old policy. */
  readonly before?: WrittenTrustStatement;
  /** What stands in its place: one, or, where it was replaced, several. */
  readonly after?: readonly WrittenTrustStatement[];
  /** A sentence for a person. */
  readonly because: string;
};
