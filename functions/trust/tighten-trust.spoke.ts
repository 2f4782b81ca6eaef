/**
 * Narrows the trust of one role of this account, under management, to identities that it admits already. Nothing but names comes in: the policy is
 * rendered here, from the one that IAM has now, and proven narrower before it is written. So a stolen hub can shut service accounts out of
 * managed roles, as CloudTrail then tells; it can't let anybody in.
 */
import { describeRole, putTrust, type TrustWritten } from '../aws/iam.ts';
import { accountOf, refusal, rolesIn } from '../aws/own-roles.ts';
import { entry } from '../runtime/entry.ts';
import { isFailure } from '../runtime/errors.ts';
import { roleNameOf, unmanaged } from '../runtime/role-bounds.ts';
import { TightenInput, type TightenOutput } from './contract.ts';
import { digestOf } from './digest.ts';
import { isShown, stepFor } from './tightening.ts';

export const handler = entry(TightenInput, async (input, { now, functionArn }): Promise<TightenOutput> => {
  const { roleArn } = input;
  const asker = { asker: input.asker };
  const outcome = (status: TightenOutput['status'], more: Partial<TightenOutput> = {}): TightenOutput => ({
    status,
    at: now().toISOString(),
    ...more,
  });
  const because =
    refusal(roleArn, accountOf(functionArn), rolesIn(process.env.PODID_EXCLUDED_ROLES)) ??
    unmanaged(roleArn, rolesIn(process.env.PODID_MANAGED_ROLES));
  if (because !== undefined) return outcome('refused', { because });

  const name = roleNameOf(roleArn);
  const role = await describeRole(name, asker);
  const step = stepFor(input, role);
  if (step.status !== 'write') return outcome(step.status, step.because === undefined ? {} : { because: step.because });

  const written = await putTrust(name, step.text, asker);
  if (written.status !== 'written') return outcome(STATUSES[written.status], { because: written.because });
  const texts = { ...(role && { before: role.trust }), after: step.text };
  const { seen, doubt } = await readAgain(name, step.text, asker);
  // IAM's own form, where it has one: so the next reader knows it again.
  if (seen !== undefined) return outcome('written', { ...texts, digest: digestOf(seen) });
  return outcome('accepted', { ...texts, digest: digestOf(step.text), because: doubt });
});

const STATUSES: Readonly<Record<Exclude<TrustWritten['status'], 'written'>, TightenOutput['status']>> = {
  'role-gone': 'role-gone',
  'too-long': 'does-not-fit',
  unmodifiable: 'refused',
  malformed: 'refused',
};

/** What IAM shows once it shows what was written; else why it is not certain. The write is done: a failing read doesn't undo it. */
const readAgain = async (
  name: string,
  text: string,
  asker: { asker: string },
): Promise<{ seen: string; doubt?: never } | { seen?: never; doubt: string }> => {
  try {
    const role = await describeRole(name, asker);
    if (role !== undefined && isShown(text, role)) return { seen: role.trust };
    return { doubt: 'IAM accepted the policy but does not show it yet' };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { doubt: `IAM accepted the policy, and reading it again failed: ${error.message}` };
  }
};
