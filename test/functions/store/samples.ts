/** An identity, a role and states of an association, for the tests of what is kept and of what follows from it. */
import type { Actor } from '../../../functions/actor.ts';
import type { AssociationState } from '../../../functions/association.ts';
import type { WorkloadIdentity } from '../../../functions/identity.ts';
import type { Revocation } from '../../../functions/revocation.ts';

export const API: WorkloadIdentity = {
  account: '111122223333',
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};

export const roleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;

export const state = (changed: Partial<AssociationState> = {}): AssociationState => ({
  associationId: 'a-1234567890abcdefg',
  associationArn: 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/payments/a-1234567890abcdefg',
  roleArn: roleArn('orders'),
  disableSessionTags: false,
  createdAt: '2026-03-01T10:00:00.000Z',
  modifiedAt: '2026-03-01T10:00:00.000Z',
  ...changed,
});

export const actor = (eventId: string): Actor => ({
  type: 'IAMUser',
  arn: 'arn:aws:iam::111122223333:user/alice',
  eventId,
});

export const revocation = (changed: Partial<Revocation> = {}): Revocation => ({
  id: 'r-0123456789ab-1',
  cause: 'association-deleted',
  identity: API,
  former: state(),
  since: '2026-03-01T12:00:00.000Z',
  actor: actor('e-1'),
  mode: 'remediate',
  attempt: 1,
  ...changed,
});
