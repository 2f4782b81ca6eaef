/** Lists the roles under the one path under which grants make roles. It writes nothing. */
import { listRolesUnder } from '../aws/iam-listing.ts';
import { entry } from '../runtime/entry.ts';
import { boundsFrom } from './acts/bounds.ts';
import { ListMadeInput, type ListMadeOutput } from './contract.ts';

export const handler = entry(ListMadeInput, async ({ next }, { now, functionArn }): Promise<ListMadeOutput> => {
  const { rolePath } = boundsFrom(process.env, functionArn);
  const page = await listRolesUnder(rolePath, next);
  return { ...page, roles: [...page.roles], readAt: now().toISOString() };
});
