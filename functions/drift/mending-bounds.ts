/** Which roles drift may write to at all, whatever the hub says: judged again in the spoke, from its own environment. Pure. */
import type * as z from 'zod';
import { refusal, rolesIn } from '../aws/own-roles.ts';
import { GrantSettings } from '../grant-settings.ts';
import { parseArn } from '../partition.ts';
import { type Defended, undefended } from './defended-roles.ts';

const Settings = GrantSettings.pick({ rolePath: true, boundaryName: true }).strip();

export type MendingBounds = z.infer<typeof Settings> &
  Defended & {
    readonly account: string;
    readonly partition: string;
  };

/** @throws SyntaxError or ZodError when a variable can't be read: then nothing may be written */
export const boundsFrom = (
  environment: Readonly<Record<string, string | undefined>>,
  functionArn: string,
): MendingBounds => {
  const { account = '', partition = '' } = parseArn(functionArn) ?? {};
  return {
    account,
    partition,
    excluded: rolesIn(environment.PODID_EXCLUDED_ROLES),
    managed: rolesIn(environment.PODID_MANAGED_ROLES),
    ...Settings.parse(JSON.parse(environment.PODID_GRANTS ?? 'null')),
  };
};

/** Why this role may not be written to, as a sentence: excluded, somebody else's, or neither under the grants' path nor opted in. */
export const refusedRole = (roleArn: string, bounds: MendingBounds): string | undefined =>
  refusal(roleArn, bounds.account, bounds.excluded) ?? undefended(roleArn, bounds);

/** The boundary of every role that a grant makes. */
export const grantsBoundary = ({ partition, account, boundaryName }: MendingBounds): string =>
  `arn:${partition}:iam::${account}:policy/${boundaryName}`;
