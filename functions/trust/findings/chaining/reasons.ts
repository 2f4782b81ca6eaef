/** The reasons of this folder: what is wrong between a target role and the source roles through which pods come. */
import { type Reason, teller } from '../found.ts';

export const CHAINING_REASONS = {
  TargetTrustsAccount: {
    severity: 'warning',
    title: 'The target role trusts the source’s whole account',
    why: 'Every role of that account whose own policies allow it can get the target role, not only the one that pods come through. An info where conditions pin the caller: the exact ARN as principal says the same and also pins the role’s unique id.',
  },
  SourceCannotReach: {
    severity: 'error',
    title: 'The source role may not assume the target role',
    why: 'Pods with this association get no credentials: EKS assumes the target role with the source role’s permissions, which need sts:AssumeRole and, with session tags, sts:TagSession.',
  },
  TargetDoesNotAdmit: {
    severity: 'error',
    title: 'The target role does not admit an association that names it',
    why: 'The pods of the association will never get credentials.',
  },
  ExternalIdMissing: {
    severity: 'warning',
    title: 'The external id is not checked',
    why: 'With session tags disabled, only sts:ExternalId tells the target role which service account asks. Without it, every association that goes through the same source role gets in.',
  },
  ExternalIdWrong: {
    severity: 'warning',
    title: 'An external id that no association has',
    why: 'EKS sends REGION/ACCOUNT/CLUSTER/NAMESPACE/SERVICE-ACCOUNT. A value that no association has is a leftover, or an error when an association gets no credentials because of it.',
  },
  TargetPrincipalRecreated: {
    severity: 'warning',
    title: 'A principal of the policy was deleted',
    why: 'IAM stores a principal’s unique id and shows it in place of the ARN once the role or user is gone. One of the same name that was made since is somebody else to the policy. An error when an association gets no credentials because of it.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

export const found = teller<keyof typeof CHAINING_REASONS>(CHAINING_REASONS);
