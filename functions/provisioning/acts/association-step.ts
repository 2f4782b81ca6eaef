/** What is to be written to an identity's association, from the plan and what is there. Pure. */
import type { FoundAssociation, Gives } from '../../aws/eks-associations.ts';
import type { ResolvedAssociation } from '../../grants/index.ts';
import { showIdentity } from '../../identity.ts';
import { digestOf } from '../../trust/digest.ts';
import { MADE_BY } from '../contract.ts';
import { type Bounds, refusedRole, refusedTarget } from './bounds.ts';
import { grantOf, isMadeBy, madeTags, refusedAsker, refusedTags } from './mark.ts';

export type AssociationAsked = {
  readonly asker: string;
  readonly grantId: string;
  readonly association: Omit<ResolvedAssociation, 'differences'>;
};

export type AssociationStep =
  | { readonly do: 'create'; readonly tags: Record<string, string> }
  /** `update`: what it gives; `tags`: those that it lacks. Neither: it is as it should be. */
  | { readonly do: 'write'; readonly update: boolean; readonly tags?: Record<string, string> }
  | { readonly do: 'stop'; readonly status: 'differs' | 'refused'; readonly because: string };

/** Why this association is never made, as a sentence. */
export const refusedAssociation = (asked: AssociationAsked, bounds: Bounds): string | undefined =>
  refusedAsker(asked.asker, asked.grantId) ??
  refusedTags(asked.association.tags, asked.grantId) ??
  refusedGives(asked.association, bounds);

/** Why no association of ours may give this, as a sentence. */
export const refusedGives = (
  { standing, roleArn, targetRoleArn, disableSessionTags, policy, identity }: AssociationAsked['association'],
  bounds: Bounds,
): string | undefined => {
  if (standing === 'stop') return `the plan stops at the association of ${showIdentity(identity)}`;
  if (policy !== undefined && !disableSessionTags) return 'a session policy needs session tags off';
  const closed = refusedRole(roleArn, bounds);
  return closed ?? (targetRoleArn === undefined ? undefined : refusedTarget(targetRoleArn, bounds));
};

export const stepForAssociation = (asked: AssociationAsked, there: FoundAssociation | undefined): AssociationStep => {
  const { association, grantId, asker } = asked;
  const whose = showIdentity(association.identity);
  const differs = (because: string): AssociationStep => ({ do: 'stop', status: 'differs', because });
  const tags = madeTags(grantId, asker, association.tags);
  if (there === undefined) {
    return association.standing === 'create' ? { do: 'create', tags } : differs(`${whose} has no association any more`);
  }
  if (there.state.ownerArn !== undefined) {
    return { do: 'stop', status: 'refused', because: `it belongs to ${there.state.ownerArn}: change it there` };
  }
  const owner = grantOf(there.tags);
  const same = givesSame(association, there.state);
  const id = there.state.associationId;
  switch (association.standing) {
    case 'create':
      if (!isMadeBy(there.tags, grantId))
        return differs(`${whose} has association ${id}, and grant ${grantId} has not made it`);
      return { do: 'write', update: !same };
    case 'keep':
    case 'update':
      if (owner !== grantId)
        return differs(`association ${id} of ${whose} is of ${owner === undefined ? 'no grant' : `grant ${owner}`}`);
      if (!same && association.standing === 'keep')
        return differs(`association ${id} of ${whose} gives something else by now`);
      return { do: 'write', update: !same };
    default:
      if (owner !== undefined && owner !== grantId)
        return differs(`association ${id} of ${whose} is of grant ${owner}`);
      if (!same && association.standing === 'adopt')
        return differs(`association ${id} of ${whose} gives something else by now`);
      // From now on it is this grant's: it goes when the grant is revoked.
      return { do: 'write', update: !same, ...(!isMadeBy(there.tags, grantId) && { tags }) };
  }
};

/** Whether two give the same sessions. */
export const givesSame = (a: Gives, b: Gives): boolean =>
  a.roleArn === b.roleArn &&
  a.targetRoleArn === b.targetRoleArn &&
  a.disableSessionTags === b.disableSessionTags &&
  isSamePolicy(a.policy, b.policy);

/** It was made by this very execution: also when the answer was lost. */
export const isMadeNow = ({ grantId, asker }: AssociationAsked, { tags }: FoundAssociation): boolean =>
  grantOf(tags) === grantId && tags[MADE_BY] === asker;

const isSamePolicy = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && digestOf(a) === digestOf(b));
