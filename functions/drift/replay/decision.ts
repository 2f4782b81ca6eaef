/** What is kept of a decision about an object, so that it can be made again by later code and another configuration. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../../association.ts';
import type { Config } from '../../config.ts';
import { Exception } from '../../drift-settings.ts';
import { DriftFinding, type DriftPlan, Facet, ObjectRef, DriftPlan as Plan, Snapshot } from '../contract.ts';
import type { OurRoles } from '../detect/index.ts';
import { ObjectState } from '../kept.ts';
import type { Known, Surroundings } from '../reconcile/index.ts';
import { digestOfDesired, digestOfFacets } from '../remedy/index.ts';
import { Means, meansOf } from './means.ts';
import { RULES_VERSION } from './rules-version.ts';

export const Decision = z.strictObject({
  /** Of the look that made it; the execution's name where it wrote. */
  id: z.string().min(1),
  at: Instant,
  ref: ObjectRef,
  /** Of the changes that it was made on; none where a sweep or the clock led to it. */
  eventIds: z.array(z.string()),
  configDigest: z.string(),
  rulesVersion: z.string(),
  /** Ids of the exceptions under which a finding stood. */
  exceptions: z.array(z.string()),
  counters: z.strictObject({ identities: z.int() }),
  /** Executions in flight. */
  executions: z.array(z.string()),
  grantVersions: z.array(z.strictObject({ grantId: z.string(), version: z.int() })),
  actualDigest: z.string(),
  desiredDigest: z.string(),
  findings: z.array(DriftFinding.pick({ reason: true, subject: true, severity: true })),
  plan: Plan,
  wrote: z.array(Facet),
});
export type Decision = z.infer<typeof Decision>;

const { actual, ...rest } = Snapshot.omit({ now: true }).shape;

/** What a decision was made from, without its instant: an object that is looked at again unchanged has the same text. */
export const World = z.strictObject({
  snapshot: z.strictObject({ ...rest, actual: actual.omit({ readAt: true }) }),
  known: z.strictObject({ changing: ObjectState.shape.changing, fights: ObjectState.shape.fights }),
  us: z.string(),
  concerned: z.array(
    z.strictObject({
      account: z.string(),
      region: z.string(),
      cluster: z.string(),
      namespace: z.string().optional(),
    }),
  ),
  killSwitch: z.boolean(),
  tripped: z.string().optional(),
  /** What a version that was not decided yet wanted as it was, with the sentence that says which. */
  adopted: z.record(Facet, z.string()).optional(),
  /** Absent in decisions of before it was kept. */
  means: Means.optional(),
  /** A grant has made it, or takes it for its own: what else may be written to, the configuration says. */
  made: z.boolean(),
  /** Those that people had recorded and under which a finding stood. */
  exceptions: z.array(Exception),
  ours: z.array(z.string()),
});
export type World = z.infer<typeof World>;

/** One look at an object, as the look had it. */
export type Look = {
  readonly id: string;
  /** Of the changes that led to it. */
  readonly eventIds: readonly string[];
  readonly snapshot: Snapshot;
  /** As it was handed to the pass: before it. */
  readonly known: Known;
  readonly surroundings: Surroundings;
  readonly ours: OurRoles;
  readonly config: Config;
  readonly findings: readonly DriftFinding[];
  /** As the rules made it. */
  readonly ruled: DriftPlan;
  /** With what there were means for. */
  readonly plan: DriftPlan;
  /** Those on the object: `grants` of what was gathered. */
  readonly grantVersions: readonly {
    readonly grantId: string;
    readonly version: number;
    readonly role?: { readonly managed: boolean };
  }[];
  /** How many identities the breaker has counted with it. */
  readonly identities: number;
  readonly wrote: readonly Facet[];
};

/**
 * The row and the text of what it was made from, for `store.decisions(Decision).keep`.
 * @example const { decision, world } = decisionOf({ id: execution, snapshot, … }); await store.decisions(Decision).keep(decision, world);
 */
export const decisionOf = (look: Look): { decision: Decision; world: string } => {
  const { snapshot, plan, findings, config, surroundings } = look;
  const { rules } = surroundings;
  const exceptions = uniqueExceptions(
    findings.flatMap((finding) => rules.exceptionFor(finding, Date.parse(snapshot.now)) ?? []),
  );
  const configured = new Set(rules.settings.exceptions.map(({ id }) => id));
  const decision: Decision = {
    id: look.id,
    at: snapshot.now,
    ref: snapshot.ref,
    eventIds: [...new Set(look.eventIds)],
    configDigest: digestOfConfig(config),
    rulesVersion: RULES_VERSION,
    exceptions: exceptions.map(({ id }) => id),
    counters: { identities: look.identities },
    executions: [
      ...new Set(snapshot.intents.flatMap(({ execution, closedAt }) => (closedAt === undefined ? [execution] : []))),
    ],
    grantVersions: look.grantVersions.map(({ grantId, version }) => ({ grantId, version })),
    actualDigest: digestOfFacets(snapshot.actual.facets),
    desiredDigest: digestOfDesired(snapshot.desired),
    findings: findings.map(({ reason, subject, severity }) => ({ reason, subject, severity })),
    plan,
    wrote: [...look.wrote],
  };
  const world = worldText(
    look,
    exceptions.filter(({ id }) => !configured.has(id)),
  );
  return { decision, world };
};

/** SHA-256 of what the configuration says, in hexadecimal, whatever the order of its keys. */
export const digestOfConfig = (config: Config): string =>
  createHash('sha256')
    .update(JSON.stringify(ordered(config)))
    .digest('hex');

const worldText = (
  { snapshot, known, surroundings, ours, grantVersions, ruled, plan }: Look,
  exceptions: readonly Exception[],
): string => {
  const { now: _now, actual, ...seen } = snapshot;
  const { readAt: _readAt, ...read } = actual;
  const { us, concerned, killSwitch, tripped, adopted } = surroundings;
  const { changing, fights } = known;
  return JSON.stringify(
    ordered({
      snapshot: { ...seen, actual: read },
      known: { changing, fights },
      us,
      // Those who are concerned may be told with more, such as their service account.
      concerned: concerned.map(({ account, region, cluster, namespace }) => ({ account, region, cluster, namespace })),
      killSwitch,
      tripped,
      ...(adopted && { adopted: Object.fromEntries(adopted) }),
      means: meansOf(ruled, plan),
      made: grantVersions.some(({ role }) => role?.managed === true),
      exceptions,
      ours: [...ours].sort(),
    }),
  );
};

const uniqueExceptions = (exceptions: readonly Exception[]): readonly Exception[] =>
  [...new Map(exceptions.map((exception) => [exception.id, exception])).values()].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  );
};
