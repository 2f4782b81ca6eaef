/** Carrying out a plan under the leases: read again, plan again, count, write. The steps are those of `reconcile/act.ts`; this answers what they want. */
import { leaseOf } from '../../grants/acts.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Written } from '../../store/leases.ts';
import { digestOf } from '../../trust/digest.ts';
import type { Action, DriftPlan, Facet, Hold, SeenChange, Wanted } from '../contract.ts';
import type { Gathered } from '../gathering/gather.ts';
import { objectKey } from '../object.ts';
import { type Acting, type Answer, begin, next } from '../reconcile/index.ts';
import type { Came } from './answers.ts';
import { carryOut, type Scene } from './carry-out.ts';
import { type Deed, deedsFor, type Known } from './deeds.ts';
import type { LookHub } from './hub.ts';

/** Longer than one spoke's function lives; it is taken anew before each write. */
export const LEASE_SECONDS = 120;

/** A plan with what it was made from. */
export type Planned = {
  readonly plan: DriftPlan;
  readonly means: Known;
  readonly gathered: Pick<Gathered, 'identities' | 'grants' | 'rules'>;
  readonly wanted: readonly Wanted[];
  readonly changes: readonly SeenChange[];
};

export type Acted = {
  readonly written: readonly Facet[];
  readonly holds: readonly Hold[];
  /** Epoch milliseconds. */
  readonly again?: number;
  readonly failed: boolean;
  /** How many identities the breaker was told of. */
  readonly counted: number;
};

type Stage = Pick<Scene, 'ref' | 'place' | 'look' | 'associationId'> & {
  /** Holds the leases. */
  readonly execution: string;
  /** Reads, gathers and plans anew. */
  readonly anew: () => Promise<Planned>;
};

export const act = async (hub: LookHub, first: Planned, stage: Stage): Promise<Acted> => {
  const acting = begin(first.plan);
  if (acting.wants === 'nothing') return { ...endOf(acting), failed: false, counted: 0 };
  const leases = leasesOf(first, stage);
  let written: Written | undefined;
  const held = await acquire(hub, leases, stage.execution);
  try {
    const course = await follow(hub, acting, held, first, stage);
    written = course.written;
    return course.acted;
  } finally {
    // The object's own lease remembers the trust that was written: who reads another one soon after reads the past.
    for (const lease of leases) {
      await hub.store.leases.release(lease, stage.execution, lease === objectKey(stage.ref) ? written : undefined);
    }
  }
};

type Course = { readonly acted: Acted; readonly written?: Written };
type Leased = Extract<Answer, { to: 'lease' }>;

const follow = async (hub: LookHub, begun: Acting, lease: Leased, first: Planned, stage: Stage): Promise<Course> => {
  let acting = next(begun, lease);
  let latest = first;
  let deeds: readonly Deed[] = [];
  let written: Written | undefined;
  let [failed, counted] = [false, 0];
  const came = new Map<Deed, Came>();
  const settleSeconds = first.gathered.rules.settings.settleSeconds;
  while (acting.wants !== 'nothing') {
    if (acting.wants === 'read') {
      latest = await stage.anew();
      acting = next(acting, { to: 'read', plan: latest.plan, now: hub.now().getTime(), settleSeconds });
    } else if (acting.wants === 'count') {
      counted = latest.gathered.identities.length;
      const refused = await countAll(hub, latest);
      acting = next(acting, { to: 'count', ...(refused !== undefined && { refused }) });
      if (acting.wants === 'write')
        deeds = deedsFor({ ...acting.plan, actions: [...acting.left] }, stage.execution, latest.means);
    } else if (acting.wants === 'write') {
      const [action] = acting.left;
      const deed = deeds.find(({ actions }) => actions.includes(action));
      const answer = deed === undefined ? NO_WAY : (came.get(deed) ?? (await write(hub, deed, latest, stage)));
      if (deed !== undefined) came.set(deed, answer);
      const now = hub.now();
      const refused = answer.wrote?.includes(action.facet) === true ? undefined : answer.failed;
      failed ||= refused !== undefined;
      if (refused === undefined) written = trustOf(action, now) ?? written;
      const wrote = { to: 'write', now: now.getTime(), settleSeconds } as const;
      acting = next(acting, refused === undefined ? wrote : { ...wrote, failed: refused });
    } else break;
  }
  const acted = { ...endOf(acting), failed, counted };
  return written === undefined ? { acted } : { acted, written };
};

const NO_WAY: Came = { status: 'refused', failed: 'No function of podid can write it.' };

const endOf = (acting: Acting): Omit<Acted, 'failed' | 'counted'> => {
  if (acting.wants !== 'nothing') return { written: [], holds: [] };
  const { written, holds, again } = acting;
  return { written, holds, ...(again !== undefined && { again }) };
};

const write = async (hub: LookHub, deed: Deed, planned: Planned, stage: Stage): Promise<Came> => {
  const renewed = await acquire(hub, leasesOf(planned, stage), stage.execution);
  if (renewed.held !== undefined) return { status: 'refused', failed: `${renewed.held.by} has taken the lease on it.` };
  return carryOut(hub, deed, { ...stage, wanted: planned.wanted, changes: planned.changes });
};

const leasesOf = ({ gathered }: Planned, { ref }: Stage): readonly string[] => [
  objectKey(ref),
  ...gathered.grants.map(({ grantId }) => leaseOf(grantId)),
];

/** All of them, or the first that somebody else has; in one order, though nobody waits for one. */
const acquire = async ({ store, now }: LookHub, leases: readonly string[], execution: string): Promise<Leased> => {
  let lastWritten: number | undefined;
  for (const lease of leases) {
    const got = await store.leases.acquire(lease, execution, now(), LEASE_SECONDS);
    if (got.outcome === 'held') return { to: 'lease', held: { by: got.by, until: Date.parse(got.until) } };
    if (got.lastWritten !== undefined) lastWritten = Math.max(lastWritten ?? 0, Date.parse(got.lastWritten.at));
  }
  return { to: 'lease', ...(lastWritten !== undefined && { lastWritten }) };
};

const AT_ONCE = 10;

/** Why a breaker of one of their clusters refuses; each identity is counted once within its window. */
const countAll = async ({ store, config, now }: LookHub, { gathered }: Planned): Promise<string | undefined> => {
  const at = now().toISOString();
  const latches = await inBatches(gathered.identities, AT_ONCE, (identity) =>
    store.brakes.countAgainstBreaker(identity, at, config.breaker, (then) =>
      store.associations.countAt(identity, then),
    ),
  );
  return latches.find(({ tripped }) => tripped !== undefined)?.tripped?.because;
};

const trustOf = ({ facet, to }: Action, now: Date): Written | undefined =>
  facet !== 'trust' || to === null ? undefined : { digest: digestOf(to), at: now.toISOString() };
