/** The request for a target role: a source role's session, made for a pod, assumes it. */
import { clusterArn, type WorkloadIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { PolicyDocument } from '../../policy/index.ts';
import type { PrincipalElement } from '../../policy/principal.ts';
import { atomsOf } from './atoms.ts';
import { type Expression, leaf, not } from './expression.ts';
import { always, perhaps, type RoleFacts, sourcesOf } from './keys.ts';
import { type Pattern, patternOf } from './pattern.ts';
import { identityDimensions, identityOf } from './pod-identity.ts';
import { ABSENT, known, type TrustRequest, type Universe } from './request.ts';
import { identityComponents, tagKeys, tagListKeys } from './session-tags.ts';
import { type Shape, splitsOf } from './split.ts';
import { textTest } from './text-test.ts';
import { ACCOUNTS, ORGANIZATIONS, roleArns } from './valid-names.ts';

export type ChainingFacts = RoleFacts & {
  /** The account of the source role, which is that of the clusters; by default the role's own. `sourceAccounts` says which differ. */
  readonly sourceAccount?: string;
  /** The association's `disableSessionTags`: no tags then, but the external id. */
  readonly tagsDisabled?: boolean;
};

/** A service account, and the source role through which it comes. */
export type ChainedIdentity = WorkloadIdentity & { readonly sourceRoleArn: string };

export const chainingUniverse = (partition: string, account: string): Universe<ChainedIdentity> => {
  const dimensions = [
    {
      name: 'source role',
      grammar: roleArns(partition, account),
      examples: [`arn:${partition}:iam::${account}:role/other`],
    },
    ...identityDimensions(partition, account),
  ];
  return {
    key: `chains of ${partition} ${account}`,
    dimensions,
    phrase: ([role, cluster, namespace, serviceAccount]) =>
      `${serviceAccount} in ${namespace} of ${cluster}, through ${role}`,
    memberOf: ([sourceRoleArn = '', arn = '', namespace = '', serviceAccount = '']) => ({
      sourceRoleArn,
      ...identityOf(arn, namespace, serviceAccount),
    }),
    namesOf: (member) => [member.sourceRoleArn, clusterArn(member), member.namespace, member.serviceAccount],
  };
};

/**
 * Pods come with the session of a source role and ask for this one as their target role. What the source role's own
 * policies must allow besides is not looked at.
 */
export const chaining = (facts: ChainingFacts): TrustRequest<ChainedIdentity> => {
  const { account, partition, sourceAccount = account, tagsDisabled = false } = facts;
  const components = identityComponents(1, partition, sourceAccount);
  const { region, clusterName, namespace, serviceAccount } = components;
  const sourceOf = sourcesOf(
    facts,
    new Map([
      ...tagKeys('aws:requesttag', components, tagsDisabled),
      ...(tagsDisabled ? [] : tagKeys('aws:principaltag', components, false)),
      ...tagListKeys(tagsDisabled),
      ['aws:principalarn', { is: 'joined', parts: [{ dimension: 0 }] }],
      ['aws:requestedregion', { is: 'joined', parts: [region] }],
      ['aws:principalaccount', known(sourceAccount)],
      ['aws:principalorgid', perhaps(ORGANIZATIONS)],
      ['aws:principalorgpaths', perhaps()],
      ['aws:principaltype', known('AssumedRole')],
      ['aws:principalisawsservice', known('false')],
      ['aws:userid', always()],
      ['aws:tokenissuetime', always()],
      ['aws:multifactorauthpresent', perhaps()],
      ['sts:durationseconds', always()],
      [
        'sts:externalid',
        tagsDisabled
          ? { is: 'joined', parts: [region, `/${sourceAccount}/`, clusterName, '/', namespace, '/', serviceAccount] }
          : ABSENT,
      ],
    ]),
  );
  return {
    universe: chainingUniverse(partition, sourceAccount),
    actions: tagsDisabled ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'],
    resource: facts.roleArn ?? '*',
    sourceOf: (key) => {
      const source = sourceOf(key);
      // Any other tag of the principal is one of the source role's own.
      return source === ABSENT && key.startsWith('aws:principaltag/') ? perhaps() : source;
    },
    principals: ({ principal, effect }) =>
      principal !== undefined && sources(principal, partition, sourceAccount, effect),
    principalOf: ([roleArn = '', arn = '']) => ({
      kind: 'aws',
      // Nobody knows the session's name beforehand: it ends in a UUID.
      arn: `arn:${partition}:sts::${sourceAccount}:assumed-role/${lastOf(roleArn, '/')}/eks-${lastOf(arn, '/').slice(0, 10)}-`,
      account: sourceAccount,
      roleArn,
    }),
  };
};

/**
 * The source accounts that the policy can tell apart: those that it names, the role's own, and, for any other, one that
 * stands for all that the policy treats alike.
 * @throws ReachUndecided
 */
export const sourceAccounts = (
  policy: PolicyDocument,
  { account, partition }: Pick<RoleFacts, 'account' | 'partition'>,
): ReadonlyArray<{ readonly account: string; readonly others: boolean }> => {
  const patterns: Pattern[] = [{ is: 'literal', text: account }];
  for (const { principal, conditions } of policy.statements) {
    for (const named of [...(principal?.accounts ?? []), ...(principal?.aws ?? [])]) {
      patterns.push({ is: 'literal', text: parseArn(named)?.account ?? named });
    }
    for (const condition of conditions) {
      const place = accountIn(condition.key.toLowerCase(), partition);
      const test = place && textTest(condition.base);
      if (place === undefined || test === undefined) continue;
      for (const value of condition.values) {
        // A variable can tell accounts apart only by a key that has its own conditions.
        const symbols = test.symbolsOf(value, policy.version === '2012-10-17', () => undefined) ?? [];
        for (const split of splitsOf(symbols, place.shape, test.folded))
          patterns.push(patternOf(split[place.at] ?? []));
      }
    }
  }
  const { atoms } = atomsOf({ name: 'account', grammar: ACCOUNTS, examples: [] }, patterns);
  return atoms.map(({ member, single }) => ({ account: member, others: !single }));
};

/** Where in a key's text the account stands. */
const accountIn = (key: string, partition: string): { readonly shape: Shape; readonly at: number } | undefined => {
  const name = { name: 0 };
  switch (key) {
    case 'aws:principalaccount':
      return { shape: [name], at: 0 };
    case 'aws:principalarn':
      return { shape: [`arn:${partition}:iam::`, name, ':role/', name], at: 0 };
    case 'aws:requesttag/eks-cluster-arn':
    case 'aws:principaltag/eks-cluster-arn':
      return { shape: [`arn:${partition}:eks:`, name, ':', name, ':cluster/', name], at: 1 };
    case 'sts:externalid':
      return { shape: [name, '/', name, '/', name, '/', name, '/', name], at: 1 };
    default:
      return undefined;
  }
};

/** The IAM roles that the element names, by their ARNs, their account, or with everybody. */
const sources = (
  element: PrincipalElement,
  partition: string,
  account: string,
  effect: 'Allow' | 'Deny',
): Expression => {
  const root = `arn:${partition}:iam::${account}:root`;
  const everyone = element.anybody || element.accounts.has(account) || element.accounts.has(root);
  const named = [...element.aws].map((text): Pattern => ({ is: 'literal', text }));
  const positive = everyone || leaf(0, named);
  if (!element.negated) return positive;
  // A Deny spares only sessions that are named themselves, and these have names that nobody knows beforehand.
  return effect === 'Deny' ? !element.anybody : not(positive);
};

const lastOf = (text: string, separator: string): string => text.slice(text.lastIndexOf(separator) + 1);
