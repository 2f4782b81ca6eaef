/** Grants as the API answers them, checked against its own schemas. */
import {
  advance,
  begin,
  type EventOf,
  type Grant,
  type GrantEvent,
  GrantSettings,
  GrantWish,
  phaseOf,
} from '../../functions/grants/index.ts';
import { GrantRow, GrantView, PreviewView } from '../../functions/provisioning/api/schemas.ts';

export const SETTINGS = GrantSettings.parse({});
export const DANA = { subject: 'https://idp.example|dana', name: 'Dana', teams: ['checkout'] };
export const AVERY = { subject: 'https://idp.example|avery', name: 'Avery', teams: ['platform'] };
export const ID = 'g-0123456789abcdef';
export const AT = '2026-11-21T12:00:00.000Z';

export const WISH = GrantWish.parse({
  clusters: [{ account: '222222222222', region: 'eu-west-1', cluster: 'shop' }],
  namespace: 'checkout',
  serviceAccount: 'api',
  source: { role: 'managed', permissions: { managedPolicyArns: ['arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess'] } },
  targets: [{ account: '333333333333', chained: true }],
  reason: 'reads the orders',
  team: 'checkout',
  lifetime: { for: 'P30D' },
});

/** A grant to which these have happened. */
export const grantAfter = (...events: readonly GrantEvent[]): Grant =>
  events.reduce<Grant>(
    (grant, event) => {
      const next = advance(grant, event, AT, SETTINGS);
      if ('refused' in next) throw new Error(next.refused);
      return next.grant;
    },
    begin({ id: ID, eventId: 'e-0', wish: WISH, by: DANA }, AT, SETTINGS),
  );

export const NEED = { id: 'account-owner', sentence: 'An owner of account 333333333333 has to approve.' };
export const waits: GrantEvent = {
  kind: 'decided',
  id: 'e-1',
  version: 1,
  verdict: 'needs-approval',
  needs: [NEED],
  because: [],
};
export const approved: GrantEvent = { kind: 'approved', id: 'e-2', version: 1, by: AVERY, why: 'fine' };
export const allowed: EventOf<'decided'> = {
  kind: 'decided',
  id: 'e-3',
  version: 1,
  verdict: 'allowed',
  needs: [],
  because: [],
};
export const active: GrantEvent = {
  kind: 'provisioned',
  id: 'e-4',
  version: 1,
  notes: ['Deployment/api: 2 pods need a restart.'],
};
export const failed: EventOf<'failed'> = {
  kind: 'failed',
  id: 'e-4',
  version: 1,
  because: 'AccessDenied in account 333333333333',
  undone: ['role a'],
  left: [],
};
export const revokeAsked: GrantEvent = { kind: 'revoke-asked', id: 'e-5', by: DANA, why: 'done' };
export const revoked: GrantEvent = { kind: 'revoked', id: 'e-6', notes: [] };

export const DIFFERENCE = {
  joins: [],
  leaves: [],
  gains: [],
  loses: [],
  accountsGained: ['333333333333'],
  accountsLost: [],
  terms: [],
  sentences: ['In account 333333333333, given: everything that the pods do.'],
};

const ROLE = (account: string): string => `arn:aws:iam::${account}:role/podid/checkout-api`;

export const viewOf = (grant: Grant, more: Partial<GrantView> = {}): GrantView =>
  GrantView.parse({
    ...grant,
    phase: phaseOf(grant),
    revision: grant.history.length,
    difference: DIFFERENCE,
    roles: [
      { as: 'source', account: '222222222222', roleArn: `${ROLE('222222222222')}-0123456789ab`, chained: false },
      { as: 'target', account: '333333333333', roleArn: `${ROLE('333333333333')}-ba9876543210`, chained: true },
    ],
    may: ['approve', 'revoke'],
    ...more,
  });

export const rowOf = (id = ID): GrantRow =>
  GrantRow.parse({
    id,
    phase: 'awaiting-approval',
    revision: 2,
    version: 1,
    namespace: 'checkout',
    serviceAccount: 'api',
    clusters: WISH.clusters,
    targets: ['333333333333'],
    team: 'checkout',
    reason: 'reads the orders',
    requestedBy: DANA,
    requestedAt: AT,
    changedAt: AT,
    expireAt: '2126-11-21T12:00:00.000Z',
    waitsFor: [NEED.sentence],
  });

export const previewWith = (verdict: PreviewView['verdict']['verdict']): PreviewView =>
  PreviewView.parse({
    plan: {
      grantId: ID,
      version: 1,
      roles: [
        {
          as: 'source',
          roleArn: 'arn:aws:iam::222222222222:role/podid/checkout-api-1',
          account: '222222222222',
          managed: true,
          trust: { parties: [] },
          managedPolicyArns: [],
          inline: {},
          tags: {},
          standing: 'create',
          differences: [],
        },
      ],
      associations: [],
      removed: [],
      removedRoles: [],
      releasedRoles: [],
      blockers: [],
      warnings: [{ reason: 'Fargate', sentence: 'Some pods run on Fargate.' }],
      restarts: [],
    },
    verdict: {
      verdict,
      because: [],
      missing: [{ id: NEED.id, reason: NEED.sentence, about: 'g', teams: ['analytics'] }],
    },
    difference: DIFFERENCE,
    unread: [],
  });
