/** Who can get a role: what other folders may use of it. */

export { type Admission, admits } from './admits.ts';
export { admitter } from './admitter.ts';
export { type ChainedIdentity, type ChainingFacts, chaining, sourceAccounts } from './chaining.ts';
export { type FederatedIdentity, type IrsaFacts, irsa, irsaUniverse } from './irsa.ts';
export type { RoleFacts } from './keys.ts';
export { identityUniverse, PODS, type PodIdentityFacts, podIdentity } from './pod-identity.ts';
export { type Reach, reach } from './reach.ts';
export type { TrustRequest, Universe } from './request.ts';
export {
  difference,
  everyone,
  has,
  intersection,
  isEmpty,
  isSame,
  isSubset,
  type MemberSet,
  nobody,
  OtherUniverse,
  setOf,
  union,
  witness,
} from './set.ts';
export { type ShownBox, type ShownNames, type ShownPattern, type ShownTerm, toJson, toSentences } from './show.ts';
export { ReachUndecided, type UndecidedReason } from './undecided.ts';
