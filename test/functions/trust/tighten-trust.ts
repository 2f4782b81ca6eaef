/** A role as the mocked IAM has it, for the tests of tighten-trust. */
import {
  GetRoleCommand,
  type IAMClient,
  IAMServiceException,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { AwsClientStub } from 'aws-sdk-client-mock';
import { digestOf } from '../../../functions/trust/digest.ts';
import { ACCOUNT, REGION } from '../revocation/spoke.ts';

export const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
export const CLUSTER = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/payments`;

export const identity = (serviceAccount: string, namespace = 'checkout') => ({
  account: ACCOUNT,
  region: REGION,
  cluster: 'payments',
  namespace,
  serviceAccount,
});

/** Pods' access to the role under these session tags, and whatever else stands beside it. */
export const trustOf = (tags: Record<string, string | string[]> = {}, ...others: object[]): string => {
  const StringEquals = Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`aws:RequestTag/${tag}`, value]));
  const pods = {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...(Object.keys(tags).length > 0 && { Condition: { StringEquals } }),
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [pods, ...others] });
};

export const input = (trust: string, ...identities: object[]) => ({
  roleArn,
  roleId: 'AROAORDERS',
  digest: digestOf(trust),
  identities,
  asker: 'trust-1',
});

export const described = (trust: string, more: object = {}) => ({
  Role: {
    Arn: roleArn,
    Path: '/team/',
    RoleName: 'orders',
    RoleId: 'AROAORDERS',
    CreateDate: new Date(0),
    AssumeRolePolicyDocument: encodeURIComponent(trust),
    ...more,
  },
});

export const fault = (name: string, status = 400) =>
  new IAMServiceException({
    name,
    message: `IAM says ${name}`,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });

/** IAM has this trust; what is written is what is read next, as the function `stores` it. */
export const holds = (
  iam: AwsClientStub<IAMClient>,
  trust: string,
  stores: (written: string) => string = (written) => written,
): void => {
  let standing = trust;
  iam.on(GetRoleCommand, { RoleName: 'orders' }).callsFake(() => described(standing));
  iam.on(UpdateAssumeRolePolicyCommand, { RoleName: 'orders' }).callsFake(({ PolicyDocument }) => {
    standing = stores(PolicyDocument);
    return {};
  });
};
