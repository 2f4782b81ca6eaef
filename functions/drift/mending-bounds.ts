/** Which roles drift may write to at all, whatever the hub says: judged again in the spoke, from its own environment. Pure. */
import type * as z from 'zod';
import { refusal, rolesIn } from '../aws/own-roles.ts';
import { GrantSettings } from '../grant-settings.ts';
import { parseArn } from '../partition.ts';
import { unmanaged } from '../runtime/role-bounds.ts';

const Settings = GrantSettings.pick({ rolePath: true, boundaryName: true }).strip();

export type MendingBounds = z.infer<typeof Settings> & {
  readonly account: string;
  readonly partition: string;
  readonly excluded: readonly string[];
  /** Roles that their owners have opted in. */
  readonly managed: readonly string[];
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
  refusal(roleArn, bounds.account, bounds.excluded) ??
  (isOfGrants(roleArn, bounds) ? undefined : unmanaged(roleArn, bounds.managed));

/** Whether a role lies directly under the path under which grants make theirs. */
export const isOfGrants = (roleArn: string, { rolePath }: Pick<MendingBounds, 'rolePath'>): boolean => {
  const { service, resource = '' } = parseArn(roleArn) ?? {};
  return (
    service === 'iam' &&
    resource.startsWith(`role${rolePath}`) &&
    /^[\w+=,.@-]{1,64}$/.test(resource.slice(`role${rolePath}`.length))
  );
};

/** The boundary of every role that a grant makes. */
export const grantsBoundary = ({ partition, account, boundaryName }: MendingBounds): string =>
  `arn:${partition}:iam::${account}:policy/${boundaryName}`;
