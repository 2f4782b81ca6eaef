/** Which associations podid may delete because nobody was granted them: the hub asks for no others, and the spoke judges again. Pure. */
import type { AssociationState } from '../association.ts';
import type { Config } from '../config.ts';
import type { SeenAssociation } from '../grants/seen.ts';
import { sameIdentity, showIdentity } from '../identity.ts';
import { PREFIX } from '../names.ts';
import { parseArn } from '../partition.ts';
import { type Defended, undefended } from './defended-roles.ts';
import type { DropAssociationInput } from './spoke-contract.ts';

export type DropBounds = Defended & { readonly account: string };

/** The bounds of an account as the hub knows them: what they refuse, no spoke is asked for. */
export const dropBoundsOf = ({ spokes, grants }: Pick<Config, 'spokes' | 'grants'>, account: string): DropBounds => {
  const { excludedRoles = [], managedRoles = [] } = spokes.find((spoke) => spoke.account === account) ?? {};
  return { account, excluded: excludedRoles, managed: managedRoles, rolePath: grants.rolePath };
};

export type Droppable = Pick<AssociationState, 'roleArn' | 'targetRoleArn' | 'ownerArn'> &
  Pick<SeenAssociation, 'tags'>;

/**
 * Why an association is not deleted though nobody was granted it, as a sentence. Of a target role in another account nobody here can say whose it
 * is: the role that leads there decides.
 */
export const refusedDrop = (
  { roleArn, targetRoleArn, ownerArn, tags }: Droppable,
  bounds: DropBounds,
): string | undefined => {
  if (ownerArn !== undefined) return `it belongs to ${ownerArn}: change it there`;
  const mark = Object.keys(tags).find((key) => key.startsWith(`${PREFIX}:`));
  if (mark !== undefined) return `it bears the tag ${mark}: what grants have made, only their own end takes back`;
  const [own, target] = [parseArn(roleArn), parseArn(targetRoleArn ?? '')];
  if (own?.account !== bounds.account) return `role ${roleArn} is not of account ${bounds.account}`;
  const isHere = targetRoleArn !== undefined && target?.account === bounds.account;
  return undefended(roleArn, bounds) ?? (isHere ? undefended(targetRoleArn, bounds) : undefined);
};

/** How it is another association than the one that was to go, as a sentence: whoever asked must look again. */
export const otherThanSaid = (said: DropAssociationInput, { identity, state }: SeenAssociation): string | undefined => {
  const id = `association ${said.associationId}`;
  if (!sameIdentity(identity, said.identity)) return `${id} is of ${showIdentity(identity)}`;
  if (state.roleArn !== said.roleArn) return `${id} gives role ${state.roleArn} by now`;
  return state.targetRoleArn === said.targetRoleArn
    ? undefined
    : `${id} gives ${state.targetRoleArn === undefined ? 'no target role' : `target role ${state.targetRoleArn}`} by now`;
};
