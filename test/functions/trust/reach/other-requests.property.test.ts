import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clusterArn, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { contextOf, evaluate, parsePolicy } from '../../../../functions/policy/index.ts';
import {
  admits,
  chaining,
  difference,
  has,
  irsa,
  type Reach,
  reach,
  sourceAccounts,
  witness,
} from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, facts, globs, identities, policies, statements, type Written, written } from './random.ts';

const oneOf = fc.constantFrom;
const OTHER = '444455556666';
const ISSUERS = [
  'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
  'oidc.eks.us-east-1.amazonaws.com/id/FEDCBA9876543210FEDCBA9876543210',
] as const;
const provider = (issuer: string, account = ACCOUNT): string => `arn:aws:iam::${account}:oidc-provider/${issuer}`;

const texts = oneOf(
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringLike',
  'StringNotLike',
  'StringEqualsIgnoreCase',
  'StringNotLikeIfExists',
);

const subjects = fc.oneof(
  fc.tuple(globs, globs).map(([namespace, account]) => `system:serviceaccount:${namespace}:${account}`),
  globs.map((text) => `system:serviceaccount:${text}`),
  oneOf(
    'system:*',
    '*:api',
    'system:serviceaccount:*a*',
    '*pay*',
    '*',
    'System:ServiceAccount:pay:ab',
    'system:serviceaccount:pay?a*',
  ),
);

const irsaConditions: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 5,
    arbitrary: written(
      texts,
      oneOf(...ISSUERS, ISSUERS[0].toLowerCase()).map((issuer) => `${issuer}:sub`),
      subjects,
    ),
  },
  {
    weight: 2,
    arbitrary: written(
      texts,
      oneOf(...ISSUERS).map((issuer) => `${issuer}:aud`),
      oneOf('sts.amazonaws.com', '*', 'vault'),
    ),
  },
  {
    weight: 1,
    arbitrary: written(
      oneOf('ArnLike', 'ArnNotLike', 'StringLike'),
      oneOf('aws:FederatedProvider'),
      oneOf(provider('oidc.eks.eu-*'), provider(ISSUERS[1]), '*'),
    ),
  },
);

const irsaPolicies = policies(
  statements(
    oneOf(
      { Federated: provider(ISSUERS[0]) },
      { Federated: ISSUERS.map((each) => provider(each)) },
      { Federated: '*' },
      { Federated: provider(ISSUERS[0], OTHER) },
      '*',
    ),
    oneOf('sts:AssumeRoleWithWebIdentity', 'sts:*', 'sts:AssumeRole'),
    irsaConditions,
  ),
);

const tokens = fc
  .tuple(oneOf(...ISSUERS), identities)
  .map(([issuer, { namespace, serviceAccount }]) => ({ issuer, namespace, serviceAccount }));

const ROLES = ['source', 'eks/source', 'eks/other', 'a/b/source'] as const;
const roleArn = (role: string, account: string): string => `arn:aws:iam::${account}:role/${role}`;
const accounts = oneOf(ACCOUNT, OTHER, '4*', '*');

const chainConditions: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 3,
    arbitrary: written(
      oneOf('ArnLike', 'ArnNotEquals', 'StringLike', 'StringEquals'),
      oneOf('aws:PrincipalArn'),
      fc
        .tuple(oneOf(...ROLES, 'eks/*', '*', '*source', '?'), accounts)
        .map(([role, account]) => roleArn(role, account)),
    ),
  },
  { weight: 2, arbitrary: written(texts, oneOf('aws:PrincipalAccount'), accounts) },
  {
    weight: 3,
    arbitrary: written(
      texts,
      oneOf('aws:PrincipalTag/kubernetes-namespace', 'aws:RequestTag/kubernetes-service-account'),
      globs,
    ),
  },
  {
    weight: 2,
    arbitrary: written(
      oneOf('ArnLike', 'StringNotLike', 'StringLike'),
      oneOf('aws:RequestTag/eks-cluster-arn'),
      fc.tuple(accounts, globs).map(([account, name]) => `arn:aws:eks:eu-*:${account}:cluster/${name}`),
    ),
  },
  {
    weight: 4,
    arbitrary: written(
      texts,
      oneOf('sts:ExternalId'),
      fc.oneof(
        fc.tuple(oneOf('eu-west-1', '*', 'eu-*'), accounts, globs, globs, globs).map((parts) => parts.join('/')),
        oneOf('*', 'eu-west-1/*', '*/pay/*', `*/${ACCOUNT}/*/pay`, '*a*', 'eu-*/*/*/*'),
      ),
    ),
  },
);

const chainPolicies = policies(
  statements(
    oneOf(
      { AWS: roleArn('source', ACCOUNT) },
      { AWS: [roleArn('eks/source', OTHER), ACCOUNT] },
      { AWS: `arn:aws:iam::${OTHER}:root` },
      '*',
      { AWS: '*' },
      { Service: 'pods.eks.amazonaws.com' },
    ),
    oneOf(['sts:AssumeRole', 'sts:TagSession'], 'sts:*', 'sts:AssumeRole'),
    chainConditions,
  ),
);

const both = { may: 0, not: 0 };

/** What the engine says of someone, held against what reach says. */
const compare = <Member>({ may, must, hangsOn }: Reach<Member>, member: Member, admitted: boolean): void => {
  expect([has(may, member), has(must, member), hangsOn]).toEqual([admitted, admitted, []]);
  both[admitted ? 'may' : 'not'] += 1;
};

describe('reach', () => {
  it('of tokens agrees with the policy engine', () => {
    const request = irsa(facts);
    fc.assert(
      fc.property(irsaPolicies, fc.array(tokens, { minLength: 6, maxLength: 6 }), (document, asked) => {
        const policy = parsePolicy(document);
        const reached = reach(policy, request);
        const someone = witness(reached.may);
        for (const token of someone === undefined ? asked : [...asked, someone]) {
          const { issuer, namespace, serviceAccount } = token;
          const context = contextOf({
            [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`,
            [`${issuer}:aud`]: 'sts.amazonaws.com',
            'aws:FederatedProvider': provider(issuer),
          });
          const principal = { kind: 'federated', provider: provider(issuer) } as const;
          const question = { action: 'sts:AssumeRoleWithWebIdentity', resource: '*', principal, context };
          const admitted = evaluate([{ name: 'trust', document: policy }], question).effect === 'allow';
          compare(reached, token, admitted);
          expect(admits(policy, request, token).admitted).toBe(admitted);
        }
      }),
      { numRuns: 2000, seed: 8 },
    );
    expect(Math.min(both.may, both.not)).toBeGreaterThan(500);
  });

  it('of chains agrees with the policy engine, for each source account that the policy tells apart', () => {
    Object.assign(both, { may: 0, not: 0 });
    fc.assert(
      fc.property(
        chainPolicies,
        fc.array(identities, { minLength: 3, maxLength: 3 }),
        oneOf(...ROLES),
        fc.boolean(),
        (document, asked, role, tagsDisabled) => {
          const policy = parsePolicy(document);
          for (const { account } of sourceAccounts(policy, facts)) {
            // Without session tags the source role's own could still be there: here it has none.
            const context = tagsDisabled ? { 'aws:PrincipalTag/kubernetes-namespace': undefined } : {};
            const request = chaining({ ...facts, sourceAccount: account, tagsDisabled, context });
            const reached = reach(policy, request);
            const sourceRoleArn = roleArn(role, account);
            const someone = witness(reached.may);
            const those = asked.map((identity) => ({ ...identity, account, sourceRoleArn }));
            for (const member of someone === undefined ? those : [...those, someone]) {
              const admitted = isChained(policy, member, member.sourceRoleArn, tagsDisabled);
              compare(reached, member, admitted);
              expect(admits(policy, request, member).admitted).toBe(admitted);
            }
          }
        },
      ),
      { numRuns: 400, seed: 9 },
    );
    expect(Math.min(both.may, both.not)).toBeGreaterThan(500);
  });

  it('tells no two accounts of one class apart', () => {
    fc.assert(
      fc.property(
        chainPolicies,
        fc.array(identities, { minLength: 3, maxLength: 3 }),
        oneOf(...ROLES),
        oneOf('444411112222', '999988887777', '400000000000', OTHER),
        (document, asked, role, account) => {
          const policy = parsePolicy(document);
          const classes = sourceAccounts(policy, facts);
          // Some class stands for this account: everybody in it is treated alike.
          const alike = classes.filter((each) =>
            [true, false].every((tagsDisabled) =>
              asked.every((identity) => {
                const answer = (of: string): boolean =>
                  isChained(policy, { ...identity, account: of }, roleArn(role, of), tagsDisabled);
                return answer(account) === answer(each.account);
              }),
            ),
          );
          expect(alike).not.toEqual([]);
        },
      ),
      { numRuns: 200, seed: 10 },
    );
  });

  it('agrees about NotPrincipal, which spares no session by its role', () => {
    const names = oneOf({ AWS: roleArn('source', ACCOUNT) }, { AWS: ACCOUNT }, { AWS: '*' }, { AWS: OTHER });
    const statement = (Effect: string, element: object) => ({ Effect, Action: 'sts:*', ...element });
    fc.assert(
      fc.property(
        oneOf('Allow', 'Deny'),
        names,
        identities,
        oneOf(...ROLES),
        (effect, NotPrincipal, identity, role) => {
          const Statement = [statement('Allow', { Principal: '*' }), statement(effect, { NotPrincipal })];
          const policy = parsePolicy({
            Version: '2012-10-17',
            Statement: effect === 'Deny' ? Statement : Statement.slice(1),
          });
          const member = { ...identity, sourceRoleArn: roleArn(role, ACCOUNT) };
          compare(reach(policy, chaining(facts)), member, isChained(policy, identity, member.sourceRoleArn, false));
        },
      ),
    );
  });

  it('finds nobody in the difference of a chain’s reach and itself', () => {
    fc.assert(
      fc.property(chainPolicies, (document) => {
        const { may } = reach(parsePolicy(document), chaining(facts));
        expect(witness(difference(may, may))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});

const isChained = (
  policy: ReturnType<typeof parsePolicy>,
  identity: WorkloadIdentity,
  source: string,
  tagsDisabled: boolean,
): boolean => {
  const { account, region, cluster, namespace, serviceAccount } = identity;
  const tags = (prefix: string) => ({
    [`${prefix}/eks-cluster-arn`]: clusterArn(identity),
    [`${prefix}/kubernetes-namespace`]: namespace,
    [`${prefix}/kubernetes-service-account`]: serviceAccount,
  });
  const context = contextOf({
    'aws:PrincipalArn': source,
    'aws:PrincipalAccount': account,
    ...(tagsDisabled
      ? { 'sts:ExternalId': [region, account, cluster, namespace, serviceAccount].join('/') }
      : { ...tags('aws:RequestTag'), ...tags('aws:PrincipalTag') }),
  });
  const session = `arn:aws:sts::${account}:assumed-role/${source.slice(source.lastIndexOf('/') + 1)}/eks-a-b-0`;
  const principal = { kind: 'aws', arn: session, account, roleArn: source } as const;
  const actions = tagsDisabled ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  return actions.every(
    (action) =>
      evaluate([{ name: 'trust', document: policy }], { action, resource: '*', principal, context }).effect === 'allow',
  );
};
