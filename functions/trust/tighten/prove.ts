/** The last look before a tightened policy leaves: read again from its text, and held against the old one by reach. */
import { showIdentity } from '../../identity.ts';
import { compareTrust } from '../compare/index.ts';
import { NotProvable } from './errors.ts';
import { butNot } from './pods.ts';
import { leftOut, type Scope } from './scope.ts';
import { readWritten } from './written.ts';

/**
 * Proves that nobody of the wish is left out, that no stranger is left, with session tags or without, that nobody gains
 * anything, and that nobody but pods loses anything.
 * @throws NotProvable with somebody who shows otherwise; ReachUndecided
 */
export const prove = (scope: Scope, text: string): void => {
  const { policy, role, tagged, tagless } = scope;
  const { document, pieces } = readWritten(text);
  const [lost] = leftOut(scope, pieces);
  if (lost !== undefined) throw new NotProvable(`The narrowed policy would leave out ${showIdentity(lost)}.`);
  const stranger =
    tagged.someone(butNot(tagged.admittedBy(document.statements), tagged.wanted)) ??
    tagless.someone(tagless.admittedBy(document.statements));
  if (stranger !== undefined) throw new NotProvable(`The narrowed policy would still admit ${showIdentity(stranger)}.`);
  for (const { way, gains, loses } of compareTrust(policy.document, document, role)) {
    if (gains === undefined && way.startsWith('pod-identity')) continue;
    const [sentence = ''] = (gains ?? loses)?.sentences ?? [];
    const verb = gains === undefined ? 'take it from' : 'give the role to';
    throw new NotProvable(`The narrowed policy would change more than it may (${way}): it would ${verb} ${sentence}.`);
  }
};
