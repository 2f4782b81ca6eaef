/** What it means that a role's trust policy is otherwise: who gained and who lost, exactly. In another form alone it is no drift. */
import type { Severity } from '../../finding.ts';
import { showIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import { type PolicyDocument, PolicyMalformed, parsePolicy } from '../../policy/index.ts';
import { globMatches } from '../../policy/pattern.ts';
import { compareTrust, type TrustDifference } from '../../trust/compare/index.ts';
import { ReachUndecided } from '../../trust/reach/index.ts';
import { memoized } from '../facets/memo.ts';
import type { Rule } from './rule.ts';
import { nameOfObject, type Told, wishers } from './told.ts';

export const trustRule: Rule = ({ is, shouldBe, wanted }, { ref }) => {
  if (is === null || shouldBe === null || ref.object !== 'role') return [];
  const change = changeOf(JSON.stringify([ref.roleArn, shouldBe, is]));
  const by = `than ${wishers(wanted)} wants`;
  return change.map(({ sentence, ...told }) => ({
    ...told,
    sentence: `${nameOfObject(ref)} ${sentence.replace('{by}', by)}`,
  }));
};

/** Of two policies, which take milliseconds to compare, and are compared again at each look until somebody has mended it. */
const changeOf: (key: string) => readonly Told[] = memoized((key) => {
  const [roleArn, before, after]: [string, string, string] = JSON.parse(key);
  const { account = '', partition = '' } = parseArn(roleArn) ?? {};
  try {
    const [was, is] = [parsePolicy(before), parsePolicy(after)];
    const differences = compareTrust(was, is, { account, partition, roleArn });
    return [...gained(differences, was, is), ...lost(differences, was, is)];
  } catch (error) {
    if (!(error instanceof PolicyMalformed) && !(error instanceof ReachUndecided)) throw error;
    const sentence = `has another trust policy {by}, and it can’t be told who gained or lost: ${error.message}`;
    return [{ reason: 'TrustUnreadable', sentence }];
  }
});

const gained = (differences: readonly TrustDifference[], was: PolicyDocument, is: PolicyDocument): readonly Told[] => {
  const gains = differences.flatMap(({ way, gains }) => (gains === undefined ? [] : [{ way, ...gains }]));
  const [first] = gains;
  if (first === undefined) return [];
  const who = gains.map(({ way, sentences }) => `${sentences.join(', ')} (${way})`).join('; ');
  const keys = [...narrowingKeys(was)].filter((key) => !narrowingKeys(is).has(key)).toSorted();
  const told = { witness: showWho(first.witness), ...(isOpenToAll(gains) && { severity: 'critical' as Severity }) };
  return keys.length === 0
    ? [{ reason: 'TrustWidened', sentence: `admits more {by}: ${who}.`, ...told }]
    : [
        {
          reason: 'AbacConditionRemoved',
          sentence: `admits more {by}, since its condition on ${keys.join(', ')} is gone: ${who}.`,
          ...told,
        },
      ];
};

const lost = (differences: readonly TrustDifference[], was: PolicyDocument, is: PolicyDocument): readonly Told[] => {
  const losses = differences.flatMap(({ way, loses }) => (loses === undefined ? [] : [{ way, ...loses }]));
  const [first] = losses;
  if (first === undefined) return [];
  const who = losses.map(({ way, sentences }) => `${sentences.join(', ')} (${way})`).join('; ');
  const witness = showWho(first.witness);
  return letsTag(was) && !letsTag(is)
    ? [{ reason: 'TagSessionLost', sentence: `doesn’t allow sts:TagSession any more: ${who}.`, witness }]
    : [{ reason: 'TrustNarrowed', sentence: `admits less {by}: ${who}.`, witness }];
};

/** Anybody at all, by `Principal: "*"`. */
const isOpenToAll = (gains: ReadonlyArray<{ readonly witness: object }>): boolean =>
  gains.some(({ witness }) => 'kind' in witness && 'name' in witness && witness.name === '*');

/** The keys by which Allow statements tell their callers apart, in lower case. */
const narrowingKeys = ({ statements }: PolicyDocument): ReadonlySet<string> =>
  new Set(
    statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ conditions }) => conditions.map(({ key }) => key.toLowerCase())),
  );

const letsTag = ({ statements }: PolicyDocument): boolean =>
  statements.some(
    ({ effect, actions }) =>
      effect === 'Allow' &&
      actions.patterns.some(({ glob }) => globMatches(glob, 'sts:tagsession')) !== actions.negated,
  );

type Who = NonNullable<TrustDifference['gains']>['witness'];

const showWho = (who: Who): string => {
  if ('kind' in who) return `${who.kind} ${who.name}`;
  if ('issuer' in who) return `${who.namespace}/${who.serviceAccount} by ${who.issuer}`;
  return 'sourceRoleArn' in who ? `${showIdentity(who)} through ${who.sourceRoleArn}` : showIdentity(who);
};
