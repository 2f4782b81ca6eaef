/** Whether functions of ours may write to an object, by the configuration and by who made it. Pure. */
import { type Config, configuredCluster } from '../../config.ts';
import { parseArn } from '../../partition.ts';
import { outOfBounds, unmanaged } from '../../runtime/role-bounds.ts';
import type { ObjectRef } from '../contract.ts';
import { leastIntrusive, type Rules } from '../remedy/index.ts';

export type Bounds = {
  /** Why nothing of it may be written, as a sentence. */
  readonly notOurs?: string;
  /** Nothing but session denies: these hold for every role that nobody excluded. */
  readonly deniesOnly: boolean;
};

/** @param made A grant has made it, or takes it for its own. @param denied It bears session denies of ours. */
export const boundsOf = (
  config: Pick<Config, 'spokes'>,
  ref: ObjectRef,
  { made, denied }: { readonly made: boolean; readonly denied: boolean },
): Bounds => {
  if (ref.object !== 'role') return { deniesOnly: false };
  const spoke = spokeOf(config, ref.roleArn);
  const excluded = outOfBounds(ref.roleArn, spoke?.excludedRoles ?? []);
  const foreign = made ? undefined : unmanaged(ref.roleArn, spoke?.managedRoles ?? []);
  if (excluded === undefined && foreign !== undefined && denied) return { deniesOnly: true };
  const why = excluded ?? foreign;
  return { deniesOnly: false, ...(why !== undefined && { notOurs: `Nothing may be written: ${why}.` }) };
};

/** Whether the configuration itself puts the object under podid's eyes. */
export const isUnderManagement = (config: Pick<Config, 'spokes'>, ref: ObjectRef): boolean => {
  if (ref.object === 'association') return true;
  if (ref.object === 'role')
    return unmanaged(ref.roleArn, spokeOf(config, ref.roleArn)?.managedRoles ?? []) === undefined;
  const { account, region, cluster } = ref.cluster;
  return configuredCluster(config, account, region, cluster) !== undefined;
};

/** Nothing is written for reasons other than these. */
const OF_DENIES: ReadonlySet<string> = new Set(['SessionDenyRemoved', 'SessionDenyChanged']);

/** Where a cluster's baseline is not accepted, people are told and nothing is written; nor where only denies are ours to write. */
export const cappedRules = (
  rules: Rules,
  { accepted, deniesOnly }: { readonly accepted: boolean } & Pick<Bounds, 'deniesOnly'>,
): Rules => {
  if (accepted && !deniesOnly) return rules;
  return {
    ...rules,
    modeOf: (concerned, reason) => {
      const mode = rules.modeOf(concerned, reason);
      return accepted && OF_DENIES.has(reason) ? mode : leastIntrusive([mode, 'notify']);
    },
  };
};

const spokeOf = ({ spokes }: Pick<Config, 'spokes'>, roleArn: string) =>
  spokes.find(({ account }) => account === parseArn(roleArn)?.account);
