/** Reads which roles of this account bear a managed policy, as permissions policy or as boundary: what they may do changes with it. */
import { getRole } from '../aws/iam.ts';
import { rolesBearing } from '../aws/iam-policies.ts';
import { accountOf } from '../aws/own-roles.ts';
import { parseArn } from '../partition.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { RolesOfPolicyInput, type RolesOfPolicyOutput } from './contract.ts';

/** IAM names the roles without their paths, so that each ARN is a GetRole of its own: 100 take some ten seconds of the function's sixty. */
const MOST_ROLES = 100;

export const handler = entry(
  RolesOfPolicyInput,
  async ({ policyArn, account }, { functionArn }): Promise<RolesOfPolicyOutput> => {
    const own = accountOf(functionArn);
    const policyAccount = parseArn(policyArn)?.account;
    if (account !== own || (policyAccount !== own && policyAccount !== AWS)) {
      throw new Failure('Refused', `policy ${policyArn}, asked for in account ${account}, is not of account ${own}`);
    }
    const names = await rolesBearing(policyArn);
    const roleArns: string[] = [];
    for (const name of names.slice(0, MOST_ROLES)) {
      const role = await getRole(name);
      if (role !== undefined) roleArns.push(role.arn);
    }
    const omitted = names.length - MOST_ROLES;
    return { roleArns, ...(omitted > 0 && { omitted }) };
  },
);

/** What stands for the account in the ARNs of AWS's own managed policies. */
const AWS = 'aws';
