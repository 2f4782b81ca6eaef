/** Strangers who try to get a role: somebody whom no sensible condition means, with every key that they may choose left open. */
import { parseArn } from '../../../partition.ts';
import {
  type ContextLookup,
  type ContextValue,
  evaluate,
  type PolicyDocument,
  type RequestPrincipal,
  type Statement,
} from '../../../policy/index.ts';
import { alone } from '../found.ts';

export type Caller = {
  /** How a finding names it. */
  readonly name: string;
  readonly principal: RequestPrincipal;
  /** The action by which such a caller gets a role. */
  readonly action: string;
  /** What its request carries; `unknown` is what it can choose or happens to have. */
  readonly lookup: ContextLookup;
  /** It stands for others like it: nobody has named it. */
  readonly stranger?: true;
};

/** Whether the caller gets past this Allow statement and past every Deny, if it chooses well. */
export const letsIn = (policy: PolicyDocument, statement: Statement, caller: Caller): boolean =>
  statement.effect === 'Allow' && allows(alone(policy, statement), caller, caller.action);

/** Whether the policy can allow this action to the caller. */
export const allows = (document: PolicyDocument, { principal, lookup }: Caller, action: string): boolean => {
  const request = { action, resource: '*', principal, context: lookup };
  const { effect } = evaluate([{ name: 'the trust policy', document }], request);
  return effect === 'allow' || effect === 'undecided';
};

/** Somebody else's role, in an account and an organization that nobody here knows. */
export const foreigner = (partition: string): Caller => {
  const nowhere = '000000000000';
  const caller = roleCaller(`arn:${partition}:iam::${nowhere}:role/stranger`, {
    'aws:principalorgid': ['o-0000000000'],
    'aws:principalorgpaths': ['o-0000000000/r-0000/'],
    // Reserved for documentation (RFC 5737): nobody's network.
    'aws:sourceip': ['192.0.2.1'],
    'aws:vpcsourceip': ['192.0.2.1'],
    'aws:sourcevpc': ['vpc-00000000'],
    'aws:sourcevpce': ['vpce-00000000'],
  });
  return { ...caller, stranger: true };
};

/** Some role of an account, of no particular name and without tags; its organization and network may be the right ones. */
export const neighbour = (partition: string, account: string): Caller => ({
  ...roleCaller(`arn:${partition}:iam::${account}:role/stranger`),
  stranger: true,
});

/** A session of this role. */
export const roleCaller = (arn: string, fixed: Readonly<Record<string, ContextValue>> = {}): Caller => {
  const account = parseArn(arn)?.account ?? '';
  const session = `${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`;
  return awsCaller(arn, { kind: 'aws', arn: session, account, roleArn: arn }, fixed);
};

/** A principal that a policy names: a role, or else a user or a session. */
export const namedCaller = (arn: string): Caller => {
  const { account = '', resource = '' } = parseArn(arn) ?? {};
  return resource.startsWith('role/') ? roleCaller(arn) : awsCaller(arn, { kind: 'aws', arn, account });
};

/** A service on behalf of an account that nobody here knows. */
export const serviceCaller = (partition: string, service: string): Caller => ({
  name: service,
  principal: { kind: 'service', service },
  action: 'sts:AssumeRole',
  lookup: lookupIn(CHOSEN, {
    'aws:sourceaccount': ['000000000000'],
    'aws:sourcearn': [`arn:${partition}:stranger:us-east-1:000000000000:stranger`],
    'aws:sourceorgid': ['o-0000000000'],
    'aws:sourceorgpaths': ['o-0000000000/r-0000/'],
    'aws:principalisawsservice': ['true'],
    'aws:principalservicename': [service],
    'aws:principalservicenameslist': [service],
  }),
});

const awsCaller = (
  name: string,
  principal: Extract<RequestPrincipal, { readonly kind: 'aws' }>,
  fixed: Readonly<Record<string, ContextValue>> = {},
): Caller => ({
  name,
  principal,
  action: 'sts:AssumeRole',
  lookup: lookupIn([...CHOSEN, ...OWN], {
    'aws:principalarn': [name],
    'aws:principalaccount': [principal.account],
    'aws:principalisawsservice': ['false'],
    ...fixed,
  }),
});

/** Keys, in lower case, that whoever asks can choose, or that say nothing of who asks. */
export const CHOSEN: readonly string[] = [
  'aws:requesttag/*',
  'aws:tagkeys',
  'sts:transitivetagkeys',
  'sts:externalid',
  'sts:rolesessionname',
  'sts:sourceidentity',
  'sts:durationseconds',
  'aws:currenttime',
  'aws:epochtime',
  'aws:requestedregion',
  'aws:securetransport',
  'aws:viaawsservice',
  'aws:useragent',
  'aws:referer',
  'aws:sourceip',
  'aws:resourceaccount',
  'aws:resourceorgid',
  'aws:resourceorgpaths',
  'aws:resourcetag/*',
  'iam:resourcetag/*',
];

/** Further keys of a request by an IAM principal, which one of the right account may well have. */
const OWN: readonly string[] = [
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principaltype',
  'aws:userid',
  'aws:sourceidentity',
  'aws:tokenissuetime',
  'aws:multifactorauthpresent',
  'aws:multifactorauthage',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:vpcsourceip',
];

/** A lookup of fixed values, and of keys of which nothing is known; `/*` stands for every tag. Any other key is absent. */
export const lookupIn = (open: readonly string[], fixed: Readonly<Record<string, ContextValue>>): ContextLookup => {
  const known = new Map(Object.entries(fixed));
  const unknown = new Set(open);
  return (key) => {
    if (known.has(key)) return known.get(key);
    const slash = key.indexOf('/');
    const family = slash < 0 ? key : `${key.slice(0, slash)}/*`;
    return unknown.has(family) ? 'unknown' : undefined;
  };
};
