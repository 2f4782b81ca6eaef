/**
 * Makes one role of this account, or changes one that is ours or was opted in, as the plan of a grant has it. What comes in is judged again:
 * path, boundary, exclusions, permissions; trust and tags are rendered here. So a stolen hub can make bounded roles under one path, and no others.
 */
import { managedPolicy } from '../aws/iam-policies.ts';
import { createRole, readWholeRole, type Taken, writeRole } from '../aws/iam-roles.ts';
import { entry } from '../runtime/entry.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { type Bounds, boundaryArn, boundsFrom, refusedWish } from './acts/bounds.ts';
import { forbiddenAmong } from './acts/forbidden.ts';
import { endedBy, isGoneAnyway } from './acts/role-answer.ts';
import { attachedBy, isMadeNow, labelOf, type RoleStep, seenAs, stepFor, stillDiffers } from './acts/role-step.ts';
import { ApplyRoleInput, type ApplyRoleOutput } from './contract.ts';

export const handler = entry(ApplyRoleInput, async (input, { now, functionArn }): Promise<ApplyRoleOutput> => {
  const { grantId, role, parties } = input;
  const name = roleNameOf(role.roleArn);
  const asker = { asker: input.asker };
  const wrote: string[] = [];
  const outcome = (status: ApplyRoleOutput['status'], more: { because?: string; roleId?: string } = {}) => ({
    status,
    roleArn: role.roleArn,
    wrote,
    ...more,
    at: now().toISOString(),
  });
  const bounds = boundsFrom(process.env, functionArn);
  const refused =
    refusedWish(input, bounds) ??
    forbiddenAmong(
      Object.entries(role.inline).map(([policy, document]) => ({ name: policy, document })),
      grantId,
      bounds,
    );
  if (refused !== undefined) return outcome('refused', { because: refused });

  let whole = await readWholeRole(name, asker);
  let step = stepFor(input, whole && seenAs(whole), bounds);
  const forbidden = forbiddenAmong(await documentsOf(attachedBy(step)), grantId, bounds);
  if (forbidden !== undefined) return outcome('refused', { because: forbidden });

  if (step.do === 'write' && step.create) {
    const made = await make(name, step, bounds, asker);
    if (made.status === 'done') wrote.push('role');
    if (made.status === 'exists') {
      // Ours, when an answer was lost, or somebody else's: the role says which.
      whole = await readWholeRole(name, asker);
      if (whole === undefined) return outcome('not-visible', { because: made.because });
      step = stepFor(input, seenAs(whole), bounds);
    } else if (made.status !== 'done') return outcome(...ended(endedBy(made, parties)));
  }
  if (step.do === 'stop') return outcome(step.status, { because: step.because });

  for (const write of step.writes) {
    const answer = await writeRole(name, write, asker);
    if (answer.status !== 'done' && !isGoneAnyway(write, answer)) return outcome(...ended(endedBy(answer, parties)));
    wrote.push(labelOf(write));
  }

  if (wrote.length > 0) whole = await readWholeRole(name, asker);
  if (whole === undefined) return outcome('not-visible', { because: `IAM does not show role ${role.roleArn} yet` });
  const [difference] = stillDiffers(step.wanted, seenAs(whole), bounds);
  const roleId = whole.id;
  if (difference !== undefined)
    return outcome('not-visible', { roleId, because: `IAM does not show it yet: ${difference}` });
  if (isMadeNow(input, seenAs(whole))) return outcome('created', { roleId });
  return outcome(wrote.length > 0 ? 'updated' : 'kept', { roleId });
});

type Writing = Extract<RoleStep, { do: 'write' }>;

const make = (name: string, { wanted }: Writing, bounds: Bounds, asker: { asker: string }): Promise<Taken> =>
  createRole(
    { name, path: bounds.rolePath, trust: wanted.trust.text, boundary: boundaryArn(bounds), tags: wanted.tags },
    asker,
  );

const ended = ({ status, because }: ReturnType<typeof endedBy>) => [status, { because }] as const;

const documentsOf = async (arns: readonly string[]) => {
  const policies: { name: string; document: string | undefined }[] = [];
  for (const arn of arns) policies.push({ name: arn, document: await managedPolicy(arn) });
  return policies;
};
