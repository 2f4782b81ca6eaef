/** The reasons of this folder: what is wrong with a role's trust in the tokens of EKS clusters. */
import { type Reason, teller } from '../found.ts';

export const IRSA_REASONS = {
  IrsaSubjectMissing: {
    severity: 'error',
    title: 'Every service account of the cluster may take the role',
    why: 'The statement trusts the cluster’s OIDC provider and does not look at the token’s subject, so any pod in the cluster gets the role.',
  },
  IrsaWildcardSubject: {
    severity: 'warning',
    title: 'The subject is a pattern',
    why: 'The statement admits service accounts that it does not name, also such as nobody has made yet: whoever may create one of that name gets the role. An error when any name will do.',
  },
  IrsaAudienceMissing: {
    severity: 'warning',
    title: 'The token’s audience is not checked',
    why: 'A token that a pod gave to some other system, which asked for it with another audience, can be used there to get the role.',
  },
  IrsaAudienceOther: {
    severity: 'warning',
    title: 'The audience is not the one that pods get',
    why: 'The webhook of EKS projects tokens for sts.amazonaws.com. Only service accounts with the annotation eks.amazonaws.com/audience get another one; all others are refused.',
  },
  FederatedAnybody: {
    severity: 'error',
    title: 'Every identity provider is trusted',
    why: 'With `*` as federated principal the policy names no provider. Whoever has a token of any provider that the account knows may get in.',
  },
  OidcProviderUnknown: {
    severity: 'warning',
    title: 'No known cluster has this OIDC provider',
    why: 'The cluster was deleted, or is not in the configuration. The trust is dead weight at best; a provider that is still in IAM keeps the way in open for whoever holds the cluster’s keys.',
  },
  OidcProviderOfOtherAccount: {
    severity: 'error',
    title: 'The OIDC provider is of another account',
    why: 'STS looks for the provider in the account of the role. A statement that names another account’s admits nobody.',
  },
  IrsaConditionNeverMatches: {
    severity: 'error',
    title: 'No token meets the conditions',
    why: 'The statement admits no service account at all: pods get AccessDenied from AssumeRoleWithWebIdentity.',
  },
  IrsaAndPodIdentity: {
    severity: 'info',
    title: 'The role is trusted in both ways',
    why: 'A migration from IRSA is under way, or was never finished: both ways have to be watched, and revoking one leaves the other.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

export const found = teller<keyof typeof IRSA_REASONS>(IRSA_REASONS);
