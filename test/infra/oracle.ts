/** One question about the templates' policies, put to functions/policy and to @cloud-copilot/iam-simulate: an answer is one that both give. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { authorize, contextOf, parsePolicy } from '../../functions/policy/index.ts';
import { PAYMENTS } from './fixture.ts';

export type Asked = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
};

/** Policies as they stand in a template, of one role of the account `PAYMENTS`. */
export type Bearer = { readonly identity: readonly unknown[]; readonly boundary?: unknown };

const CALLER = `arn:aws:iam::${PAYMENTS}:role/podid/web`;
/** Of a role that lets in the caller: then it hangs on the caller's policies alone. */
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: CALLER }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
};

/**
 * `allow`, `explicitDeny` or `implicitDeny`.
 * @throws when the engines don't agree, or AWS knows no such action, resource or condition key
 */
export const verdict = async (bearer: Bearer, asked: Asked): Promise<string> => {
  const [mine, theirs] = [ours(bearer, asked), await oracle(bearer, asked)];
  if (mine === theirs) return mine;
  throw new Error(`${asked.action} on ${asked.resource}: functions/policy says ${mine}, iam-simulate ${theirs}`);
};

const isRole = ({ action }: Asked): boolean => action === 'sts:AssumeRole' || action === 'sts:TagSession';

const ours = ({ identity, boundary }: Bearer, asked: Asked): string => {
  const { action, resource, context = {} } = asked;
  return authorize({
    request: {
      action,
      resource,
      principal: { kind: 'aws', arn: CALLER, account: PAYMENTS, roleArn: CALLER },
      context: contextOf(context),
    },
    identityPolicies: identity.map((policy, index) => ({ name: `p${index}`, document: parsePolicy(policy) })),
    ...(boundary !== undefined && { boundary: { name: 'boundary', document: parsePolicy(boundary) } }),
    ...(isRole(asked) && { resourcePolicy: { name: 'trust', document: parsePolicy(TRUST, { kind: 'trust' }) } }),
    resourceAccount: accountIn(resource),
    resourcePolicyRequired: isRole(asked),
  }).effect;
};

const oracle = async ({ identity, boundary }: Bearer, asked: Asked): Promise<string> => {
  const { action, resource, context = {} } = asked;
  const answer = await runSimulation(
    {
      request: {
        principal: CALLER,
        action,
        resource: { resource, accountId: accountIn(resource) },
        contextVariables: { ...context },
      },
      identityPolicies: identity.map((policy, index) => ({ name: `p${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(isRole(asked) && { resourcePolicy: TRUST }),
      ...(boundary !== undefined && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${answer.errors.message}`);
  switch (answer.overallResult) {
    case 'Allowed':
      return 'allow';
    case 'ExplicitlyDenied':
      return 'explicitDeny';
    default:
      return 'implicitDeny';
  }
};

const accountIn = (resource: string): string => resource.split(':')[4] || PAYMENTS;
