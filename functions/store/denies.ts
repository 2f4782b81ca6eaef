/** The denies that we have written: for whom, on which role, and when they have outlived every session that they were for. */
import * as z from 'zod';
import { Identity, Instant, RoleArn } from '../association.ts';
import { identityKey, type WorkloadIdentity } from '../identity.ts';
import { DenyForm } from '../revocation.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

export const DenyRow = z.object({
  identity: Identity,
  roleArn: RoleArn,
  form: DenyForm,
  policyName: z.string(),
  /** Only sessions issued before it are denied; absent while the identity has no association with the role. */
  issuedBefore: Instant.optional(),
  /** The role from which its sessions come here, for roles that the association does not name. */
  reachedFrom: RoleArn.optional(),
  /** The revocation that wrote it last. */
  revocation: z.string(),
  status: z.enum(['in-force', 'lifted']),
  /** When IAM accepted that state. */
  at: Instant,
  /** When no session from before can live any more, and the deny may go; absent when that can't be told yet. */
  dueAt: Instant.optional(),
});
export type DenyRow = z.infer<typeof DenyRow>;

const pk = (identity: WorkloadIdentity): string => `IDENTITY#${identityKey(identity)}`;

const rolePk = (roleArn: string): string => `DENY#${roleArn}`;

export const denies = (table: Table) => ({
  /** Every deny for an identity, lifted ones too, in the order of role and form. */
  of: async (identity: WorkloadIdentity): Promise<DenyRow[]> => {
    const stored = await table.all({ pk: pk(identity), prefix: 'DENY#' });
    return stored.map((one) => readRow(DenyRow, one));
  },

  /**
   * Every deny on a role, whoever it is for, lifted ones too. Read from an index: a second old at times. Rows that an
   * older version wrote are not in it until they are written again.
   */
  onRole: async (roleArn: string): Promise<DenyRow[]> => {
    const stored = await table.all({ index: 'byRole', pk: rolePk(roleArn) });
    return stored.map((one) => readRow(DenyRow, one));
  },

  /** Writes a deny's row; false when a newer state of it is known. */
  keep: (row: DenyRow): Promise<boolean> => {
    const due =
      row.status === 'in-force' && row.dueAt !== undefined ? { duePk: 'DENY', dueSk: instant(row.dueAt) } : {};
    const key = { pk: pk(row.identity), sk: `DENY#${row.roleArn}#${row.form}` };
    const indexed = { gsiRolePk: rolePk(row.roleArn), gsiRoleSk: `${identityKey(row.identity)}#${row.form}` };
    return table.put(
      { ...key, ...row, at: instant(row.at), ...due, ...indexed },
      { field: 'at', notAfter: instant(row.at) },
    );
  },

  /** Those whose time has come, the oldest first. Read from an index: a second old at times. */
  due: async (now: string, limit: number): Promise<DenyRow[]> => {
    const { items } = await table.page({ index: 'due', pk: 'DENY', upTo: instant(now) }, limit);
    return items.map((one) => readRow(DenyRow, one));
  },
});
