/** Whether podid may narrow a role's trust, by its configuration. Pure. */
import type { Config } from '../config.ts';
import { parseArn } from '../partition.ts';
import { outOfBounds, unmanaged } from '../runtime/role-bounds.ts';

/**
 * Why the trust of this role is not podid's to narrow, as a sentence; undefined when `managedRoles` opts it in and nothing excludes it. The
 * spoke's function asks the same of its own environment.
 */
export const notManaged = (config: Config, roleArn: string): string | undefined => {
  const account = parseArn(roleArn)?.account ?? '';
  const spoke = config.spokes.find((each) => each.account === account);
  return outOfBounds(roleArn, spoke?.excludedRoles ?? []) ?? unmanaged(roleArn, spoke?.managedRoles ?? []);
};
