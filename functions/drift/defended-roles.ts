/** Which roles are podid's to defend: those that grants make, and those that their owners opted in, but for the excluded ones. Pure. */
import { parseArn } from '../partition.ts';
import { outOfBounds, unmanaged } from '../runtime/role-bounds.ts';

export type Defended = {
  readonly excluded: readonly string[];
  /** Roles that their owners have opted in. */
  readonly managed: readonly string[];
  /** Under which grants make theirs. */
  readonly rolePath: string;
};

/** Why this role is not podid's to defend, as a sentence: excluded, AWS's or podid's own, or neither under the grants' path nor opted in. */
export const undefended = (roleArn: string, { excluded, managed, rolePath }: Defended): string | undefined =>
  outOfBounds(roleArn, excluded) ?? (isOfGrants(roleArn, { rolePath }) ? undefined : unmanaged(roleArn, managed));

/** Whether a role lies directly under the path under which grants make theirs. */
export const isOfGrants = (roleArn: string, { rolePath }: Pick<Defended, 'rolePath'>): boolean => {
  const { service, resource = '' } = parseArn(roleArn) ?? {};
  return (
    service === 'iam' &&
    resource.startsWith(`role${rolePath}`) &&
    /^[\w+=,.@-]{1,64}$/.test(resource.slice(`role${rolePath}`.length))
  );
};
