/** From a set of service accounts to the shortest trust policy that admits exactly them: what other folders may use of it. */
export { author } from './author.ts';
export { type Covered, coverStatements } from './cover-statements.ts';
export { DoesNotFit, MixedAccounts, NamesInvalid, NotExact, NothingAsked, type SplitRole } from './errors.ts';
export { isOurs } from './statement.ts';
export type { Authored, Wish, WrittenTrust, WrittenTrustStatement } from './wish.ts';
