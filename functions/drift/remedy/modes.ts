/** What may be done about a difference: the mode of whoever hangs on the object, and of several the least intrusive. Pure. */
import { type Config, configuredCluster } from '../../config.ts';
import { DRIFT_MODES, type DriftMode, type DriftRule } from '../../drift-settings.ts';
import type { ClusterRef } from '../../identity.ts';
import { matcher } from './globs.ts';

/** Somebody whose access hangs on an object; of a cluster's own things nobody's namespace is named. */
export type Concerned = ClusterRef & { readonly namespace?: string };

/** The mode for a reason among those concerned. */
export type ModeOf = (concerned: readonly Concerned[], reason: string) => DriftMode;

/**
 * The first rule that fits counts, or else the cluster's own mode. A cluster that is to be observed, or that the configuration doesn't name, is never written
 * to: there a rule's `remediate` means `notify`. An object that nobody is known to hang on is observed.
 */
export const modesOf = (config: Pick<Config, 'spokes'>, rules: readonly DriftRule[]): ModeOf => {
  const compiled = rules.map(compile);
  const remembered = new Map<string, DriftMode>();
  const one = (who: Concerned, reason: string): DriftMode => {
    const may = configuredCluster(config, who.account, who.region, who.cluster)?.mode ?? 'observe';
    const said = compiled.find((rule) => rule.fits(who, reason))?.mode ?? may;
    return said === 'remediate' && may !== 'remediate' ? 'notify' : said;
  };
  return (concerned, reason) =>
    concerned.length === 0
      ? 'observe'
      : leastIntrusive(
          concerned.map((who) => {
            const key = `${who.account}/${who.region}/${who.cluster}/${who.namespace ?? ''}/${reason}`;
            const known = remembered.get(key);
            if (known !== undefined) return known;
            const mode = one(who, reason);
            // A fleet has fewer namespaces and reasons than this; who makes them up must not fill the memory.
            if (remembered.size < 100_000) remembered.set(key, mode);
            return mode;
          }),
        );
};

/** Of several modes the one that does least. */
export const leastIntrusive = (modes: readonly DriftMode[]): DriftMode =>
  DRIFT_MODES.find((mode) => modes.includes(mode)) ?? 'observe';

const compile = (rule: DriftRule): { fits: (who: Concerned, reason: string) => boolean; mode: DriftMode } => {
  const [account, region, cluster, reasons] = [rule.account, rule.region, rule.cluster, rule.reason].map(matcher);
  // A cluster's own things are in no namespace: only a rule for all of them fits.
  const namespace = matcher(rule.namespace);
  return {
    fits: (who, reason) =>
      account?.(who.account) === true &&
      region?.(who.region) === true &&
      cluster?.(who.cluster) === true &&
      reasons?.(reason) === true &&
      (who.namespace === undefined ? rule.namespace === '*' : namespace(who.namespace)),
    mode: rule.mode,
  };
};
