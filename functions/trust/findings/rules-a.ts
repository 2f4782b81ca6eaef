/** The rules about Pod Identity, about the document, and about who shares the role. */
import { policyVersionOld, trustLength } from './document.ts';
import { actionMissing, eksAuthAction } from './pod-identity/actions.ts';
import { associationNotAdmitted } from './pod-identity/associations.ts';
import { deadStatement, shadowedByDeny } from './pod-identity/dead.ts';
import { conditionNeverMatches } from './pod-identity/never-matches.ts';
import { openForm } from './pod-identity/open-form.ts';
import { trustTooBroad, unassociatedButOpen } from './pod-identity/too-broad.ts';
import type { Rule } from './rule.ts';
import { sharedByApplications, sharedByClusters } from './sharing.ts';

/** Their order does not matter: findings are sorted. */
export const RULES_A: readonly Rule[] = [
  eksAuthAction,
  actionMissing,
  trustTooBroad,
  unassociatedButOpen,
  openForm,
  conditionNeverMatches,
  associationNotAdmitted,
  deadStatement,
  shadowedByDeny,
  trustLength,
  policyVersionOld,
  sharedByClusters,
  sharedByApplications,
];
