/** A complete listing of an account's roles beside what was last read of them. Pure. */
import type { ListedRole } from './contract.ts';

/** Without `readAt` nobody has read it whole yet; without `digest` it was looked for, and wasn't there. */
export type KnownRole = {
  readonly readAt?: string;
  readonly digest?: string;
  /** Digests of the documents of the managed policies that it bears, by ARN. */
  readonly versions?: Readonly<Record<string, string>>;
};

/** Roles to look at; `since`: when they were last read, and still as they were known. */
export type Differing = { readonly roleArn: string; readonly since?: string };

/** @param listed Those of the account that podid has to do with. @param known As it was read before the first page was asked for. */
export const compareRoles = (
  known: ReadonlyMap<string, KnownRole>,
  listed: readonly ListedRole[],
  policies: ReadonlyMap<string, string>,
): Differing[] => {
  // Pages are no snapshot: one can stand on two of them, and the later one counts.
  const present = new Map(listed.map(({ roleArn, digest }) => [roleArn, digest]));
  const others = [...present].flatMap(([roleArn, digest]): Differing[] => {
    const before = known.get(roleArn);
    const isSame = before?.digest === digest && !hasOtherVersion(before.versions ?? {}, policies);
    return isSame ? [] : [{ roleArn, ...(before?.readAt !== undefined && { since: before.readAt }) }];
  });
  const missing = [...known].flatMap(([roleArn, { digest, readAt }]): Differing[] =>
    digest === undefined || present.has(roleArn) ? [] : [{ roleArn, ...(readAt !== undefined && { since: readAt }) }],
  );
  return [...others, ...missing];
};

/** A policy that isn't listed was deleted, and then detached before: the role itself tells that. */
const hasOtherVersion = (versions: Readonly<Record<string, string>>, policies: ReadonlyMap<string, string>): boolean =>
  Object.entries(versions).some(([arn, digest]) => policies.has(arn) && policies.get(arn) !== digest);
