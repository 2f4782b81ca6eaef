/** An account under management, its roles, associations and trust policies, for the tests of what the hub does with them. */
import { Config } from '../../../../functions/config.ts';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import type { Neighbour } from '../../../../functions/store/associations.ts';
import type { ReadRoleOutput, RoleToJudge } from '../../../../functions/trust/contract.ts';
import type { RoleUse } from '../../../../functions/trust/findings/facts.ts';
import type { Look } from '../../../../functions/trust/judging/contract.ts';

export const ACCOUNT = '111122223333';
export const OTHER = '444455556666';
export const role = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`;

export const config = (change: object = {}): Config =>
  Config.parse({
    hub: { account: '999988887777', region: 'eu-west-1' },
    spokes: [
      {
        name: 'payments',
        account: ACCOUNT,
        clusters: [
          { name: 'payments', region: 'eu-west-1', mode: 'remediate' },
          { name: 'batch', region: 'eu-central-1' },
        ],
        managedRoles: ['orders', 'team/*', 'break-*'],
        excludedRoles: ['break-glass'],
      },
      { name: 'ledger', account: OTHER },
    ],
    revocation: { propagationSeconds: 10 },
    sweepHours: 6,
    ...change,
  });

export const identity = (serviceAccount = 'api', change: Partial<WorkloadIdentity> = {}): WorkloadIdentity => ({
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount,
  ...change,
});

export const neighbour = (
  serviceAccount: string,
  roleArn: string,
  change: Partial<Neighbour['state']> = {},
  where: Partial<WorkloadIdentity> = {},
): Neighbour => ({
  identity: identity(serviceAccount, where),
  state: {
    associationId: `a-${serviceAccount}`,
    associationArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/payments/a-${serviceAccount}`,
    roleArn,
    disableSessionTags: false,
    createdAt: '2026-03-01T10:00:00.000Z',
    modifiedAt: '2026-03-01T10:00:00.000Z',
    ...change,
  },
});

export const use = (serviceAccount: string, change: Partial<RoleUse> = {}): RoleUse => ({
  identity: identity(serviceAccount),
  tagsDisabled: false,
  ...change,
});

export const cause = (change: Partial<RoleToJudge['cause']> = {}): RoleToJudge['cause'] => ({
  kind: 'RoleTrustChanged',
  at: '2026-03-01T12:00:00.000Z',
  actor: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/mallory`, eventId: 'e-1' },
  ...change,
});

/** As CloudTrail tells of our own function's writes. */
export const OURS = {
  type: 'AssumedRole',
  issuerArn: role('podid-tighten-trust-eu-west-1'),
  eventId: 'e-ours',
};

export const LOOK: Look = { rounds: 0, waits: 0, tightened: false, held: null };

/** A trust policy for these service accounts of `checkout` in `payments`; for every association of the account when none are named. */
export const trust = (...serviceAccounts: readonly string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Pods',
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        ...(serviceAccounts.length === 0
          ? {}
          : {
              Condition: {
                StringEquals: {
                  'aws:RequestTag/eks-cluster-arn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/payments`,
                  'aws:RequestTag/kubernetes-namespace': 'checkout',
                  'aws:RequestTag/kubernetes-service-account': serviceAccounts,
                },
              },
            }),
      },
    ],
  });

export type Present = Extract<ReadRoleOutput, { role: 'present' }>;

export const present = (roleArn: string, text: string, change: Partial<Present> = {}): Present => ({
  role: 'present',
  roleArn,
  roleId: 'AROAEXAMPLE',
  trust: text,
  tags: {},
  chains: [],
  readAt: '2026-03-01T12:00:05.000Z',
  ...change,
});
