/** The rules about other principals, IRSA and chained roles, and those of the field's linters, with their reasons. */
import { externalIdMissing, externalIdWrong, targetDoesNotAdmit } from './chaining/admission.ts';
import { CHAINING_REASONS } from './chaining/reasons.ts';
import { sourceCannotReach, targetPrincipalRecreated, targetTrustsAccount } from './chaining/source.ts';
import type { Reason } from './found.ts';
import { irsaAudience } from './irsa/audience.ts';
import { irsaAndPodIdentity } from './irsa/both-ways.ts';
import { irsaConditionNeverMatches } from './irsa/never-matches.ts';
import { federatedAnybody, oidcProviderOfOtherAccount, oidcProviderUnknown } from './irsa/providers.ts';
import { IRSA_REASONS } from './irsa/reasons.ts';
import { irsaSubjects } from './irsa/subjects.ts';
import { conditionVoid, tagsNotRequired } from './linters/absent-keys.ts';
import { actionNotForTrust, actionPrincipalMismatch, redundantAction } from './linters/actions.ts';
import {
  duplicateConditionKey,
  emptyConditionValues,
  forAllValuesOnSingleValue,
  nullContradiction,
  wildcardWithoutLike,
} from './linters/conditions.ts';
import { federatedMalformed, federatedUnpinned, samlAudienceMissing } from './linters/federation.ts';
import { accountRootPrincipal, anyPrincipal, notPrincipalUsed } from './linters/principals.ts';
import { LINTER_REASONS } from './linters/reasons.ts';
import { redundantPrincipal, redundantValue } from './linters/redundant.ts';
import { rolesAnywhereActionsMissing, servicePrincipalWrong, serviceWithoutSource } from './linters/services.ts';
import { othersMaySetSessionTags, roleBearsSessionTagKeys } from './linters/session-tags.ts';
import type { Rule } from './rule.ts';

/** Their order does not matter: findings are sorted. */
export const RULES_B: readonly Rule[] = [
  anyPrincipal,
  accountRootPrincipal,
  notPrincipalUsed,
  othersMaySetSessionTags,
  roleBearsSessionTagKeys,
  irsaSubjects,
  irsaAudience,
  irsaConditionNeverMatches,
  federatedAnybody,
  oidcProviderUnknown,
  oidcProviderOfOtherAccount,
  irsaAndPodIdentity,
  targetTrustsAccount,
  sourceCannotReach,
  targetDoesNotAdmit,
  externalIdMissing,
  externalIdWrong,
  targetPrincipalRecreated,
  federatedUnpinned,
  samlAudienceMissing,
  federatedMalformed,
  serviceWithoutSource,
  servicePrincipalWrong,
  rolesAnywhereActionsMissing,
  actionNotForTrust,
  actionPrincipalMismatch,
  tagsNotRequired,
  conditionVoid,
  forAllValuesOnSingleValue,
  nullContradiction,
  emptyConditionValues,
  wildcardWithoutLike,
  duplicateConditionKey,
  redundantAction,
  redundantValue,
  redundantPrincipal,
];

/** What each reason means; `teller` in each folder lets rules give no others. */
export const REASONS_B: Readonly<Record<string, Reason>> = { ...LINTER_REASONS, ...IRSA_REASONS, ...CHAINING_REASONS };
