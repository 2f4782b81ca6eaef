/** A decision made again: the same world, today's code, another configuration. Pure. */
import type { Config } from '../../config.ts';
import { clusterArn } from '../../identity.ts';
import type { Action, DriftFinding, DriftMode, DriftPlan, Hold, Snapshot } from '../contract.ts';
import { detect } from '../detect/index.ts';
import { kindOf } from '../facets/index.ts';
import { boundsOf, cappedRules } from '../gathering/bounds.ts';
import { fightsOf } from '../kept-fights.ts';
import { pass } from '../reconcile/index.ts';
import { type Rules, rulesOf } from '../remedy/index.ts';
import { trippedFinding } from '../tripped.ts';
import type { Decision, World } from './decision.ts';
import { withMeansOf } from './means.ts';

/** What decisions are made by now. */
export type Today = {
  readonly config: Config;
  /** Clusters by ARN whose baseline is not accepted: nothing in them is mended. */
  readonly unaccepted: ReadonlySet<string>;
  /** Grants in force that other guardrails would refuse, with the reason. */
  readonly refused?: ReadonlyMap<string, string>;
  /** In every cluster, whatever the configuration says and whatever is accepted. */
  readonly mode?: DriftMode;
};

export type Redone = {
  readonly findings: readonly DriftFinding[];
  readonly plan: DriftPlan;
  /** What is decided otherwise than it was, a sentence each. */
  readonly differences: readonly string[];
};

/** The instant is the decision's: windows, ends of exceptions and the settling are judged by it. */
export const redo = (decision: Decision, world: World, today: Today): Redone => {
  const { at } = decision;
  const { snapshot, known, us, concerned, killSwitch, tripped, adopted, means, made } = world;
  const again: Snapshot = { ...snapshot, now: at, actual: { ...snapshot.actual, readAt: at } };
  const ours = new Set(world.ours);
  const denied = snapshot.desired.wanted.some(({ facet, value }) => kindOf(facet) === 'deny' && value !== null);
  const { notOurs, deniesOnly } = boundsOf(today.config, decision.ref, { made, denied });
  const { findings, plan: ruled } = pass(
    again,
    (each) => [...detect(each, ours), ...trippedFinding(decision.ref, tripped)],
    { fights: fightsOf(known.fights), ...(known.changing && { changing: known.changing }) },
    {
      rules: cappedRules(rulesToday(today, world), { accepted: isAccepted(today, world), deniesOnly }),
      concerned: concerned.map(({ namespace, ...cluster }) => ({ ...cluster, ...(namespace && { namespace }) })),
      killSwitch,
      us,
      ...(tripped !== undefined && { tripped }),
      ...(adopted && { adopted: new Map(Object.entries(adopted)) }),
      ...(notOurs !== undefined && { notOurs }),
    },
  );
  const plan = means === undefined ? ruled : withMeansOf(ruled, means);
  const differences = [
    ...refusals(decision, today),
    ...otherFindings(decision, findings),
    ...otherPlan(decision.plan, plan),
  ];
  return { findings, plan, differences };
};

/** With the exceptions that people had recorded then: whether one still stands is no question of code or configuration. */
const rulesToday = ({ config, mode }: Today, { exceptions }: World): Rules =>
  rulesOf(mode === undefined ? config : inMode(config, mode), exceptions);

const isAccepted = ({ unaccepted, mode }: Today, { concerned }: World): boolean =>
  mode !== undefined || !concerned.some((each) => unaccepted.has(clusterArn(each)));

const inMode = (config: Config, mode: DriftMode): Pick<Config, 'spokes' | 'drift'> => {
  const drift = rulesOf(config).settings;
  const spokes = config.spokes.map((spoke) => ({
    ...spoke,
    clusters: spoke.clusters.map((cluster) => ({ ...cluster, mode: mode === 'remediate' ? mode : cluster.mode })),
  }));
  const everywhere = { account: '*', region: '*', cluster: '*', namespace: '*', reason: '*', mode };
  return { spokes, drift: { ...drift, modes: [everywhere] } };
};

/** Guardrails decide about grants, and drift is judged by those in force: what they refuse is still wanted until somebody revokes it. */
const refusals = ({ grantVersions }: Decision, { refused }: Today): string[] =>
  grantVersions.flatMap(({ grantId }) => {
    const because = refused?.get(grantId);
    return because === undefined
      ? []
      : [
          `The grant ${grantId}, which wants something of it, would be refused: ${because}; it stays in force until somebody revokes it.`,
        ];
  });

const otherFindings = ({ findings: then }: Decision, now: readonly DriftFinding[]): string[] => {
  const key = ({ reason, subject }: { reason: string; subject: string }) => JSON.stringify([reason, subject]);
  const [before, after] = [then, now].map((found) => new Map(found.map((each) => [key(each), each] as const)));
  const sentences: string[] = [];
  for (const [id, { reason, subject, severity }] of before ?? []) {
    const found = after?.get(id);
    if (found === undefined) sentences.push(`${reason} of ${subject} was found, and is not any more.`);
    else if (found.severity !== severity)
      sentences.push(`${reason} of ${subject} is now of severity ${found.severity}; it was ${severity}.`);
  }
  for (const [id, { reason, subject, severity }] of after ?? []) {
    if (before?.has(id) !== true) sentences.push(`${reason} of ${subject} is found now, of severity ${severity}.`);
  }
  return sentences;
};

const otherPlan = (then: DriftPlan, now: DriftPlan): string[] => {
  const [before, after] = [dealings(then), dealings(now)];
  const facets = [...new Set([...before.keys(), ...after.keys()])].sort();
  return facets.flatMap((facet) => {
    const [was, is] = [before.get(facet) ?? NOTHING, after.get(facet) ?? NOTHING];
    return was.what === is.what ? [] : [`${facet}: now ${is.told}; it was ${was.told}.`];
  });
};

type Dealing = { readonly what: string; readonly told: string };

const NOTHING: Dealing = { what: '', told: 'nothing done about it' };

/** What is done about each facet, or why not. A facet that is held for two reasons has both. */
const dealings = ({ actions, holds }: DriftPlan): ReadonlyMap<string, Dealing> => {
  const all = new Map<string, Dealing>();
  const add = (facet: string, what: string, told: string): void => {
    const before = all.get(facet);
    const both =
      before === undefined ? { what, told } : { what: `${before.what} ${what}`, told: `${before.told}, ${told}` };
    all.set(facet, both);
  };
  for (const action of actions) add(action.facet, JSON.stringify([action.do, action.to]), toldOf(action));
  for (const hold of holds) add(hold.facet, hold.because, heldOf(hold));
  return all;
};

const toldOf = ({ do: deed, to }: Action): string => (to === null ? `${deed} (it goes)` : deed);
const heldOf = ({ because }: Hold): string => `held (${because})`;
