/** A function's resource policy: who else may invoke it. AddPermission's arguments become statements; GetPolicy shows them. */
import { type GetPolicyRequest, type GetPolicyResponse, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { parsePolicy } from '../../../functions/policy/index.ts';
import type { Operation } from '../../contract.ts';
import { askFunction, functionNamed, type LambdaFunction } from './function.ts';

/** What AWS::Lambda::Permission and AddPermission say. */
export type Permission = {
  readonly id: string;
  readonly action: string;
  /** An account id, an IAM ARN, a service principal, or `*`. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly organization?: string;
};

/** Adds a statement to a function's policy. */
export const addPermission = (target: LambdaFunction, permission: Permission): void => {
  const statements = [...(target.policy?.statements ?? []), statementOf(target.arn, permission)];
  const document = parsePolicy(documentOf(statements), { kind: 'resource' });
  target.policy = { statements, parsed: { name: `${target.name} function policy`, document } };
};

export const GetPolicy: Operation<GetPolicyRequest, GetPolicyResponse> = {
  readOnly: true,
  asks: (input, call) => [askFunction('GetPolicy', input.FunctionName, call)],
  run: (input, call) => {
    const { policy } = functionNamed(input.FunctionName, call);
    if (policy === undefined) {
      const message = 'The resource you requested does not exist.';
      throw new ResourceNotFoundException({ Type: 'User', Message: message, message, $metadata: {} });
    }
    return { Policy: JSON.stringify(documentOf(policy.statements)) };
  },
};

const documentOf = (statements: readonly object[]) => ({ Version: '2012-10-17', Id: 'default', Statement: statements });

const statementOf = (arn: string, { id, action, principal, sourceArn, sourceAccount, organization }: Permission) => {
  const equals = {
    ...(sourceAccount === undefined ? {} : { 'AWS:SourceAccount': sourceAccount }),
    ...(organization === undefined ? {} : { 'aws:PrincipalOrgID': organization }),
  };
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(sourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': sourceArn } }),
  };
  return {
    Sid: id,
    Effect: 'Allow',
    Principal: principalOf(principal, arn),
    Action: action,
    Resource: arn,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
};

const principalOf = (principal: string, arn: string): unknown => {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${arn.split(':')[1]}:iam::${principal}:root` };
  return principal.startsWith('arn:') ? { AWS: principal } : { Service: principal };
};
