/** A small world of service accounts, near enough to each other to be mistaken, and requests as their sessions. */
import { identityTags, principalTag, SESSION_TAGS, type WrittenPolicy } from '../../../functions/abac/index.ts';
import { identityKey, type WorkloadIdentity } from '../../../functions/identity.ts';
import { contextOf, type Decision, evaluate, parsePolicy } from '../../../functions/policy/index.ts';

export const API: WorkloadIdentity = {
  account: '111111111111',
  region: 'eu-west-1',
  cluster: 'pay',
  namespace: 'checkout',
  serviceAccount: 'api',
};

/** Everybody who differs from `API` in some of the five parts. */
export const EVERYBODY: readonly WorkloadIdentity[] = ['111111111111', '222222222222'].flatMap((account) =>
  ['eu-west-1', 'eu-west-2'].flatMap((region) =>
    ['pay', 'pay-2'].flatMap((cluster) =>
      ['checkout', 'checkout-api'].flatMap((namespace) =>
        ['api', 'api.v2'].map((serviceAccount) => ({ account, region, cluster, namespace, serviceAccount })),
      ),
    ),
  ),
);

export const ROLE = 'arn:aws:iam::111111111111:role/podid/orders';
export const ORGANIZATION = 'o-abcde12345';

export type Call = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly roleArn?: string;
  readonly organization?: string;
};

/** The condition keys of a session of the identity, as Pod Identity makes it. */
export const keysOf = (identity: WorkloadIdentity): Record<string, string> => {
  const tags: Record<string, string> = {
    ...identityTags(identity),
    'kubernetes-pod-name': 'p',
    'kubernetes-pod-uid': 'u',
  };
  return Object.fromEntries(SESSION_TAGS.map((tag) => [principalTag(tag), tags[tag] ?? '']));
};

/** What the policy, on its own, says to sessions with these keys. */
export const decider = (policy: WrittenPolicy) => {
  const kind = policy.Statement.some(({ Principal }) => Principal !== undefined) ? 'resource' : 'identity';
  const document = parsePolicy(policy, { kind });
  return (
    keys: Readonly<Record<string, string>>,
    { action, resource, context = {}, roleArn = ROLE, organization = ORGANIZATION }: Call,
  ): Decision['effect'] => {
    const account = roleArn.split(':')[4] ?? '';
    return evaluate([{ name: 'generated', document }], {
      action,
      resource,
      principal: { kind: 'aws', arn: `arn:aws:sts::${account}:assumed-role/orders/s`, account, roleArn },
      context: contextOf({ ...keys, 'aws:PrincipalOrgID': organization, ...context }),
    }).effect;
  };
};

export const isOneOf = (identity: WorkloadIdentity, list: readonly WorkloadIdentity[]): boolean =>
  list.some((each) => identityKey(each) === identityKey(identity));
