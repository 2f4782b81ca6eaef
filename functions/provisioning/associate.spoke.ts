/** Makes or changes the association of one identity, as the plan of a grant has it: with roles under our path or opted in, and no others. */
import {
  createAssociation,
  type FoundAssociation,
  findAssociation,
  tagAssociation,
  updateAssociation,
} from '../aws/eks-associations.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { entry } from '../runtime/entry.ts';
import { givesSame, isMadeNow, refusedAssociation, stepForAssociation } from './acts/association-step.ts';
import { boundsFrom } from './acts/bounds.ts';
import { requestToken } from './acts/token.ts';
import { AssociateInput, type AssociateOutput } from './contract.ts';

export const handler = entry(AssociateInput, async (input, { now, functionArn }): Promise<AssociateOutput> => {
  const { asker, association } = input;
  const { identity } = association;
  const outcome = (status: AssociateOutput['status'], more: { because?: string; there?: FoundAssociation } = {}) => ({
    status,
    ...(more.there && { association: more.there.state }),
    ...(more.because !== undefined && { because: more.because }),
    at: now().toISOString(),
  });
  assertOwnCluster(identity, functionArn);
  const because = refusedAssociation(input, boundsFrom(process.env, functionArn));
  if (because !== undefined) return outcome('refused', { because });

  const token = requestToken(asker, identity, association);
  let there = await findAssociation(identity);
  let step = stepForAssociation(input, there);
  if (step.do === 'create') {
    const made = await createAssociation(identity, association, step.tags, token, { asker });
    if (made.status === 'done') return outcome('created', { there: made.association });
    if (made.status !== 'exists') return outcome(made.status === 'gone' ? 'refused' : made.status, made);
    // Ours, when an answer was lost, or somebody else's: its tags say which.
    there = await findAssociation(identity);
    if (there === undefined) return outcome('not-visible', made);
    step = stepForAssociation(input, there);
  }
  if (step.do === 'stop') return outcome(step.status, step);
  if (there === undefined || step.do === 'create') return outcome('not-visible');

  if (step.tags !== undefined) await tagAssociation(there.state.associationArn, step.tags, { asker });
  if (step.update) {
    const changed = await updateAssociation(there, association, token, { asker });
    if (changed.status !== 'done') {
      // Gone in between: again from the beginning.
      const early = changed.status === 'gone' || changed.status === 'exists';
      return outcome(early ? 'not-visible' : changed.status, changed);
    }
    there = changed.association;
    if (!givesSame(association, there.state))
      return outcome('not-visible', { there, because: 'EKS does not show it yet' });
  }
  if (association.standing === 'create' && isMadeNow(input, there)) return outcome('created', { there });
  return outcome(step.update || step.tags !== undefined ? 'updated' : 'kept', { there });
});
