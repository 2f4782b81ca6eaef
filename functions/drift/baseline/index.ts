/** What exists, proposed and accepted: what other folders may use of it. */
export { type Acceptance, acceptanceOf } from './acceptance.ts';
export { type Inventory, isThere, Proposal, proposalOf } from './proposal.ts';
export { type LeftOut, type Request, requestsOf } from './requests.ts';
