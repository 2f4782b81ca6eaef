/** Takes back one thing that a grant has made in this account. It touches only what bears the grant's mark, or is named after it. */
import {
  createAssociation,
  deleteAssociation,
  type FoundAssociation,
  findAssociation,
  readAssociation,
  untagAssociation,
  updateAssociation,
} from '../aws/eks-associations.ts';
import { readWholeRole, writeRole } from '../aws/iam-roles.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { showIdentity } from '../identity.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { type Bounds, boundsFrom } from './acts/bounds.ts';
import { refusedAsker } from './acts/mark.ts';
import { isGoneAnyway } from './acts/role-answer.ts';
import { requestToken } from './acts/token.ts';
import {
  type AssociationUndo,
  deletionStepFor,
  leftAssociation,
  putBackStepFor,
  type StateUndo,
} from './acts/undo-association.ts';
import { leftBy, type RoleUndo, refusedUndo, undoStepFor } from './acts/undo-role.ts';
import { UndoInput, type UndoOutput } from './contract.ts';

type Ended = Omit<UndoOutput, 'about' | 'at'>;

export const handler = entry(UndoInput, async ({ asker, grantId, undo }, { now, functionArn }): Promise<UndoOutput> => {
  const bounds = boundsFrom(process.env, functionArn);
  const by = { asker, grantId, bounds };
  const outcome = (about: string, ended: Ended): UndoOutput => ({ ...ended, about, at: now().toISOString() });
  switch (undo.what) {
    case 'role':
      return outcome(undo.roleArn, await undoRole(by, undo));
    case 'association':
      assertOwnCluster(undo.identity, functionArn);
      return outcome(showIdentity(undo.identity), await undoAssociation(by, undo));
    case 'association-state':
      assertOwnCluster(undo.association.identity, functionArn);
      return outcome(showIdentity(undo.association.identity), await putBack(by, undo));
  }
});

type By = { readonly asker: string; readonly grantId: string; readonly bounds: Bounds };

const undoRole = async ({ bounds, ...by }: By, undo: RoleUndo): Promise<Ended> => {
  const because = refusedUndo({ ...by, undo }, bounds);
  if (because !== undefined) return { status: 'refused', because };
  const name = roleNameOf(undo.roleArn);
  const { writes, end } = undoStepFor({ ...by, undo }, await readWholeRole(name, by), bounds);
  for (const write of writes) {
    const answer = await writeRole(name, write, by);
    if (answer.status === 'done' || isGoneAnyway(write, answer)) continue;
    // Somebody else was faster: with a role goes everything of it.
    if (answer.status === 'gone') return { status: 'gone' };
    const stays = leftBy(undo.roleArn, write, answer.because);
    return answer.status === 'in-use' ? { ...stays, status: 'quarantined' } : stays;
  }
  return end;
};

const undoAssociation = async ({ asker, grantId }: By, undo: AssociationUndo): Promise<Ended> => {
  const because = refusedAsker(asker, grantId);
  if (because !== undefined) return { status: 'refused', because };
  const step = deletionStepFor(grantId, undo, await readAssociation(undo.identity, undo.associationId));
  if (step.do === 'end') return step.end;
  const deleted = await deleteAssociation(undo.identity.cluster, undo.associationId, { asker });
  return { status: deleted === undefined ? 'gone' : 'undone' };
};

const putBack = async (by: By, undo: StateUndo): Promise<Ended> => {
  const { association } = undo;
  const { identity } = association;
  const because = refusedAsker(by.asker, by.grantId);
  if (because !== undefined) return { status: 'refused', because };
  const there = await findAssociation(identity);
  const step = putBackStepFor(by, undo, there, by.bounds);
  if (step.do === 'end') return step.end;
  const token = requestToken(by.asker, identity, association);
  if (step.do === 'create') return endOf(await createAssociation(identity, association, step.tags, token, by), there);
  if (step.do !== 'put-back' || there === undefined) return { status: 'gone' };
  const ended: Ended = step.update
    ? endOf(await updateAssociation(there, association, token, by), there)
    : { status: 'undone' };
  // Last, so that a lost answer finds the mark again.
  if (ended.status === 'undone' && step.untag.length > 0) {
    await untagAssociation(there.state.associationArn, step.untag, by);
  }
  return ended;
};

/** @throws Failure NotYetVisible while EKS doesn't see the role, or somebody was faster: again from the beginning */
const endOf = (answer: Awaited<ReturnType<typeof updateAssociation>>, there: FoundAssociation | undefined): Ended => {
  if (answer.status === 'done') {
    return { status: 'undone', ...(there === undefined && { associationId: answer.association.state.associationId }) };
  }
  if (answer.status !== 'refused') throw new Failure('NotYetVisible', answer.because);
  return there === undefined ? { status: 'left', because: answer.because } : leftAssociation(there, answer.because);
};
