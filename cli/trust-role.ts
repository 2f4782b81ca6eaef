/** Which role a policy is of, as far as the command line or the policy itself says it. */
import type { Command } from 'commander';
import { parseArn, partitionOf } from '../functions/partition.ts';
import type { PolicyDocument } from '../functions/policy/index.ts';
import { placesIn } from '../functions/trust/asks/index.ts';
import { accountFrom, contextFrom, contextOf, each } from './identities.ts';
import { Told } from './told.ts';

export type RoleOptions = {
  account?: string;
  context?: ReadonlyArray<readonly [string, string]>;
  org?: string;
};

/** `--account`, `--org` and `--context`, the same on every command that asks who gets a role. */
export const withRoleOptions = (command: Command): Command =>
  command
    .option('--account <id>', "the role's account; by default that of the policy's ARNs", accountFrom)
    .option('--org <id>', 'the organization that the account is in: o-…')
    .option('--context <key=value>', 'the value of a further condition key; again for more', each(contextFrom));

export type NamedRole = {
  readonly account: string;
  readonly partition: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
};

/** An account that nobody has, for policies that treat all accounts alike. */
const ANY_ACCOUNT = '000000000000';

/**
 * The role by the options, by what else is known of its place, or by its policies.
 * @throws Told when they disagree
 */
export const namedRole = (
  { account, context, org }: RoleOptions,
  policies: readonly PolicyDocument[],
  known: readonly { readonly account: string; readonly partition?: string }[] = [],
): NamedRole => {
  const found = [...known, ...(known.length > 0 ? [] : policies.flatMap(placesIn))];
  const accounts = [...new Set(found.map((place) => place.account))];
  const [only = ANY_ACCOUNT] = accounts;
  if (account === undefined && accounts.length > 1) {
    throw new Told(`Which account is the role in? The policy names ${accounts.join(', ')}: say --account ${only}`);
  }
  const partition = found.find((place) => place.partition !== undefined)?.partition ?? partitionOf('').name;
  return { account: account ?? only, partition, context: { ...organization(org), ...contextOf(context) } };
};

/** The role of an ARN. @throws Told when it is none */
export const roleOfArn = (
  text: string,
): { readonly account: string; readonly partition: string; readonly name: string } => {
  const arn = parseArn(text);
  const name = /^role\/(?:.*\/)?([^/]+)$/.exec(arn?.resource ?? '')?.[1];
  if (arn?.service !== 'iam' || name === undefined) throw new Told(`${text} is not the ARN of a role.`);
  return { account: arn.account, partition: arn.partition, name };
};

/** Whoever asks for the role with Pod Identity is of the role's account, and so of its organization. */
const organization = (org: string | undefined): Readonly<Record<string, string>> =>
  org === undefined ? {} : { 'aws:SourceOrgID': org, 'aws:ResourceOrgID': org };
