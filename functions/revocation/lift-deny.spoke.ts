/** Removes a deny that cut-sessions wrote, and nothing else. */
import * as z from 'zod';
import { denyName, isOurDeny } from '../abac/session-deny.ts';
import { deleteInlinePolicy, getInlinePolicy } from '../aws/iam.ts';
import { accountOf, refusal, rolesIn } from '../aws/own-roles.ts';
import { entry } from '../runtime/entry.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { Cut, type CutOutcome } from './contract.ts';

export const handler = entry(
  Cut.extend({ do: z.literal('lift') }),
  async (cut, { now, functionArn }): Promise<CutOutcome> => {
    const policyName = denyName(cut);
    const outcome = (status: CutOutcome['status'], because?: string): CutOutcome => ({
      status,
      policyName,
      at: now().toISOString(),
      ...(because !== undefined && { because }),
    });
    const refused = refusal(cut.roleArn, accountOf(functionArn), rolesIn(process.env.PODID_EXCLUDED_ROLES));
    if (refused !== undefined) return outcome('refused', refused);
    const name = roleNameOf(cut.roleArn);
    const asker = { asker: cut.revocation };
    const standing = await getInlinePolicy(name, policyName, asker);
    if (standing === undefined) return outcome('lifted', 'it was gone already');
    if (!isOurDeny(standing)) return outcome('refused', `somebody changed the policy ${policyName}: remove it by hand`);
    await deleteInlinePolicy(name, policyName, asker);
    return outcome('lifted');
  },
);
