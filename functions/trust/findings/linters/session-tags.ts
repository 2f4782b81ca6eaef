/** Rules about what the six session tags prove: nothing, when somebody else can set them or the role bears them. */
import { SESSION_TAGS, type SessionTag } from '../../../abac/session-tags.ts';
import type { Statement } from '../../../policy/index.ts';
import { PODS } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { inStatements, list, rewrite, roleName, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { accountsIn } from './principals.ts';
import { providersIn, samlCaller, tokenCaller } from './provider.ts';
import { found } from './reasons.ts';
import { allows, type Caller, foreigner, namedCaller, neighbour, serviceCaller } from './stranger.ts';

/**
 * A principal other than EKS may get a session with tags of the six keys. A role that is the source of an association
 * with this one is meant to pass them. Other roles are a warning, and only where they can give all six any value: pods'
 * sessions chain with the tags that they have, and a policy that pins one of these expects it.
 * IAM guide, "Pass session tags in AWS STS": whoever has sts:TagSession sets what no condition forbids.
 */
export const othersMaySetSessionTags: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (statement.effect !== 'Allow' || !isAbout(statement, 'sts:TagSession')) return undefined;
    for (const caller of callersOf(statement, facts)) {
      const isRole = caller.principal.kind === 'aws' && caller.principal.roleArn !== undefined && !caller.stranger;
      const keys = SESSION_TAGS.filter((tag) => maySet(facts, caller, tag, isRole ? ['stranger'] : 'unknown'));
      if (keys.length === 0 || (isRole && keys.length < SESSION_TAGS.length)) continue;
      return found('OthersMaySetSessionTags', {
        statement,
        ...((isRole || caller.principal.kind === 'service') && { severity: 'warning' }),
        sentence: `${show(statement)} lets ${caller.stranger ? `any role, such as ${caller.name},` : caller.name} set the session tags ${list(keys, SESSION_TAGS.length)}.`,
        witness: caller.name,
        remedy: `Take sts:TagSession away from others than EKS, or allow them only other keys, with ForAllValues:StringEquals on aws:TagKeys: ${rewrite(facts)}.`,
      });
    }
    return undefined;
  });

/** The role's own tags have keys of session tags. Tag keys do not depend on upper and lower case in conditions. */
export const roleBearsSessionTagKeys: Rule = (facts) => {
  const bears = Object.keys(facts.roleTags ?? {}).filter((key) =>
    SESSION_TAGS.some((tag) => tag === key.toLowerCase()),
  );
  if (bears.length === 0) return [];
  const keys = bears.toSorted();
  return [
    found('RoleBearsSessionTagKeys', {
      sentence: `The role has tags of its own with the keys ${list(keys, SESSION_TAGS.length)}: a session without such a tag takes the role’s for its own.`,
      witness: keys[0],
      remedy: `Remove them: \`aws iam untag-role --role-name ${roleName(facts)} --tag-keys ${keys.join(' ')}\`.`,
    }),
  ];
};

/** Who could pass tags by this statement: one caller for each principal. Tokens of EKS clusters carry no tags. */
const callersOf = (statement: Statement, facts: TrustFacts): readonly Caller[] => {
  const { principal } = statement;
  if (principal === undefined || principal.negated) return [];
  const { partition } = facts;
  const sources = new Set((facts.associations ?? []).map(({ sourceRoleArn }) => sourceRoleArn));
  const named = [...principal.aws].filter((arn) => arn.startsWith('arn:') && !sources.has(arn));
  return [
    ...(principal.anybody ? [foreigner(partition)] : []),
    ...accountsIn(principal).map((account) => neighbour(partition, account)),
    ...providersIn(statement).flatMap((provider) => {
      if (provider.is === 'saml') return [samlCaller(provider)];
      const tokens = provider.is === 'name' || (provider.is === 'oidc' && !provider.eks);
      return tokens ? [anyToken(tokenCaller(provider, () => false))] : [];
    }),
    ...named.map(namedCaller),
    // Roles Anywhere passes attributes of the certificate, under keys that begin with x509.
    ...[...principal.services]
      .filter((service) => service !== PODS && !service.startsWith('rolesanywhere.'))
      .map((service) => anySource(serviceCaller(partition, service))),
  ];
};

/** Not a stranger's: the question is what a token can do, not whether it gets in. */
const anyToken = (caller: Caller): Caller => ({ ...caller, name: caller.name.replace(/ with subject .*/, '') });

const anySource = (caller: Caller): Caller => ({
  ...caller,
  lookup: (key) => (key.startsWith('aws:source') ? 'unknown' : caller.lookup(key)),
});

/** With this key alone, or with whatever other tags the policy may ask for. */
const maySet = (
  { policy }: TrustFacts,
  caller: Caller,
  tag: SessionTag,
  value: readonly string[] | 'unknown',
): boolean => {
  const others = new Set(
    policy.statements.flatMap(({ conditions }) =>
      conditions.flatMap(({ key }) => /^aws:requesttag\/(.+)$/i.exec(key)?.[1]?.toLowerCase() ?? []),
    ),
  );
  const listed = policy.statements.flatMap(({ conditions }) =>
    conditions.filter(({ key }) => key.toLowerCase() === 'aws:tagkeys').flatMap(({ values }) => values),
  );
  return choicesOf(new Set([...others, ...listed].filter((key) => key !== tag))).some((chosen) => {
    const keys = [tag, ...chosen];
    const asked: Caller = {
      ...caller,
      lookup: (key) => {
        if (key === 'aws:tagkeys' || key === 'sts:transitivetagkeys') return keys;
        const asks = /^aws:requesttag\/(.+)$/.exec(key)?.[1];
        if (asks === undefined) return caller.lookup(key);
        return asks === tag ? value : keys.includes(asks) ? 'unknown' : undefined;
      },
    };
    return allows(policy, asked, caller.action) && allows(policy, asked, 'sts:TagSession');
  });
};

/** Which further tags the caller passes: every choice of a few; of more, none, one or all of them. */
const choicesOf = (tags: ReadonlySet<string>): ReadonlyArray<readonly string[]> => {
  const all = [...tags];
  if (all.length > FEW) return [[], ...all.map((tag) => [tag]), all];
  const choices: string[][] = [[]];
  for (const tag of all) choices.push(...choices.map((chosen) => [...chosen, tag]));
  return choices;
};

const FEW = 5;
