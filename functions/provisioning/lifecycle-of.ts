/** A grant's transition as the event that is told to the world. Pure. */
import { type Grant, newestOf, type Transition, versionOf } from '../grants/index.ts';
import type { LifecycleEvent, LifecycleKind } from '../lifecycle.ts';

/** What each transition is called outside. */
const KINDS: Readonly<Record<Transition['did'], LifecycleKind>> = {
  requested: 'Grant Requested',
  'change-requested': 'Grant Requested',
  'extension-requested': 'Grant Requested',
  'approval-needed': 'Grant Awaiting Approval',
  approved: 'Grant Approved',
  allowed: 'Grant Provisioning',
  activated: 'Grant Active',
  extended: 'Grant Active',
  failed: 'Grant Failed',
  'revocation-failed': 'Grant Failed',
  'expiry-warned': 'Grant Expiring',
  expired: 'Grant Revoking',
  'revoke-asked': 'Grant Revoking',
  revoked: 'Grant Revoked',
  rejected: 'Grant Closed',
  denied: 'Grant Closed',
  withdrawn: 'Grant Closed',
  lapsed: 'Grant Closed',
};

export const grantEvent = (grant: Grant, transition: Transition): LifecycleEvent => {
  const { at, by, did, version, to, why, notes, event } = transition;
  const { wish } = versionOf(grant, version) ?? newestOf(grant);
  const { team, namespace, serviceAccount, clusters, targets } = wish;
  return {
    kind: KINDS[did],
    detail: {
      schema: 1,
      id: `${grant.id}/${event.id}`,
      at,
      grant: {
        id: grant.id,
        version,
        phase: to,
        team,
        namespace,
        serviceAccount,
        clusters,
        targetAccounts: [...new Set(targets.map(({ account }) => account))].toSorted(),
        ...(grant.expireAt !== undefined && { expireAt: grant.expireAt }),
      },
      did,
      ...(by && { by: { subject: by.subject, ...(by.name !== undefined && { name: by.name }) } }),
      why,
      notes,
    },
  };
};
