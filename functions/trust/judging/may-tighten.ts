/** Which findings a tightening mends, and everything that must hold before one is written. Pure. */
import { type Config, configuredCluster } from '../../config.ts';
import type { Finding } from '../../finding.ts';
import { type ClusterRef, clusterArn, showIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { KillSwitch } from '../../store/brakes.ts';
import type { SweptRow } from '../../store/clusters.ts';
import type { FindingRow } from '../../store/finding-row.ts';
import { MOST_IDENTITIES, type RoleToJudge } from '../contract.ts';
import type { RoleUse } from '../findings/facts.ts';
import { notManaged } from '../managed.ts';
import type { Look } from './contract.ts';
import { isForeignWrite } from './past.ts';

/** More tightenings than this in one execution mend nothing. */
export const MOST_ROUNDS = 4;

/** What led to a resolution that our own write brought. */
export const TIGHTENED = 'TrustTightened';

export type TightenFacts = {
  readonly config: Config;
  readonly roleArn: string;
  readonly uses: readonly RoleUse[];
  /** The last complete listing of each of the account's clusters, by ARN. */
  readonly swept: ReadonlyMap<string, SweptRow>;
  readonly killSwitch: KillSwitch | undefined;
  readonly cause: RoleToJudge['cause'];
  readonly look: Look;
  /** The role's findings as they stood before this judgement. */
  readonly rows: readonly FindingRow[];
  readonly now: Date;
};

/** Whether narrowing the trust to the associations mends it. What only may be wrong is for a person to judge. */
export const isTooBroad = ({ reason, severity }: Pick<Finding, 'reason' | 'severity'>): boolean =>
  TOO_BROAD.has(reason) && severity !== 'info';

const TOO_BROAD: ReadonlySet<string> = new Set([
  'TrustTooBroad',
  'AnyAssociationInAccount',
  'AnyCluster',
  'WildcardNamespace',
  'WildcardServiceAccount',
  'ClusterByNameAlone',
]);

/** The uses of the role as an association's own role: what a tightening admits. As a target it is reached by another principal, which stays as it is. */
export const sourceUses = (uses: readonly RoleUse[]): RoleUse[] =>
  uses.filter(({ sourceRoleArn }) => sourceRoleArn === undefined);

/** Why the role's trust is not narrowed now, as a sentence; undefined when it may be. The first reason counts: nobody can talk past an earlier one. */
export const whyNotTighten = (facts: TightenFacts): string | undefined => {
  for (const check of CHECKS) {
    const because = check(facts);
    if (because !== undefined) return `${because}.`;
  }
  return undefined;
};

type Check = (facts: TightenFacts) => string | undefined;

const killed: Check = ({ killSwitch }) =>
  killSwitch?.on === true
    ? `The kill switch is on since ${killSwitch.at}, set by ${killSwitch.by}: ${killSwitch.why.replace(/\.$/, '')}`
    : undefined;

const outOfBounds: Check = ({ config, roleArn }) => capital(notManaged(config, roleArn));

const alreadyTried: Check = ({ look }) => {
  if (look.held !== null) return look.held.replace(/\.$/, '');
  return look.rounds >= MOST_ROUNDS
    ? `It was narrowed ${look.rounds} times in one execution and is too broad still`
    : undefined;
};

const nobodyLeft: Check = ({ uses }) =>
  sourceUses(uses).length === 0
    ? 'No association has it as its role, so that nothing of its Pod Identity statements would be left: take them out, or delete the role'
    : undefined;

const tooMany: Check = ({ uses }) => {
  const identities = sourceUses(uses).map(({ identity }) => identity);
  return identities.length > MOST_IDENTITIES || JSON.stringify(identities).length > MOST_CHARACTERS
    ? `${identities.length} service accounts are associated with it: more than fit into one policy`
    : undefined;
};

/** A state of the machine holds 256 KiB, and these stand in it twice; a trust policy has at most 8,192 characters. */
const MOST_CHARACTERS = 100_000;

const untagged: Check = ({ uses }) => {
  const without = sourceUses(uses).find(({ tagsDisabled }) => tagsDisabled);
  return without === undefined
    ? undefined
    : `${showIdentity(without.identity)} is associated with session tags disabled, by which alone a trust policy could tell it from others`;
};

/** The least intrusive mode of all clusters concerned wins. */
const observed: Check = ({ config, uses }) => {
  for (const { identity } of sourceUses(uses)) {
    const { account, region, cluster } = identity;
    const configured = configuredCluster(config, account, region, cluster);
    if (configured === undefined)
      return `${showCluster(identity)} has associations with it and is not in podid.config.yaml`;
    if (configured.mode !== 'remediate')
      return `${showCluster(identity)} has associations with it and is in mode ${configured.mode}`;
  }
  return undefined;
};

/** An association that no event told, and no listing either, would be cut off. */
const unlisted: Check = ({ config, roleArn, swept, now }) => {
  const oldest = now.getTime() - 2 * config.sweepHours * 3_600_000;
  const unseen = clustersOf(config, roleArn).find((cluster) => {
    const row = swept.get(clusterArn(cluster));
    return row === undefined || Date.parse(row.startedAt) < oldest;
  });
  return unseen === undefined
    ? undefined
    : `${showCluster(unseen)} was not listed completely within ${2 * config.sweepHours} h, so that an association that we don't know could be cut off: see the executions of podid-sweep`;
};

/**
 * An association is often deleted to be made again, by Terraform or by an add-on's update; a trust that was narrowed in between would shut
 * it out, and we never widen one. So only who writes a trust policy is answered with another, and who asks for it, or the sweep: they have no actor.
 */
const otherwiseCaused: Check = ({ cause }) =>
  isForeignWrite(cause) || cause.actor === undefined
    ? undefined
    : `It is narrowed when somebody has written its trust policy, which ${cause.kind} did not; by hand: podid trust tighten`;

/** When somebody else's tool writes it back again and again, we stop and say so. */
const fought: Check = ({ rows, now }) => {
  const since = new Date(now.getTime() - 24 * 3_600_000).toISOString();
  const lost = rows.filter(isTooBroad).map((row) => {
    const mended = row.earlier.filter(
      ({ resolvedBy, resolvedAt }) => resolvedBy.kind === TIGHTENED && resolvedAt > since,
    );
    return { mended, by: row.openedBy.actor };
  });
  const worst = lost.find(({ mended }) => mended.length >= MOST_FIGHTS);
  if (worst === undefined) return undefined;
  const who = worst.by?.arn ?? worst.by?.invokedBy ?? 'somebody';
  return `podid has narrowed it ${worst.mended.length} times within a day and each time it was widened again, last by ${who}: change it where they have it from`;
};

const MOST_FIGHTS = 3;

const CHECKS: readonly Check[] = [
  killed,
  outOfBounds,
  nobodyLeft,
  tooMany,
  untagged,
  observed,
  unlisted,
  otherwiseCaused,
  fought,
  alreadyTried,
];

/** The configured clusters of a role's account. */
export const clustersOf = (config: Config, roleArn: string): ClusterRef[] => {
  const account = parseArn(roleArn)?.account;
  const spoke = config.spokes.find((each) => each.account === account);
  return (spoke?.clusters ?? []).map(({ name, region }) => ({ account: spoke?.account ?? '', region, cluster: name }));
};

const showCluster = ({ account, region, cluster }: ClusterRef): string => `Cluster ${cluster} (${account}, ${region})`;

const capital = (text: string | undefined): string | undefined =>
  text && `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
