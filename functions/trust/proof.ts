/** What is proven of a narrowed trust policy before it is written, apart from how it was made. Pure. */
import { showIdentity, type WorkloadIdentity } from '../identity.ts';
import type { PolicyDocument } from '../policy/index.ts';
import { compareTrust } from './compare/index.ts';
import { admits, podIdentity, type RoleFacts } from './reach/index.ts';

/**
 * Why `after` may not take the place of `before`, as a sentence: somebody gains, by whichever way of asking, or one of the identities loses.
 * Undefined when neither can be.
 * @throws ReachUndecided
 */
export const disproof = (
  before: PolicyDocument,
  after: PolicyDocument,
  identities: readonly WorkloadIdentity[],
  role: RoleFacts,
): string | undefined => {
  const wider = compareTrust(before, after, role).find(({ gains }) => gains !== undefined);
  if (wider?.gains !== undefined) return `it would let others in (${wider.way}): ${wider.gains.sentences.join('; ')}`;
  const request = podIdentity(role);
  const loser = identities.find((identity) => {
    const { admitted } = admits(before, request, identity);
    return admitted !== false && admits(after, request, identity).admitted !== admitted;
  });
  return loser === undefined ? undefined : `it would shut out ${showIdentity(loser)}`;
};

/** Whether both say the same to everybody, in whatever order and words. @throws ReachUndecided */
export const saysTheSame = (a: PolicyDocument, b: PolicyDocument, role: RoleFacts): boolean =>
  compareTrust(a, b, role).length === 0;
