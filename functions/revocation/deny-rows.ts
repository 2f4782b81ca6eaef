/** A known role as the cut that is asked for, and the deny that then stands as the row that the hub keeps. Pure. */
import type { Revocation } from '../revocation.ts';
import type { DenyRow } from '../store/denies.ts';
import type { Cut, KnownRole } from './contract.ts';
import { isInForce, viaOf } from './known-roles.ts';

/** What the spoke is asked for. */
export const cutOf = (role: KnownRole, roles: readonly KnownRole[], { id, identity }: Revocation): Cut => ({
  revocation: id,
  do: role.do,
  identity,
  roleArn: role.roleArn,
  form: role.form,
  ...(role.issuedBefore === undefined ? {} : { issuedBefore: role.issuedBefore }),
  account: role.account,
  region: role.region,
  via: viaOf(roles, role),
});

/** The row of a deny that stands, or no longer does, by the spoke's answer; none for every other answer. */
export const denyRow = (cut: Cut, outcome: KnownRole['outcome'], dueAt?: string): DenyRow[] => {
  if (outcome === undefined || 'error' in outcome) return [];
  const lifted = outcome.status === 'lifted';
  if (!lifted && !isInForce(outcome)) return [];
  const reachedFrom = cut.via.at(-1);
  const row: DenyRow = {
    identity: cut.identity,
    roleArn: cut.roleArn,
    form: cut.form,
    policyName: outcome.policyName,
    ...(cut.issuedBefore === undefined ? {} : { issuedBefore: cut.issuedBefore }),
    ...(reachedFrom === undefined ? {} : { reachedFrom }),
    revocation: cut.revocation,
    status: lifted ? 'lifted' : 'in-force',
    at: outcome.at,
    ...(dueAt === undefined || lifted ? {} : { dueAt }),
  };
  return [row];
};
