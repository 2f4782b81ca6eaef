/** Whether one trust policy in the place of another shuts out only: proven for everybody, pods or not. Pure. */
import { parseArn } from '../partition.ts';
import { PolicyMalformed, parsePolicy } from '../policy/index.ts';
import { isComparedExactly } from '../trust/compare/exact-issuers.ts';
import { compareTrust } from '../trust/compare/index.ts';
import { showClause, widenedFor } from '../trust/compare/other-principals.ts';
import { ReachUndecided } from '../trust/reach/index.ts';

/**
 * Why `after` may not take the place of a role's trust, as a sentence. Pods are compared exactly, everybody else by value and with nothing left
 * out: of a role's sessions that aren't pods', and of an issuer's tokens that aren't service accounts', the exact comparison knows nothing.
 */
export const moreAdmitted = (
  after: string,
  { arn, trust }: { readonly arn: string; readonly trust: string },
): string | undefined => {
  const { account = '', partition = '' } = parseArn(arn) ?? {};
  try {
    const [was, is] = [parsePolicy(trust), parsePolicy(after, { kind: 'trust' })];
    const differences = compareTrust(was, is, { account, partition, roleArn: arn });
    const wider = differences.find(({ gains }) => gains !== undefined);
    if (wider?.gains !== undefined) return `it would let others in (${wider.way}): ${wider.gains.sentences.join('; ')}`;
    const clause = widenedFor(was, is).find((each) => !isComparedExactly(each, { account, partition }));
    return clause && `it would let others in (other-principals): ${showClause(clause)}`;
  } catch (error) {
    if (!(error instanceof PolicyMalformed) && !(error instanceof ReachUndecided)) throw error;
    return `who would be let in can't be told: ${error.message}`;
  }
};
