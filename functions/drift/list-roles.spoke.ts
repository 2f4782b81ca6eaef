/** Reads a page of all roles of the account, and answers what each is as a digest. */
import { type AccountRole, roleDetails } from '../aws/iam-account.ts';
import { accountOf } from '../aws/own-roles.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { facetsOfRole, policyDigest } from './facets/index.ts';
import { type ListedRole, ListRolesInput, type ListRolesOutput } from './sweep/contract.ts';
import { digestWithoutVersions } from './sweep/role-digest.ts';

/** A role with full policies is 20 kB and more: so many at a time are some megabytes at worst. */
const PAGE = 250;

export const handler = entry(ListRolesInput, async ({ account, next }, { functionArn }): Promise<ListRolesOutput> => {
  if (accountOf(functionArn) !== account) {
    throw new Failure('InputMalformed', `account ${account} is not that of ${functionArn}: ask its own spoke`);
  }
  const page = await roleDetails({ limit: PAGE, ...(next !== undefined && { next }) });
  const policies = Object.entries(page.policies).map(([arn, text]) => [arn, policyDigest(text)]);
  return {
    roles: page.roles.map(listedRole),
    policies: Object.fromEntries(policies),
    ...(page.next !== undefined && { next: page.next }),
  };
});

const listedRole = ({ arn, id, trust, tags, boundaryArn, managedPolicyArns, inline }: AccountRole): ListedRole => {
  const boundary = boundaryArn === undefined ? {} : { boundary: boundaryArn };
  const seen = { roleArn: arn, present: true as const, trust, tags, managedPolicyArns, inline, ...boundary };
  return { roleArn: arn, digest: digestWithoutVersions(facetsOfRole({ seen, roleId: id }).facets) };
};
