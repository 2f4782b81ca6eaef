/** Proves by reach that a policy admits exactly the wish, before anybody sees it. */
import type { WorkloadIdentity } from '../../identity.ts';
import { type PolicyDocument, parsePolicy, type Statement } from '../../policy/index.ts';
import {
  chaining,
  difference,
  has,
  intersection,
  type MemberSet,
  podIdentity,
  reach,
  setOf,
  type TrustRequest,
  witness,
} from '../reach/index.ts';
import { type AskedRole, sourceAccountOf } from './asked.ts';
import { NotExact } from './errors.ts';
import type { WrittenTrust } from './wish.ts';

/**
 * With session tags on, those who are admitted for sure and those who may be are the asked ones; with session tags off,
 * the last `ours` statements admit nobody. For a target role: of those who come through the source role.
 * @throws NotExact with a witness and the foreign statements that are to blame
 * @throws ReachUndecided when a foreign statement makes the answer cost too much
 */
export const prove = (
  document: WrittenTrust,
  asked: readonly WorkloadIdentity[],
  role: AskedRole,
  ours: number,
): void => {
  const policy = parsePolicy(document, { kind: 'trust' });
  const foreign = policy.statements.length - ours;
  if (role.sourceRoleArn === undefined) {
    judge(policy, foreign, asked, (tagsDisabled) => podIdentity({ ...role, tagsDisabled }));
    return;
  }
  const { sourceRoleArn } = role;
  const sourceAccount = sourceAccountOf(role);
  const chained = asked.map((identity) => ({ ...identity, sourceRoleArn }));
  judge(
    policy,
    foreign,
    chained,
    (tagsDisabled) => chaining({ ...role, sourceAccount, tagsDisabled }),
    through(sourceRoleArn),
  );
};

const judge = <Member extends WorkloadIdentity>(
  policy: PolicyDocument,
  foreign: number,
  asked: readonly Member[],
  requestOf: (tagsDisabled: boolean) => TrustRequest<Member>,
  among?: PolicyDocument,
): void => {
  const request = requestOf(false);
  const wanted = setOf(request.universe, asked);
  const { must, may } = reach(policy, request);
  const concerned = (set: MemberSet<Member>): MemberSet<Member> =>
    among === undefined ? set : intersection(set, reach(among, request).may);

  const stranger = witness(difference(concerned(may), wanted));
  if (stranger !== undefined) {
    const admitting = policy.statements.filter((statement) => mayAdmit(statement, policy, request, stranger));
    throw new NotExact(stranger, `${named(admitting, foreign)} ${admitting.length === 1 ? 'admits' : 'admit'} it`);
  }
  const missed = witness(difference(wanted, must));
  if (missed !== undefined) {
    const denying = policy.statements.filter((statement) => mayDeny(statement, policy, request, missed));
    throw new NotExact(missed, `${named(denying, foreign)} ${denying.length === 1 ? 'denies' : 'deny'} it`);
  }
  const alone = { ...policy, statements: policy.statements.slice(foreign) };
  const tagless = witness(reach(alone, requestOf(true)).may);
  if (tagless !== undefined) throw new NotExact(tagless, 'our own statements admit it without session tags');
};

/** Everybody who comes through the source role. */
const through = (sourceRoleArn: string): PolicyDocument =>
  parsePolicy({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: sourceRoleArn }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  });

/** An Allow that, alone, lets this one do one of the two at least. */
const mayAdmit = <Member>(
  statement: Statement,
  policy: PolicyDocument,
  request: TrustRequest<Member>,
  member: Member,
): boolean =>
  statement.effect === 'Allow' &&
  request.actions.some((action) =>
    has(reach({ ...policy, statements: [statement] }, { ...request, actions: [action] }).may, member),
  );

/** A Deny that takes something away from this one whom the Allows admit. */
const mayDeny = <Member>(
  statement: Statement,
  policy: PolicyDocument,
  request: TrustRequest<Member>,
  member: Member,
): boolean => {
  const allows = policy.statements.filter(({ effect }) => effect === 'Allow');
  return (
    statement.effect === 'Deny' && !has(reach({ ...policy, statements: [...allows, statement] }, request).must, member)
  );
};

const named = (statements: readonly Statement[], foreign: number): string => {
  const names = statements.map(
    ({ index, sid }) => `${index < foreign ? 'foreign' : 'our own'} statement ${index}${sid ? ` (${sid})` : ''}`,
  );
  return names.length === 0 ? 'no single statement' : names.join(' and ');
};
