/**
 * Deletes one association of this account and region that nobody was granted. It describes it again, and deletes only what is as the hub saw it,
 * no add-on's, without a mark of a grant, and gives a role that is podid's to defend. So a stolen hub can end such access, as CloudTrail then tells.
 */
import { deleteAssociation, readAssociation } from '../aws/eks-associations.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { entry } from '../runtime/entry.ts';
import { otherThanSaid, refusedDrop } from './dropping.ts';
import { boundsFrom } from './mending-bounds.ts';
import { DropAssociationInput, type DropAssociationOutput } from './spoke-contract.ts';

export const handler = entry(
  DropAssociationInput,
  async (input, { now, functionArn }): Promise<DropAssociationOutput> => {
    const { asker, identity, associationId } = input;
    const outcome = (status: DropAssociationOutput['status'], because?: string): DropAssociationOutput => ({
      status,
      ...(because !== undefined && { because }),
      at: now().toISOString(),
    });
    assertOwnCluster(identity, functionArn);
    const bounds = boundsFrom(process.env, functionArn);
    const there = await readAssociation(identity, associationId);
    if (there === undefined) return outcome('gone');
    const because = otherThanSaid(input, there) ?? refusedDrop({ ...there.state, tags: there.tags }, bounds);
    if (because !== undefined) return outcome('refused', because);
    const deleted = await deleteAssociation(identity.cluster, associationId, { asker });
    return outcome(deleted === undefined ? 'gone' : 'dropped');
  },
);
