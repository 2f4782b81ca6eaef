/** How what a grant has made of an association is taken back: it goes, or gives what it gave before. Pure. */
import type { FoundAssociation } from '../../aws/eks-associations.ts';
import { sameIdentity, showIdentity, type WorkloadIdentity } from '../../identity.ts';
import type { UndoInput, UndoOutput } from '../contract.ts';
import { givesSame, refusedGives } from './association-step.ts';
import type { Bounds } from './bounds.ts';
import { grantOf, isMadeBy, madeTags, OUR_TAGS } from './mark.ts';

type Undo = UndoInput['undo'];
export type AssociationUndo = Extract<Undo, { what: 'association' }>;
export type StateUndo = Extract<Undo, { what: 'association-state' }>;
type Ended = Pick<UndoOutput, 'status' | 'because' | 'command'>;

export type AssociationUndoStep =
  | { readonly do: 'end'; readonly end: Ended }
  | { readonly do: 'delete' }
  | { readonly do: 'create'; readonly tags: Record<string, string> }
  /** `untag`: tags of ours that it did not bear before. */
  | { readonly do: 'put-back'; readonly update: boolean; readonly untag: readonly string[] };

export const deletionStepFor = (
  grantId: string,
  undo: AssociationUndo,
  there?: FoundAssociation,
): AssociationUndoStep => {
  if (there === undefined) return ended({ status: 'gone' });
  const whose = showIdentity(undo.identity);
  if (!sameIdentity(there.identity, undo.identity)) {
    return ended({ status: 'refused', because: `association ${undo.associationId} is not of ${whose}` });
  }
  const why = untouchable(grantId, there);
  return why === undefined ? { do: 'delete' } : ended({ status: 'left', because: why, command: deleteCommand(there) });
};

export const putBackStepFor = (
  { asker, grantId }: Pick<UndoInput, 'asker' | 'grantId'>,
  { association }: StateUndo,
  there: FoundAssociation | undefined,
  bounds: Bounds,
): AssociationUndoStep => {
  const wasOurs = grantOf(association.tags) === grantId;
  if (there === undefined && !wasOurs) return ended({ status: 'gone' });
  const why = refusedGives(association, bounds) ?? (there && untouchable(grantId, there));
  const untag = there === undefined ? [] : OUR_TAGS.filter((key) => !wasOurs && there.tags[key] !== undefined);
  const isBack = there !== undefined && givesSame(association, there.state);
  // What gives the same again is put back, whoever did it; its tags are touched only where they are ours.
  if (isBack) return { do: 'put-back', update: false, untag: isMadeBy(there.tags, grantId) ? untag : [] };
  if (why !== undefined)
    return ended({ status: 'left', because: why, ...(there && { command: updateCommand(there, association) }) });
  if (there === undefined) return { do: 'create', tags: madeTags(grantId, asker, association.tags) };
  return { do: 'put-back', update: true, untag };
};

export const leftAssociation = (there: FoundAssociation, because: string): Ended => ({
  status: 'left',
  because,
  command: deleteCommand(there),
});

const untouchable = (grantId: string, { state, tags }: FoundAssociation): string | undefined => {
  if (state.ownerArn !== undefined) return `it belongs to ${state.ownerArn}: change it there`;
  return isMadeBy(tags, grantId)
    ? undefined
    : `association ${state.associationId} does not bear the mark of grant ${grantId}`;
};

const ended = (end: Ended): AssociationUndoStep => ({ do: 'end', end });

const deleteCommand = ({ identity, state }: FoundAssociation): string =>
  `aws eks delete-pod-identity-association ${place(identity, state.associationId)}`;

const updateCommand = (
  { identity, state }: FoundAssociation,
  { roleArn, targetRoleArn = '', disableSessionTags }: StateUndo['association'],
): string =>
  [
    `aws eks update-pod-identity-association ${place(identity, state.associationId)}`,
    `--role-arn ${roleArn} --target-role-arn '${targetRoleArn}'`,
    disableSessionTags ? '--disable-session-tags' : '--no-disable-session-tags',
  ].join(' ');

const place = ({ cluster, region }: WorkloadIdentity, id: string): string =>
  `--region ${region} --cluster-name ${cluster} --association-id ${id}`;
