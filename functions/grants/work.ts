/** The executions that carry out what has become of a grant: what they are to do, and their names. */
import * as z from 'zod';
import { GrantId } from './grant.ts';

/** What the machine is to do with a grant. Items carry ids, not policies: the functions read the plan in the hub's table. */
export const ProvisionWork = z.strictObject({
  grantId: GrantId,
  version: z.int().min(1),
  /** 1, 2, …: an execution's name is used up for 90 days once it has closed. */
  attempt: z.int().min(1),
  /** `undo`: what an execution made that was stopped in the middle goes again. */
  do: z.enum(['provision', 'undo', 'revoke']),
});
export type ProvisionWork = z.infer<typeof ProvisionWork>;

/** The execution's name, its mark on what it makes, and the session's name in CloudTrail: grant, version and attempt, at most 64 characters. */
export const workName = ({ grantId, version, attempt, do: what }: ProvisionWork): string =>
  `${grantId}-v${version}-${what.slice(0, 1)}${attempt}`;
