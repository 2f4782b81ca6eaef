/** Reads which service accounts of a cluster ask for a role by IRSA, some pages at a time. */
import { openCluster } from '../kubernetes/client.ts';
import { irsaUsers } from '../kubernetes/service-accounts.ts';
import { entry } from '../runtime/entry.ts';
import { ListServiceAccountsInput, type ListServiceAccountsOutput } from './sweep/contract.ts';

export const handler = entry(
  ListServiceAccountsInput,
  async ({ next: from, ...ref }, around): Promise<ListServiceAccountsOutput> => {
    const { users, next } = await irsaUsers(await openCluster(ref, around), from);
    return { serviceAccounts: [...users], ...(next !== undefined && { next }) };
  },
);
