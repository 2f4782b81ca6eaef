/** The full ARNs of roles by their names: IAM's events tell only names, and a path is a part of the ARN. */
import * as z from 'zod';
import { RoleArn } from '../association.ts';
import { parseArn } from '../partition.ts';
import { readRow } from './row.ts';
import type { Table } from './table.ts';

const RoleRow = z.object({ roleArn: RoleArn });

/** "Names are not distinguished by case" (IAM API, CreateRole): in an account there is one role of a name, under whichever path. */
const key = (account: string, name: string) => ({ pk: `ROLE#${account}/${name.toLowerCase()}`, sk: 'ARN' });

export const roles = (table: Table) => ({
  /** Keeps the ARN of a role. One without a path can be made from account and name, and costs nothing. */
  keep: async (roleArn: string): Promise<void> => {
    const { account, resource } = parseArn(roleArn) ?? { account: '', resource: '' };
    const [, ...path] = resource.split('/');
    const name = path.at(-1);
    if (name === undefined || path.length < 2) return;
    await table.put({ ...key(account, name), roleArn });
  },

  /** The ARN of a role with a path that was seen under this name, the last if there were several. */
  named: async (account: string, name: string): Promise<string | undefined> => {
    const stored = await table.get(key(account, name));
    return stored && readRow(RoleRow, stored).roleArn;
  },
});
