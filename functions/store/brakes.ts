/** The brakes: one switch that stops every write, and a breaker a cluster that stops when too many identities lose access at once. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../association.ts';
import type { BreakerSettings } from '../config.ts';
import { type ClusterRef, clusterArn, identityKey, type WorkloadIdentity } from '../identity.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

export const KillSwitch = z.object({ on: z.boolean(), by: z.string(), at: Instant, why: z.string() });
export type KillSwitch = z.infer<typeof KillSwitch>;

export const Latch = z.object({
  /** Raised by each acknowledgement: counting begins anew. */
  generation: z.int(),
  tripped: z.object({ at: Instant, identities: z.int(), because: z.string() }).optional(),
  acknowledged: z.object({ by: z.string(), at: Instant }).optional(),
});
export type Latch = z.infer<typeof Latch>;

const KILL = { pk: 'BRAKE#kill', sk: 'STATE' };
const breakerPk = (cluster: ClusterRef): string => `BREAKER#${clusterArn(cluster)}`;
const latchKey = (cluster: ClusterRef) => ({ pk: breakerPk(cluster), sk: 'LATCH' });

export const brakes = (table: Table) => {
  const latchOf = async (cluster: ClusterRef): Promise<Latch> => {
    const stored = await table.get(latchKey(cluster));
    return stored === undefined ? { generation: 0 } : readRow(Latch, stored);
  };
  const keepLatch = (cluster: ClusterRef, latch: Latch, before: Latch): Promise<boolean> =>
    table.put(
      { ...latchKey(cluster), ...latch, state: stateOf(latch) },
      stateOf(before) === 'untouched' ? 'absent' : { field: 'state', equals: stateOf(before) },
    );

  return {
    /** The switch, or undefined when nobody ever touched it: then it is off. */
    killSwitch: async (): Promise<KillSwitch | undefined> => {
      const stored = await table.get(KILL);
      return stored && readRow(KillSwitch, stored);
    },
    setKillSwitch: async (state: KillSwitch): Promise<void> => {
      await table.put({ ...KILL, ...state });
    },

    /** The cluster's breaker as it stands: `tripped` until somebody acknowledges it. */
    breaker: latchOf,

    /**
     * Counts an identity that loses access at an instant, and trips the breaker when there are too many in the window. Counting the
     * same loss twice is counting it once. `associationsAt` tells how many the cluster had at an instant; it is asked only when the share
     * can matter.
     */
    countAgainstBreaker: async (
      identity: WorkloadIdentity,
      at: string,
      settings: BreakerSettings,
      associationsAt: (instant: string) => Promise<number>,
    ): Promise<Latch> => {
      const latch = await latchOf(identity);
      if (latch.tripped !== undefined) return latch;
      const identities = await countLoss(table, identity, latch.generation, Date.parse(at), settings.windowSeconds);
      const begin = new Date(Date.parse(at) - settings.windowSeconds * 1000).toISOString();
      const because =
        overNumber(identities, settings) ??
        (identities < settings.percentFrom ? undefined : overShare(identities, await associationsAt(begin), settings));
      if (because === undefined) return latch;
      const tripped: Latch = { ...latch, tripped: { at: instant(at), identities, because } };
      // Lost the race: somebody else tripped it, or acknowledged it; what stands now is the answer.
      return (await keepLatch(identity, tripped, latch)) ? tripped : latchOf(identity);
    },

    /** Lets a cluster's revocations go on and begins to count anew; false when the breaker was not tripped. */
    acknowledgeBreaker: async (cluster: ClusterRef, by: string, at: string): Promise<boolean> => {
      const latch = await latchOf(cluster);
      if (latch.tripped === undefined) return false;
      return keepLatch(cluster, { generation: latch.generation + 1, acknowledged: { by, at: instant(at) } }, latch);
    },
  };
};

const stateOf = (latch: Latch): string =>
  latch.generation === 0 && latch.tripped === undefined
    ? 'untouched'
    : `${latch.generation}${latch.tripped === undefined ? '' : ' tripped'}`;

/**
 * How many identities have lost access in the window that ends at `at`. Losses stand in sets, one for each window's length of time;
 * a member is the loss's second and a hash of the identity, 20 bytes, so that a full cluster (5,000) stays far below an item's 400 kB.
 */
const countLoss = async (
  table: Table,
  identity: WorkloadIdentity,
  generation: number,
  at: number,
  windowSeconds: number,
): Promise<number> => {
  const second = Math.floor(at / 1000);
  const bucket = Math.floor(second / windowSeconds);
  const key = (index: number) => ({ pk: breakerPk(identity), sk: `WINDOW#${generation}#${windowSeconds}#${index}` });
  const expiresAt = (bucket + 3) * windowSeconds;
  const here = await table.addToSet(key(bucket), `${second}#${hash(identityKey(identity))}`, expiresAt);
  const before = (await table.get(key(bucket - 1)))?.members;
  const losses = [...here, ...(before instanceof Set ? before : [])].map(String);
  const inWindow = losses.filter((loss) => Number(loss.split('#')[0]) > second - windowSeconds);
  return new Set(inWindow.map((loss) => loss.split('#')[1])).size;
};

const overNumber = (count: number, { identities, windowSeconds }: BreakerSettings): string | undefined =>
  count > identities
    ? `${count} identities lost access within ${windowSeconds} s; the limit is ${identities}`
    : undefined;

// Before the first listing we know fewer associations than there are: then the share is too high, and we stop and ask.
const overShare = (count: number, had: number, { percent, windowSeconds }: BreakerSettings): string | undefined =>
  100 * count > percent * Math.max(had, count)
    ? `${count} identities of ${Math.max(had, count)} known lost access within ${windowSeconds} s; the limit is ${percent} %`
    : undefined;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
