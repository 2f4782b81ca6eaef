/** What became of a sweep, from what its parts have kept. Pure. */
import * as z from 'zod';
import { clusterArn } from '../../identity.ts';
import { placeKey } from '../../places.ts';
import { type PlaceDelivery, type SweepPart, SweepSummary } from '../../store/sweeps.ts';
import type { ConcludeSweepInput, Outcome } from './contract.ts';

/** `failed` is what the machine fails with, where it isn't empty. `underWay`: slices that are at it still; ask again. */
export const ConcludeSweepOutput = z.union([
  SweepSummary.pick({ id: true, complete: true, failed: true, due: true }),
  z.strictObject({ underWay: z.array(z.string()).min(1) }),
]);
export type ConcludeSweepOutput = z.infer<typeof ConcludeSweepOutput>;

/** The row, and the machine's cause (32,768 characters), name so many; a storm that fails everything has one reason. */
const MOST_FAILED = 50;

export const summaryOf = (
  { sweep, slices, discovery, lookups, roles, clusters }: ConcludeSweepInput,
  parts: readonly SweepPart[],
  due: number,
  endedAt: string,
): SweepSummary => {
  const own = [...discovery, ...lookups, ...roles, ...clusters.flat()].flatMap(failureOf);
  const failed = [...own, ...slices.flatMap((execution) => failedIn(execution, parts))];
  const [swept, accounts] = [parts.filter(isCluster), parts.filter(isRoles)];
  const left = sum(swept, (part) => part.left);
  return {
    id: sweep.id,
    startedAt: sweep.startedAt,
    endedAt,
    complete: failed.length === 0 && left === 0,
    failed: failed.slice(0, MOST_FAILED),
    roles: {
      accounts: accounts.length,
      lookedAfter: sum(accounts, (part) => part.lookedAfter),
      listed: sum(accounts, (part) => part.listed),
      hinted: sum(accounts, (part) => part.hinted),
    },
    clusters: {
      swept: swept.length,
      gone: swept.filter(({ status }) => status === 'gone').length,
      described: sum(swept, (part) => part.described),
      left,
      listed: sum(swept, (part) => part.listed),
      hinted: sum(swept, (part) => part.hinted),
    },
    irsa: irsaOf(swept),
    ...discoveryOf(parts),
    due,
    delivery: deliveryOf(parts),
  };
};

/** How well the events of each account and region come through. */
export const deliveryOf = (parts: readonly SweepPart[]): PlaceDelivery[] => {
  const places = new Map<string, Omit<PlaceDelivery, 'quality'>>();
  for (const part of parts) {
    if (part.part === 'discovery' || part.part === 'slice') continue;
    const { account, region } = part.part === 'cluster' ? part.cluster : part;
    const key = `${account}/${region}`;
    const so = places.get(key) ?? { account, region, told: 0, missed: 0, silent: 0, poison: 0 };
    const { told, missed, poison } = part.part === 'look' ? part : { told: 0, missed: 0, poison: 0 };
    places.set(key, {
      ...so,
      told: so.told + told,
      missed: so.missed + missed,
      silent: so.silent + (part.part === 'look' ? 0 : part.silent),
      poison: so.poison + poison,
    });
  }
  return [...places.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, place]) => {
      const happened = place.told + lostIn(place);
      return { ...place, ...(happened > 0 && { quality: place.told / happened }) };
    });
};

/** One lost change can show twice: in the history, and in what was found. */
export const lostIn = ({ missed, silent }: Pick<PlaceDelivery, 'missed' | 'silent'>): number =>
  Math.max(missed, silent);

const discoveryOf = (parts: readonly SweepPart[]): Pick<SweepSummary, 'discovery'> => {
  const places = parts.filter((part) => part.part === 'discovery');
  const found = sum(places, (part) => part.found.length);
  const lost = places.flatMap(({ account, region, lost: here }) =>
    here.map(({ cluster, because }) => ({ what: clusterArn({ account, region, cluster }), because })),
  );
  return found + lost.length === 0 ? {} : { discovery: { found, lost: lost.slice(0, MOST_FAILED) } };
};

const irsaOf = (swept: readonly Part<'cluster'>[]): NonNullable<SweepSummary['irsa']> => {
  const read = swept.flatMap(({ irsa }) => (irsa?.status === 'read' ? [irsa] : []));
  const unread = swept.flatMap(({ cluster, irsa }) =>
    irsa?.status === 'unread' ? [{ what: clusterArn(cluster), why: irsa.why }] : [],
  );
  return {
    users: sum(read, (irsa) => irsa.users),
    malformed: sum(read, (irsa) => irsa.malformed),
    clusters: read.length,
    unread: unread.slice(0, MOST_FAILED),
  };
};

/** An execution that has ended without a word was stopped or timed out: nobody knows what it has not looked at. */
const failedIn = (execution: string, parts: readonly SweepPart[]): SweepSummary['failed'] =>
  parts.flatMap((part) => (part.part === 'slice' && part.execution === execution ? [part.failed] : []))[0] ?? [
    { what: execution, at: 'conclude-sweep', error: 'NotConcluded' },
  ];

const failureOf = (outcome: Outcome): SweepSummary['failed'] => {
  if (outcome.outcome === 'swept') return [];
  const { what, at, error } = outcome;
  return [{ what: nameOf(what), at, error }];
};

const nameOf = (what: Extract<Outcome, { outcome: 'not-swept' }>['what']): string => {
  if (typeof what === 'string') return what;
  return 'cluster' in what ? clusterArn(what) : placeKey(what);
};

type Part<Kind extends SweepPart['part']> = Extract<SweepPart, { part: Kind }>;
const isCluster = (part: SweepPart): part is Part<'cluster'> => part.part === 'cluster';
const isRoles = (part: SweepPart): part is Part<'roles'> => part.part === 'roles';

const sum = <Thing>(things: readonly Thing[], of: (thing: Thing) => number): number =>
  things.reduce((so, thing) => so + of(thing), 0);
