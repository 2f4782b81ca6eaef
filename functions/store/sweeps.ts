/** What the sweeps have looked at and found: a row for each part of one, a summary of each, and how far CloudTrail's histories were looked at. */
import * as z from 'zod';
import { Identity, Instant } from '../association.ts';
import { clusterArn } from '../identity.ts';
import { LossReason } from './discovered.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

/** `silent`: of what was found, what no event had told. `hinted`: what differs, and is looked at by itself. */
const Counts = { listed: z.int(), hinted: z.int(), silent: z.int() };

/** What came of listing a cluster's service accounts for those that ask for a role by IRSA. `malformed`: by what is no role's ARN. */
export const IrsaPart = z.discriminatedUnion('status', [
  z.object({ status: z.literal('read'), users: z.int(), malformed: z.int() }),
  z.object({ status: z.literal('unread'), why: z.string() }),
]);
export type IrsaPart = z.infer<typeof IrsaPart>;

export const ClusterPart = z.object({
  part: z.literal('cluster'),
  cluster: Identity.pick({ account: true, region: true, cluster: true }),
  status: z.enum(['present', 'gone']),
  ...Counts,
  described: z.int(),
  /** Due, and not described: there was no time. */
  left: z.int(),
  /** Absent in parts of before they were listed. */
  irsa: IrsaPart.optional(),
  at: Instant,
});

export const RolesPart = z.object({
  part: z.literal('roles'),
  account: z.string(),
  /** Where IAM's events come from. */
  region: z.string(),
  ...Counts,
  /** Of those listed, those that podid has to do with. */
  lookedAfter: z.int(),
  at: Instant,
});

export const LookPart = z.object({
  part: z.literal('look'),
  service: z.enum(['iam', 'eks']),
  account: z.string(),
  region: z.string(),
  /** Changes of what podid looks after that EventBridge had told, that it had not, and records that can't be read. */
  told: z.int(),
  missed: z.int(),
  poison: z.int(),
  /** False at the first look: then what was not told is not lost. */
  counted: z.boolean(),
  from: Instant,
  to: Instant,
});

/** What the search for clusters by their tag has come to in one place. */
export const DiscoveryPart = z.object({
  part: z.literal('discovery'),
  account: z.string(),
  region: z.string(),
  /** By name: those that bear the tag and that the configuration doesn't list. */
  found: z.array(z.string()),
  /** Those that were found before, and why they are not any more. */
  lost: z.array(z.object({ cluster: z.string(), because: LossReason })),
  at: Instant,
});

/** What could not be looked at, where (the state of the machine), and the error's name. */
const Failed = z.array(z.object({ what: z.string(), at: z.string(), error: z.string() }));

/** What an execution concludes that was started for a slice of the places. */
export const SlicePart = z.object({ part: z.literal('slice'), execution: z.string(), failed: Failed, at: Instant });

export const SweepPart = z.discriminatedUnion('part', [ClusterPart, RolesPart, LookPart, DiscoveryPart, SlicePart]);
export type SweepPart = z.infer<typeof SweepPart>;

/** How well an account's events come through, in one region. */
export const PlaceDelivery = z.object({
  account: z.string(),
  region: z.string(),
  told: z.int(),
  missed: z.int(),
  silent: z.int(),
  poison: z.int(),
  /** Told, of all that are known to have happened; absent when nothing is known to have happened. */
  quality: z.number().min(0).max(1).optional(),
});
export type PlaceDelivery = z.infer<typeof PlaceDelivery>;

/** Beside those that the configuration lists. */
const Discovery = z.object({
  /** How many clusters bear the tag. */
  found: z.int(),
  /** By ARN. */
  lost: z.array(z.object({ what: z.string(), because: LossReason })),
});

const Totals = { listed: z.int(), hinted: z.int() };
export const SweepSummary = z.object({
  id: z.string(),
  startedAt: Instant,
  endedAt: Instant,
  /** False when something could not be looked at: nothing of that was taken for gone. */
  complete: z.boolean(),
  failed: Failed,
  roles: z.object({ accounts: z.int(), lookedAfter: z.int(), ...Totals }),
  clusters: z.object({ swept: z.int(), gone: z.int(), described: z.int(), left: z.int(), ...Totals }),
  /** Service accounts that ask for a role by IRSA. A cluster where nobody may list them doesn't make the sweep incomplete. Absent in older ones. */
  irsa: z
    .object({
      users: z.int(),
      malformed: z.int(),
      /** How many clusters were read. */
      clusters: z.int(),
      unread: z.array(z.object({ what: z.string(), why: z.string() })),
    })
    .optional(),
  /** Absent where none was found by its tag, nor lost. */
  discovery: Discovery.optional(),
  /** What was due again for other reasons: denies past their time, objects to be looked at again. */
  due: z.int(),
  delivery: z.array(PlaceDelivery),
});
export type SweepSummary = z.infer<typeof SweepSummary>;

const Looked = z.object({ to: Instant });

const KEPT_SECONDS = 90 * 24 * 3600;
const expiresAt = (at: string): number => Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS;

const partsPk = (sweep: string): string => `SWEEP#${sweep}`;
const SUMMARIES = 'SWEEP#all';
const partSk = (part: SweepPart): string => {
  if (part.part === 'cluster') return `PART#cluster#${clusterArn(part.cluster)}`;
  if (part.part === 'discovery') return `PART#discovery#${part.account}/${part.region}`;
  if (part.part === 'slice') return `PART#slice#${part.execution}`;
  return part.part === 'roles'
    ? `PART#roles#${part.account}`
    : `PART#look#${part.account}/${part.region}/${part.service}`;
};

export type Looking = { readonly account: string; readonly region: string; readonly service: string };
const lookKey = ({ account, region, service }: Looking) => ({ pk: `SWEEP#look#${account}/${region}`, sk: service });

export const sweeps = (table: Table) => ({
  /** Keeps what came of a part; the last word of a part counts. */
  keepPart: async (sweep: string, part: SweepPart): Promise<void> => {
    const at = part.part === 'look' ? part.to : part.at;
    await table.put({ pk: partsPk(sweep), sk: partSk(part), ...part, expiresAt: expiresAt(at) });
  },

  parts: async (sweep: string): Promise<SweepPart[]> => {
    const stored = await table.all({ pk: partsPk(sweep), prefix: 'PART#' });
    return stored.map((one) => readRow(SweepPart, one));
  },

  keepSummary: async (summary: SweepSummary): Promise<void> => {
    const sk = `${instant(summary.startedAt)}#${summary.id}`;
    await table.put({ pk: SUMMARIES, sk, ...summary, expiresAt: expiresAt(summary.startedAt) });
  },

  /** The last ones that came to an end, the newest first. */
  last: async (limit: number): Promise<SweepSummary[]> => {
    const { items } = await table.page({ pk: SUMMARIES, newestFirst: true }, limit);
    return items.map((one) => readRow(SweepSummary, one));
  },

  /** Up to when a history was looked at, or undefined when it never was. */
  lookedTo: async (looking: Looking): Promise<string | undefined> => {
    const stored = await table.get(lookKey(looking));
    return stored && readRow(Looked, stored).to;
  },

  /** Never goes back: an older look that ends late changes nothing. */
  keepLookedTo: async (looking: Looking, to: string): Promise<void> => {
    await table.put({ ...lookKey(looking), to: instant(to) }, { field: 'to', notAfter: instant(to) });
  },
});
