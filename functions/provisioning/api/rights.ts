/** Who may do what with a grant. The matrix of docs/api.md; test/functions/provisioning/api/rights.test.ts has it as a table. */
import {
  type GrantFacts,
  judgeApprove,
  judgeRevoke,
  type Law,
  type Ownership,
  type Verdict,
} from '../../grants/guardrails/index.ts';
import { ACCEPTED_IN, type Grant, newestOf, type Person, phaseOf, versionOf } from '../../grants/index.ts';
import type { WorkloadIdentity } from '../../identity.ts';
import type { GrantAction } from './schemas.ts';

type Admins = { readonly adminTeams: readonly string[] };

export const isAdmin = ({ teams }: Person, { adminTeams }: Admins): boolean => isIn(teams, adminTeams);

/** Those who asked for a version, the team that answers for it, the owners of what it touches, and admins. */
export const mayRead = (owned: Ownership, grant: Grant, by: Person, admins: Admins): boolean =>
  isAdmin(by, admins) ||
  grant.versions.some(
    ({ wish, requestedBy }) =>
      requestedBy.subject === by.subject ||
      by.teams.includes(wish.team) ||
      [...wish.clusters, ...wish.targets].some(({ account }) => isIn(by.teams, owned.account(account).owners)) ||
      wish.clusters.some((cluster) => isIn(by.teams, owned.namespaceOwners({ ...cluster, ...wish }))),
  );

/** What is in an account: its owners, and admins. */
export const mayReadAccount = (owned: Ownership, account: string, by: Person, admins: Admins): boolean =>
  isAdmin(by, admins) || isIn(by.teams, owned.account(account).owners);

/** What a service account has: the owners of its namespace and of its account, and admins. */
export const mayReadIdentity = (owned: Ownership, identity: WorkloadIdentity, by: Person, admins: Admins): boolean =>
  mayReadAccount(owned, identity.account, by, admins) || isIn(by.teams, owned.namespaceOwners(identity));

/** Approving and rejecting: whom the guardrails let approve; never the person who asked. */
export const mayApprove = (law: Law, facts: GrantFacts, by: Person): Verdict | 'own-request' =>
  facts.requester.subject === by.subject ? 'own-request' : judgeApprove(law, facts, plain(by));

/** Ending: whom the guardrails let; and admins, since ending access must not hang on a file that somebody broke. */
export const mayRevoke = (law: Law, facts: GrantFacts, by: Person, admins: Admins): Verdict | 'admin' =>
  isAdmin(by, admins) ? 'admin' : judgeRevoke(law, facts, plain(by));

/** Taking back what waits: who asked for it, and admins. */
export const mayWithdraw = (grant: Grant, by: Person, admins: Admins): boolean =>
  (versionOf(grant, grant.pending?.version) ?? newestOf(grant)).requestedBy.subject === by.subject ||
  isAdmin(by, admins);

/** Asking for a change: the team that answers for it. What of the change may be had, the guardrails say. */
export const mayChange = (grant: Grant, by: Person): boolean => by.teams.includes(newestOf(grant).wish.team);

/** What somebody may do with the grant as it is now. */
export const actionsOf = (
  law: Law,
  facts: GrantFacts,
  grant: Grant,
  by: Person,
  admins: Admins,
): readonly GrantAction[] => {
  const phase = phaseOf(grant);
  const approve = mayApprove(law, facts, by);
  const revoke = mayRevoke(law, facts, by, admins);
  const may: Readonly<Record<GrantAction, boolean>> = {
    change: ACCEPTED_IN['change-requested'].includes(phase) && mayChange(grant, by),
    extend: ACCEPTED_IN['extension-requested'].includes(phase) && mayChange(grant, by),
    approve: ACCEPTED_IN.approved.includes(phase) && isAllowed(approve),
    reject: ACCEPTED_IN.rejected.includes(phase) && isAllowed(approve),
    withdraw: ACCEPTED_IN.withdrawn.includes(phase) && mayWithdraw(grant, by, admins),
    revoke: ACCEPTED_IN['revoke-asked'].includes(phase) && isAllowed(revoke),
  };
  return ORDER.filter((action) => may[action]);
};

const ORDER: readonly GrantAction[] = ['approve', 'reject', 'withdraw', 'change', 'extend', 'revoke'];

const isAllowed = (verdict: Verdict | 'own-request' | 'admin'): boolean =>
  verdict === 'admin' || (verdict !== 'own-request' && verdict.decision === 'allow');

/** Without the client: the person counts. */
const plain = ({ subject, name, teams }: Person): GrantFacts['requester'] => ({
  subject,
  teams,
  ...(name !== undefined && { name }),
});

const isIn = (teams: readonly string[], others: readonly string[]): boolean =>
  teams.some((team) => others.includes(team));
