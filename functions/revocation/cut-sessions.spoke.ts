/** Ends one identity's sessions of one role of this account: writes the deny of `session-deny.ts`, and can write nothing else. */
import * as z from 'zod';
import { denyName, denyProblem, isCutAlready, readDeny, renderDeny, termsOf } from '../abac/session-deny.ts';
import { getInlinePolicy, getRole, putInlinePolicy } from '../aws/iam.ts';
import { accountOf, refusal, rolesIn } from '../aws/own-roles.ts';
import { entry } from '../runtime/entry.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { Cut, type CutOutcome } from './contract.ts';

export const handler = entry(
  Cut.extend({ do: z.literal('cut') }),
  async (cut, { now, functionArn }): Promise<CutOutcome> => {
    const policyName = denyName(cut);
    const outcome = (status: CutOutcome['status'], because?: string): CutOutcome => ({
      status,
      policyName,
      at: now().toISOString(),
      ...(because !== undefined && { because }),
    });
    const excluded = rolesIn(process.env.PODID_EXCLUDED_ROLES);
    const problem = denyProblem(cut) ?? refusal(cut.roleArn, accountOf(functionArn), excluded);
    if (problem !== undefined) return outcome('refused', problem);
    const name = roleNameOf(cut.roleArn);
    const asker = { asker: cut.revocation };

    const [role, standing] = await Promise.all([getRole(name, asker), getInlinePolicy(name, policyName, asker)]);
    if (role === undefined) return outcome('role-gone', `role ${name} does not exist: there is nothing to cut`);
    // IAM's calls take the name alone: who gives another path must not get past the exclusions.
    if (role.arn !== cut.roleArn)
      return outcome('refused', `the role named ${name} is ${role.arn}, not ${cut.roleArn}`);

    const terms = standing === undefined ? undefined : readDeny(standing);
    if (terms !== undefined && isCutAlready(terms, termsOf(cut))) return outcome('already-cut');
    const document = renderDeny(cut);
    const written = await putInlinePolicy(name, policyName, document, asker);
    switch (written) {
      case 'role-gone':
        return outcome('role-gone', `role ${name} was deleted just now`);
      case 'no-room':
        return outcome('no-room', `the inline policies of role ${name} have no room for the deny (10,240 characters)`);
      case 'unmodifiable':
        return outcome('refused', `IAM lets only its owner change role ${name}`);
      case 'written':
        return outcome('cut', doubt(document, await getInlinePolicy(name, policyName, asker)));
    }
  },
);

/** IAM is eventually consistent: the machine reads again at its end, so a stale answer here is only told. */
const doubt = (written: string, read: string | undefined): string | undefined => {
  if (read === written) return undefined;
  return read === undefined
    ? 'IAM accepted the deny but does not show it yet'
    : 'IAM accepted the deny but shows another text under its name';
};
