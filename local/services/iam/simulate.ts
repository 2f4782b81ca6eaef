/** SimulatePrincipalPolicy and SimulateCustomPolicy: what policies would say, without a call being made. */
import type { SimulateCustomPolicyCommandInput, SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import { parseArn } from '../../../functions/partition.ts';
import { contextOf, PolicyMalformed, type RequestPrincipal } from '../../../functions/policy/index.ts';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { iamOfCall, iamPage, invalidInput, noSuchEntity } from './lookup.ts';
import { storedManagedPolicy } from './policies.ts';
import { type Simulated, type SimulatedPolicy, type Simulation, simulated } from './simulation.ts';
import { accountOf, type Principal, storedPolicy } from './state.ts';

type Output = { readonly EvaluationResults: Simulated[]; readonly IsTruncated: boolean; readonly Marker?: string };
/** What both calls have. */
type Input = Omit<SimulateCustomPolicyCommandInput, 'PolicyInputList'>;

export const SimulatePrincipalPolicy: Operation<SimulatePrincipalPolicyCommandInput, Output> = {
  readOnly: true,
  asks: ({ PolicySourceArn = '' }) => [{ action: 'iam:SimulatePrincipalPolicy', resource: PolicySourceArn }],
  run: (input, call) => {
    const source = principalNamed(call, required(input.PolicySourceArn));
    const isUser = source.arn.includes(':user/');
    if (input.ResourcePolicy !== undefined && input.CallerArn === undefined && !isUser) {
      throw invalidInput('CallerArn is required when a resource policy is given and the policy source is not a user.');
    }
    const boundary = source.boundary === undefined ? undefined : managed(call, source.boundary);
    return resultsOf(input, {
      identity: [
        ...policiesOf(call, source),
        ...(input.PolicyInputList ?? []).map((text, index) => read(text, `PolicyInputList.${index + 1}`)),
      ],
      ...(boundary === undefined ? {} : { boundary }),
      principal: { kind: 'aws', arn: source.arn, account: call.account, uniqueId: source.id },
    });
  },
};

export const SimulateCustomPolicy: Operation<SimulateCustomPolicyCommandInput, Output> = {
  readOnly: true,
  asks: () => [{ action: 'iam:SimulateCustomPolicy', resource: '*' }],
  run: (input, call) => {
    if (input.ResourcePolicy !== undefined && input.CallerArn === undefined) {
      throw invalidInput('CallerArn is required when a resource policy is given.');
    }
    return resultsOf(input, {
      identity: required(input.PolicyInputList).map((text, index) => read(text, `PolicyInputList.${index + 1}`)),
      // Nobody in particular; no resource policy can name them.
      principal: { kind: 'aws', arn: `arn:${call.cloud.partition}:iam::${call.account}:user/`, account: call.account },
    });
  },
};

/** A result for each action on each resource, in the order in which they were given. */
const resultsOf = (input: Input, subject: Pick<Simulation, 'identity' | 'boundary' | 'principal'>): Output => {
  if (input.ResourceHandlingOption !== undefined && input.ResourceHandlingOption !== '') {
    throw invalidInput('The local cloud simulates no scenarios of EC2: leave ResourceHandlingOption out.');
  }
  const [limit, ...more] = input.PermissionsBoundaryPolicyInputList ?? [];
  if (more.length > 0) throw invalidInput('At most one permissions boundary can be simulated.');
  const boundary = limit === undefined ? subject.boundary : read(limit, 'PermissionsBoundaryPolicyInputList.1');
  const policy = input.ResourcePolicy;
  const simulation: Omit<Simulation, 'resourceAccount'> = {
    identity: subject.identity,
    ...(boundary === undefined ? {} : { boundary }),
    ...(policy === undefined ? {} : { resourcePolicy: read(policy, 'ResourcePolicy', 'resource') }),
    principal: input.CallerArn === undefined ? subject.principal : callerOf(input.CallerArn),
    context: contextOf(
      Object.fromEntries(
        (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues = [] }) => [
          ContextKeyName,
          ContextKeyValues,
        ]),
      ),
    ),
  };
  const questions = required(input.ActionNames).flatMap((action) => {
    if (!/^[\w-]+:[\w-]+$/.test(action)) throw invalidInput(`Invalid Entity Action: ${action}`);
    return (input.ResourceArns ?? ['*']).map((resource) => ({ action, resource }));
  });
  const numbered = questions.map((question, index) => ({ ...question, key: String(index).padStart(6, '0') }));
  const page = iamPage(numbered, ({ key }) => key, input);
  const results = page.items.map(({ action, resource }) =>
    simulated({ ...simulation, resourceAccount: ownerOf(input, resource, simulation.principal) }, action, resource),
  );
  return { EvaluationResults: results, ...page.paging };
};

/** Without a resource policy only the identity's side is looked at: as if the resource were in the caller's account. */
const ownerOf = (input: Input, resource: string, principal: RequestPrincipal): string => {
  const own = principal.kind === 'aws' ? principal.account : '';
  if (input.ResourcePolicy === undefined) return own;
  const owner = input.ResourceOwner === undefined ? undefined : accountOf(input.ResourceOwner);
  return owner ?? (parseArn(resource)?.account || own);
};

/** "You can specify only the ARN of an IAM user" (API reference). */
const callerOf = (arn: string): RequestPrincipal => {
  if (!/^arn:[^:]+:iam::\d{12}:user\/.+$/.test(arn)) throw invalidInput(`Invalid caller ARN: ${arn} is not a user.`);
  return { kind: 'aws', arn, account: accountOf(arn) };
};

const principalNamed = (call: Call, arn: string): Principal => {
  const { roles, users } = iamOfCall(call);
  const found = [...users.values(), ...roles.values()].find((principal) => principal.arn === arn);
  if (found !== undefined) return found;
  throw noSuchEntity(`The policy source ${arn} cannot be found.`);
};

const policiesOf = (call: Call, { inline, attached }: Principal): SimulatedPolicy[] => [
  ...[...inline].map(([id, policy]) => ({ ...policy, id })),
  ...[...attached].flatMap((arn) => managed(call, arn) ?? []),
];

const managed = (call: Call, arn: string): SimulatedPolicy | undefined => {
  const policy = storedManagedPolicy(call.cloud, arn);
  return policy === undefined ? undefined : { ...policy, id: arn.split('/').at(-1) ?? arn };
};

/** @throws InvalidInput */
const read = (text: string, id: string, kind: 'identity' | 'resource' = 'identity'): SimulatedPolicy => {
  try {
    return { ...storedPolicy(id, text, kind), id };
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    throw invalidInput(`Invalid Policy Document ${id}: ${error.message}`);
  }
};
