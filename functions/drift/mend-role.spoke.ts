/**
 * Takes away of one role of this account, opted in or made by a grant, what nobody asked for. Each deed is proven against the role as it is now:
 * nobody comes in by it, and nobody can do more. So a stolen hub can take away from such roles, as CloudTrail then tells; it can't give anything.
 */
import { managedPolicy } from '../aws/iam-policies.ts';
import { readWholeRole, writeRole } from '../aws/iam-roles.ts';
import { entry } from '../runtime/entry.ts';
import { isFailure } from '../runtime/errors.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import {
  afterDeed,
  endOf,
  inOrder,
  isDone,
  labelOf,
  type MendedRole,
  policiesBeside,
  policiesToRead,
  refusedDeed,
  writeOf,
} from './mending.ts';
import { boundsFrom, refusedRole } from './mending-bounds.ts';
import { MendRoleInput, type MendRoleOutput } from './spoke-contract.ts';

export const handler = entry(MendRoleInput, async (input, { now, functionArn }): Promise<MendRoleOutput> => {
  const { roleArn } = input;
  const asker = { asker: input.asker };
  const wrote: string[] = [];
  const outcome = (status: MendRoleOutput['status'], because?: string): MendRoleOutput => ({
    status,
    wrote,
    ...(because !== undefined && { because }),
    at: now().toISOString(),
  });
  const bounds = boundsFrom(process.env, functionArn);
  const closed = refusedRole(roleArn, bounds);
  if (closed !== undefined) return outcome('refused', closed);

  const name = roleNameOf(roleArn);
  const whole = await readWholeRole(name, asker);
  if (whole === undefined) return outcome('gone');
  // IAM's calls take the name alone: who gives another path must not get past the exclusions.
  if (whole.arn !== roleArn) return outcome('gone', `the role of that name is ${whole.arn}`);
  const open = input.deeds.filter((deed) => !isDone(deed, whole));
  if (open.length === 0) return outcome('kept');

  const first = { ...whole, documents: await documentsOf(policiesToRead(open, whole)) };
  const beside = await documentsOf(policiesBeside(open, first));
  let role: MendedRole = { ...first, documents: { ...first.documents, ...beside } };
  const refused: string[] = [];
  for (const deed of inOrder(open, role)) {
    const because = refusedDeed(deed, role, bounds);
    if (because !== undefined) {
      // What can't be proven holds nothing else up: somebody could have put it there for that.
      refused.push(because);
      continue;
    }
    const answer = await writeRole(name, writeOf(deed), asker);
    const end = endOf(deed, answer);
    if (answer.status === 'done') wrote.push(labelOf(deed));
    else if (end === 'gone') return outcome('gone', answer.because);
    else if (end === 'refused') refused.push(`${labelOf(deed)}: ${answer.because}`);
    if (end === 'done') role = afterDeed(deed, role);
  }
  if (refused.length > 0) return outcome('refused', refused.join('; '));

  const after = await readWholeRole(name, asker);
  const hidden = open.find((deed) => after === undefined || !isDone(deed, after));
  return hidden === undefined ? outcome('mended') : outcome('not-visible', `IAM does not show ${labelOf(hidden)} yet`);
});

/** Where nobody lets us look there is no proof. */
const documentsOf = async (arns: readonly string[]): Promise<Record<string, string | undefined>> => {
  const documents: Record<string, string | undefined> = {};
  for (const arn of arns) {
    try {
      documents[arn] = await managedPolicy(arn);
    } catch (error) {
      if (!isFailure(error, 'AccessDenied', 'NotFound', 'Refused')) throw error;
    }
  }
  return documents;
};
