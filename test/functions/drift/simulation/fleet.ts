/** A random fleet: roles with facets, who shares them, what is wanted of them; and the world's memory of them, which can show the past. */
import { Config } from '../../../../functions/config.ts';
import type {
  Desired,
  DriftFinding,
  Facets,
  OpenIntent,
  SeenChange,
  Snapshot,
} from '../../../../functions/drift/contract.ts';
import type { Breaker, Known, Marker } from '../../../../functions/drift/reconcile/index.ts';
import { UNTOUCHED } from '../../../../functions/drift/reconcile/index.ts';
import { type Rules, rulesOf } from '../../../../functions/drift/remedy/index.ts';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import type { Chance } from './chance.ts';

/** Reads show the world as it was up to so many milliseconds ago. */
export const STALE = 10_000;
export const SETTLE_SECONDS = 15;
export const INTENT_SECONDS = 60;
export const FIGHT_CHANGES = 3;
export const FACETS = ['trust', 'inline:access', 'boundary'] as const;

const ACCOUNT = '222222222222';
const REGION = 'eu-west-1';

/** An intent, and what became of it. */
export type Intent = OpenIntent & { written?: boolean; crashed?: boolean };

export type Role = {
  readonly ref: { readonly object: 'role'; readonly roleArn: string };
  readonly concerned: readonly WorkloadIdentity[];
  /** Oldest first: what it was from when on. */
  readonly past: { at: number; facets: Facets }[];
  desired: Desired;
  readonly intents: Intent[];
  readonly changes: SeenChange[];
  readonly excepted: ReadonlySet<string>;
  readonly conflicting: ReadonlySet<string>;
  known: Known;
  marker: Marker | undefined;
  lease: { holder: string; until: number } | undefined;
  lastWritten: number;
  open: readonly DriftFinding[];
  timer: number | undefined;
  /** By facet. */
  readonly writes: Map<string, number>;
  readonly foreign: Map<string, number>;
  readonly wished: Map<string, number>;
  /** Writes of grants' machines that died after them: nobody wants what they wrote. */
  readonly crashed: Map<string, number>;
};

export type Fleet = {
  readonly rules: Rules;
  readonly config: Config;
  readonly roles: readonly Role[];
  readonly breakers: Map<string, Breaker>;
  /** The cluster's names of those that are only observed. */
  readonly observed: ReadonlySet<string>;
};

export const randomFleet = (chance: Chance, breakerLimit: number): Fleet => {
  const clusters = ['one', 'two'].map((name) => ({ name, mode: chance.happens(0.2) ? 'observe' : 'remediate' }));
  const roles = Array.from({ length: 2 + chance.below(4) }, (_, index) =>
    randomRole(
      chance,
      index,
      clusters.map(({ name }) => name),
    ),
  );
  const exceptions = roles.flatMap((role) =>
    [...role.excepted].map((facet) => ({
      id: 'e',
      owner: 'o',
      why: 'w',
      until: '2099-01-01T00:00:00Z',
      object: role.ref.roleArn,
      facet,
    })),
  );
  const config = Config.parse({
    hub: { account: ACCOUNT, region: REGION },
    spokes: [{ name: 'payments', account: ACCOUNT, clusters: clusters.map((each) => ({ ...each, region: REGION })) }],
    breaker: { identities: breakerLimit, percent: 100 },
    drift: {
      settleSeconds: SETTLE_SECONDS,
      intentSeconds: INTENT_SECONDS,
      fights: { changes: FIGHT_CHANGES },
      exceptions,
    },
  });
  return {
    rules: rulesOf(config),
    config,
    roles,
    breakers: new Map(clusters.map(({ name }) => [name, UNTOUCHED])),
    observed: new Set(clusters.flatMap(({ name, mode }) => (mode === 'observe' ? [name] : []))),
  };
};

const randomRole = (chance: Chance, index: number, clusters: readonly string[]): Role => {
  const some = (share: number): ReadonlySet<string> => new Set(FACETS.filter(() => chance.happens(share)));
  const conflicting = some(0.04);
  const wanted = FACETS.filter((facet) => !conflicting.has(facet)).map((facet) => wantedAs(facet, 'v0', 1));
  const facets: Facets = { exists: 'AROA', ...Object.fromEntries(FACETS.map((facet) => [facet, 'v0'])) };
  return {
    ref: { object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/role-${index}` },
    concerned: Array.from({ length: 1 + chance.below(3) }, (_, at) => ({
      account: ACCOUNT,
      region: REGION,
      cluster: chance.one(clusters),
      namespace: 'shop',
      serviceAccount: `sa-${index}-${at}`,
    })),
    past: [{ at: Number.NEGATIVE_INFINITY, facets }],
    desired: {
      wanted,
      closed: [],
      conflicts: [...conflicting].map((facet) => ({
        facet,
        values: [wantedAs(facet, 'a', 1), wantedAs(facet, 'b', 1)],
      })),
    },
    intents: [],
    changes: [],
    excepted: some(0.06),
    conflicting,
    known: { fights: {} },
    marker: undefined,
    lease: undefined,
    lastWritten: Number.NEGATIVE_INFINITY,
    open: [],
    timer: undefined,
    writes: new Map(),
    foreign: new Map(),
    wished: new Map(),
    crashed: new Map(),
  };
};

export const wantedAs = (facet: string, value: string | null, version: number): Desired['wanted'][number] => ({
  facet,
  value,
  by: [{ kind: 'grant', id: `g-${value}`, version }],
});

export const present = (role: Role): Facets => role.past.at(-1)?.facets ?? {};

/** As a read shows it that lags by so much. */
export const shown = (role: Role, now: number, lag: number): Facets =>
  role.past.findLast(({ at }) => at <= now - lag)?.facets ?? {};

export const set = (role: Role, facet: string, value: string | null, now: number): void => {
  const { [facet]: _before, ...others } = present(role);
  role.past.push({ at: now, facets: value === null ? others : { ...others, [facet]: value } });
};

export const wantedOf = (role: Role, facet: string): string | null | undefined =>
  role.desired.wanted.find((each) => each.facet === facet)?.value;

/** What is wanted once those who are at it are through: what one of them has written already counts. */
export const meantOf = (role: Role, facet: string): string | null | undefined => {
  const underway = role.intents.findLast(
    (each) => each.facet === facet && each.written === true && each.crashed !== true,
  );
  return underway === undefined ? wantedOf(role, facet) : underway.value;
};

/** The model's own judgement: each facet that is other than wanted. */
export const detectDifferences = ({
  ref,
  actual,
  desired,
}: Pick<Snapshot, 'ref' | 'actual' | 'desired'>): DriftFinding[] =>
  desired.wanted.flatMap(({ facet, value }) => {
    const is = actual.facets[facet] ?? null;
    if (is === value) return [];
    return [
      {
        reason: 'Differs',
        severity: 'error',
        ref,
        facet,
        subject: facet,
        sentence: 'It differs.',
        is,
        shouldBe: value,
      },
    ];
  });

export const add = (counts: Map<string, number>, facet: string): void => {
  counts.set(facet, (counts.get(facet) ?? 0) + 1);
};
