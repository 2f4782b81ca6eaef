/** The form of a rule about trust policies, and of what it finds. */
import type { Finding } from '../../finding.ts';
import type { WorkloadIdentity } from '../../identity.ts';
import type { ChainedIdentity, FederatedIdentity, Reach } from '../reach/index.ts';
import type { TrustFacts } from './facts.ts';

/** A finding about a trust policy. The same problem has the same `reason` and `subject`, whoever caused it and whenever it is seen. */
export type TrustFinding = Finding & {
  /** The statement that it is about. */
  readonly statement?: StatementPlace;
  /** What of the role it is about, when a role can have the finding more than once: a statement's `subject`, an identity, an ARN. */
  readonly subject?: string;
};

export type StatementPlace = {
  /** From 0. */
  readonly index: number;
  readonly sid?: string;
};

/** Which sets the rules ask for: each is computed once, at the first question. @throws ReachUndecided */
export type Questions = {
  /** Service accounts with an association, with session tags on or off. */
  readonly podIdentity: (tags: 'tags' | 'no-tags') => Reach<WorkloadIdentity>;
  readonly irsa: () => Reach<FederatedIdentity>;
  /** Through a source role of this account. */
  readonly chaining: (sourceAccount: string, tags: 'tags' | 'no-tags') => Reach<ChainedIdentity>;
};

/** Pure: the same facts, the same findings. May throw ReachUndecided: `judgeTrust` makes a finding of that. */
export type Rule = (facts: TrustFacts, questions: Questions) => readonly TrustFinding[];
