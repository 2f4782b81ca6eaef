/** How what a grant has made of a role is taken back: the role goes, or it is authored again without the grant. Pure. */
import type { RoleWrite, WholeRole } from '../../aws/iam-roles.ts';
import { renderTrust, targetsPolicy } from '../../grants/index.ts';
import { isTagless } from '../../grants/tagless-trust.ts';
import { roleNameOf } from '../../runtime/role-bounds.ts';
import { presentOf } from '../../trust/author/present.ts';
import { digestOf } from '../../trust/digest.ts';
import type { UndoInput, UndoOutput } from '../contract.ts';
import { type Bounds, isUnderPath, refusedParties, refusedRole } from './bounds.ts';
import { isMadeBy, refusedAsker } from './mark.ts';

export type RoleUndo = Extract<UndoInput['undo'], { what: 'role' }>;
type Asked = Pick<UndoInput, 'asker' | 'grantId'> & { readonly undo: RoleUndo };
type Ended = Pick<UndoOutput, 'status' | 'because' | 'command'>;

/** What to write, newest first, and what it comes to when all of it is done. */
export type UndoStep = { readonly writes: readonly RoleWrite[]; readonly end: Ended };

/** Why nothing of this role may be undone, as a sentence. */
export const refusedUndo = ({ asker, grantId, undo }: Asked, bounds: Bounds): string | undefined =>
  refusedAsker(asker, grantId) ??
  refusedRole(undo.roleArn, bounds) ??
  (undo.madeHere && !isUnderPath(undo.roleArn, bounds)
    ? `role ${undo.roleArn} is not under the path ${bounds.rolePath}: no grant has made it`
    : undefined) ??
  refusedParties(undo.parties, bounds);

/** The role as it is now decides: who uses it by then keeps it. */
export const undoStepFor = (asked: Asked, there: WholeRole | undefined, bounds: Bounds): UndoStep => {
  const { grantId, undo } = asked;
  if (there?.arn !== undo.roleArn) return { writes: [], end: { status: 'gone' } };
  if (!undo.madeHere) return withoutGrant(asked, there, bounds, { status: 'undone' });
  if (!isMadeBy(there.tags, grantId)) {
    return left(`role ${undo.roleArn} does not bear the mark of grant ${grantId}`, deleteCommand(undo.roleArn));
  }
  const others = undo.parties.some(({ tagged, untagged }) => tagged.length + untagged.length > 0);
  const foreign = presentOf(there.trust).foreign.some((statement) => !isTagless(statement));
  if (others || foreign) {
    const whose = others ? 'other grants or associations use it' : 'somebody has written to its trust';
    return withoutGrant(asked, there, bounds, {
      status: 'quarantined',
      because: `role ${undo.roleArn} stays, without grant ${grantId}: ${whose}`,
      command: deleteCommand(undo.roleArn),
    });
  }
  return {
    writes: [
      ...there.managedPolicyArns.map((arn) => ({ what: 'detach', arn }) as const),
      ...Object.keys(there.inline).map((name) => ({ what: 'delete-inline', name }) as const),
      { what: 'delete' },
    ],
    end: { status: 'undone' },
  };
};

/** A write that was not taken: the rest stays as it is, and a person is told what would do it; nobody is told to delete a role that stays. */
export const leftBy = (roleArn: string, write: RoleWrite, because: string): Ended => ({
  status: 'left',
  because,
  command: commandFor(roleArn, write),
});

const commandFor = (roleArn: string, write: RoleWrite): string => {
  switch (write.what) {
    case 'trust':
      return trustCommand(roleArn);
    case 'delete-inline':
      return `aws iam delete-role-policy --role-name ${roleNameOf(roleArn)} --policy-name ${write.name}`;
    case 'detach':
      return `aws iam detach-role-policy --role-name ${roleNameOf(roleArn)} --policy-arn ${write.arn}`;
    default:
      return deleteCommand(roleArn);
  }
};

/** The policy named after the grant goes, and the trust is authored again for those who stay, never restored from a copy. */
const withoutGrant = ({ grantId, undo }: Asked, there: WholeRole, bounds: Bounds, end: Ended): UndoStep => {
  const { roleArn, parties } = undo;
  const { account, partition, trustCharacters: quota } = bounds;
  const mine = targetsPolicy(grantId);
  const inline: RoleWrite[] = there.inline[mine] === undefined ? [] : [{ what: 'delete-inline', name: mine }];
  const trust = renderTrust({ parties, role: { account, partition, roleArn }, into: there.trust, quota });
  if (!('text' in trust)) {
    const because = `the trust of role ${roleArn} can't be authored without grant ${grantId}: ${trust.refused}`;
    return { writes: inline, end: { status: 'left', because, command: trustCommand(roleArn) } };
  }
  const isWritten = digestOf(trust.text) === digestOf(there.trust);
  return { writes: [...(isWritten ? [] : [{ what: 'trust', document: trust.text } as const]), ...inline], end };
};

const left = (because: string, command: string): UndoStep => ({
  writes: [],
  end: { status: 'left', because, command },
});

const deleteCommand = (roleArn: string): string => `aws iam delete-role --role-name ${roleNameOf(roleArn)}`;

const trustCommand = (roleArn: string): string =>
  `aws iam update-assume-role-policy --role-name ${roleNameOf(roleArn)} --policy-document file://trust.json`;
