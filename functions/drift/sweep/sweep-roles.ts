/** The sweep of an account's roles: all of them listed, and those that podid has to do with compared with what was last read of them. */
import type { Config } from '../../config.ts';
import { parseArn, partitionOf } from '../../partition.ts';
import { inBatches } from '../../runtime/batches.ts';
import { unmanaged } from '../../runtime/role-bounds.ts';
import type { ObjectState } from '../kept.ts';
import { asked, HINTS_AT_ONCE, type Sweeping } from './asking.ts';
import { compareRoles, type KnownRole } from './compare-roles.ts';
import { type AccountToSweep, type ListedRole, ListRolesOutput, type SweepRef } from './contract.ts';
import { digestWithoutVersions, versionsOf } from './role-digest.ts';

export type SweptRoles = { readonly listed: number; readonly lookedAfter: number; readonly hinted: number };

/** Safe to repeat; a listing that isn't whole has nobody missing from it. */
export const sweepRoles = async (
  around: Sweeping,
  sweep: SweepRef,
  { account, region }: Pick<AccountToSweep, 'account' | 'region'>,
): Promise<SweptRoles> => {
  const { store, config, hint, now } = around;
  // Before the listing: who comes while it runs is not missing from it.
  const known = await knownRoles(around, account);
  const { roles, policies } = await listRoles(around, { account, region });
  const ours = await inBatches(roles, HINTS_AT_ONCE, async (role) =>
    known.has(role.roleArn) || (await isLookedAfter(around, role.roleArn)) ? [role] : [],
  );
  const listed = ours.flat();
  await inBatches(listed, HINTS_AT_ONCE, ({ roleArn }) => store.roles.keep(roleArn));
  const differing = compareRoles(known, listed, policies);
  await inBatches(differing, HINTS_AT_ONCE, ({ roleArn }) => hint({ object: 'role', roleArn }));
  const silent = await inBatches(differing, HINTS_AT_ONCE, (one) => isSilent(around, one));
  const counts = { listed: roles.length, lookedAfter: listed.length, hinted: differing.length };
  await store.sweeps.keepPart(sweep.id, {
    part: 'roles',
    account,
    // Where IAM's events come from.
    region: partitionOf(config.hub.region).iamRegion,
    ...counts,
    silent: silent.filter(Boolean).length,
    at: now().toISOString(),
  });
  return counts;
};

const listRoles = async (around: Sweeping, place: { readonly account: string; readonly region: string }) => {
  const roles: ListedRole[] = [];
  const policies = new Map<string, string>();
  let next: string | undefined;
  do {
    const input = { account: place.account, ...(next !== undefined && { next }) };
    const page = await asked(around, ListRolesOutput, 'list-roles', place, input);
    roles.push(...page.roles);
    for (const [arn, digest] of Object.entries(page.policies)) policies.set(arn, digest);
    next = page.next;
  } while (next !== undefined);
  return { roles, policies };
};

/** Digests alone: the documents of an account's roles are tens of megabytes. */
const knownRoles = async ({ objects }: Sweeping, account: string): Promise<Map<string, KnownRole>> => {
  const known = new Map<string, KnownRole>();
  let cursor: string | undefined;
  do {
    const page = await objects.list('role', account, cursor === undefined ? {} : { cursor });
    for (const state of page.states) {
      if (state.ref.object === 'role') known.set(state.ref.roleArn, knownFrom(state));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return known;
};

const knownFrom = ({ facets, readAt }: ObjectState): KnownRole => {
  if (facets === undefined || readAt === undefined) return {};
  if (facets.exists === undefined) return { readAt };
  return { readAt, digest: digestWithoutVersions(facets), versions: versionsOf(facets) };
};

/** Roles that nobody has looked at yet, and that podid has to do with. */
const isLookedAfter = async ({ store, config }: Sweeping, roleArn: string): Promise<boolean> => {
  if (isNamed(config, roleArn)) return true;
  const [users, denies] = await Promise.all([store.associations.ofRole(roleArn), store.denies.onRole(roleArn)]);
  return users.length > 0 || denies.some(({ status }) => status === 'in-force');
};

/** By a pattern of the configuration, or by the path under which grants make roles. */
const isNamed = ({ spokes, grants }: Config, roleArn: string): boolean => {
  const { account, resource = '' } = parseArn(roleArn) ?? {};
  const spoke = spokes.find((one) => one.account === account);
  return resource.startsWith(`role${grants.rolePath}`) || unmanaged(roleArn, spoke?.managedRoles ?? []) === undefined;
};

/** An event can be that much older than the read that missed it: IAM shows its writes late. */
const LATE_MILLIS = 60_000;

/** Looked at last: an event takes seconds. At the first look at a role nothing is lost. */
const isSilent = async (
  { objects }: Sweeping,
  { roleArn, since }: { readonly roleArn: string; readonly since?: string },
): Promise<boolean> => {
  if (since === undefined) return false;
  const { changes } = await objects.read(roleArn);
  return !changes.some(({ via, at }) => via === 'event' && Date.parse(at) >= Date.parse(since) - LATE_MILLIS);
};
