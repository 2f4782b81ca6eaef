/** Why no policy is written: each with what is wrong and what to do about it. */
import { showIdentity, type WorkloadIdentity } from '../../identity.ts';
import type { Authored } from './wish.ts';

/** A role of a proposed split: whom it would be for, and its policy. */
export type SplitRole = { readonly identities: readonly WorkloadIdentity[]; readonly authored: Authored };

/** The shortest policy that was found is longer than the role's quota. */
export class DoesNotFit extends Error {
  override readonly name = 'DoesNotFit';
  readonly characters: number;
  readonly quota: number;
  /** How many characters it is over. */
  readonly by: number;
  /**
   * Roles over which the identities fit, each of them in one: few, though not proven to be the fewest. The first keeps the
   * present policy's foreign statements if anything fits beside them and is exact; else all are new roles. Undefined when
   * one identity alone is too much.
   */
  readonly split: readonly SplitRole[] | undefined;

  constructor(characters: number, quota: number, split: readonly SplitRole[] | undefined) {
    super(
      `The trust policy has ${characters} characters, ${characters - quota} over the quota of ${quota}. ${remedyOf(split)}`,
    );
    this.characters = characters;
    this.quota = quota;
    this.by = characters - quota;
    this.split = split;
  }
}

const remedyOf = (split: readonly SplitRole[] | undefined): string => {
  const raise = 'raise the quota "Role trust policy length"';
  if (split === undefined) return `One service account alone is too much: ${raise}, or take foreign statements out.`;
  const sizes = split.map(({ identities }) => identities.length);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const each = `${least === most ? least : `${least} to ${most}`} service accounts each`;
  return `Use ${split.length} roles, with ${each}, or ${raise}.`;
};

/** A role serves the clusters of one account: its own, or, for a target role, the source role's. */
export class MixedAccounts extends Error {
  override readonly name = 'MixedAccounts';
}

/** A name that Kubernetes, EKS or IAM refuses, or a region that is not in the role's partition. */
export class NamesInvalid extends Error {
  override readonly name = 'NamesInvalid';
}

/** No identity, and no foreign statement: a policy must have a statement. */
export class NothingAsked extends Error {
  override readonly name = 'NothingAsked';
}

/** The foreign statements of the present policy make it impossible to admit exactly the wish. */
export class NotExact extends Error {
  override readonly name = 'NotExact';
  /** Somebody who would be admitted and must not be, or the other way round. */
  readonly witness: WorkloadIdentity;
  /** `foreign statement 1 (Build) admits it`: by its place among the foreign ones, from 0, and its Sid. */
  readonly because: string;

  constructor(witness: WorkloadIdentity, because: string) {
    super(`The policy can't be exact for ${showIdentity(witness)}: ${because}. Narrow or remove that statement first.`);
    this.witness = witness;
    this.because = because;
  }
}
