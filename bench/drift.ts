/** Drift's pure path: bursts of events, each marked, looked at, judged and planned for; with reads that are the same objects as before, so that their digests are remembered, and fresh ones. */
import { Config } from '../functions/config.ts';
import type { Facets, Snapshot } from '../functions/drift/contract.ts';
import { detect } from '../functions/drift/detect/index.ts';
import { finish, type Known, mark, pass, take } from '../functions/drift/reconcile/index.ts';
import { rulesOf } from '../functions/drift/remedy/index.ts';
import { partitionOf } from '../functions/partition.ts';
import { latencies } from './drift-latency.ts';
import { markdown, ms, spread } from './figures.ts';

const BURSTS = [100, 1_000, 5_000, 15_000];
const ACCOUNT = '222222222222';
const REGION = 'eu-west-1';
const ROLES = 200;
const CHANGES = 50;

/** `--latency [CHANGES]`: from the record of a change to the finding about it, on the local cloud. */
export const run = async (args: string[]): Promise<void> => {
  const at = args.indexOf('--latency');
  if (at >= 0) return latencies(Number(args[at + 1] ?? CHANGES));
  // The compiler has seen all of it before anything is measured.
  burst(5_000, true);
  burst(5_000, false);
  const rows = BURSTS.flatMap((events) =>
    [true, false].map((remembers) => {
      const times = Array.from({ length: 5 }, () => burst(events, remembers));
      const { median } = spread(times);
      const rate = Math.round(events / (median / 1000)).toLocaleString('en');
      return [events.toLocaleString('en'), remembers ? 'remembered' : 'fresh', ms(median), rate];
    }),
  );
  console.log(`Bursts over ${ROLES} roles, each event marked and reconciled by itself; one thread, median of 5\n`);
  console.log(`${markdown(['events', 'digests', 'time', 'events a second'], rows)}\n`);
};

/** Milliseconds for a burst. */
const burst = (events: number, remembers: boolean): number => {
  const clusters = [{ name: 'shop', region: REGION, mode: 'remediate' }];
  const rules = rulesOf(
    Config.parse({ hub: { account: ACCOUNT, region: REGION }, spokes: [{ name: 'shop', account: ACCOUNT, clusters }] }),
  );
  const concerned = [{ account: ACCOUNT, region: REGION, cluster: 'shop', namespace: 'orders' }];
  const around = { rules, concerned, killSwitch: false, us: 'podid' };
  const ours: ReadonlySet<string> = new Set();
  const snapshots = Array.from({ length: ROLES }, (_, index) => snapshotOf(index));
  const known: Known[] = snapshots.map(() => ({ fights: {} }));
  let actions = 0;
  const began = performance.now();
  for (let event = 0; event < events; event += 1) {
    const at = event % ROLES;
    const snapshot = snapshots[at];
    const before = known[at];
    if (snapshot === undefined || before === undefined) continue;
    const taken = take(mark(undefined, event).marker, 'bench', event, 60);
    const seen = remembers ? snapshot : fresh(snapshot);
    const looked = pass(seen, (what) => detect(what, ours), before, around);
    known[at] = looked.known;
    actions += looked.plan.actions.length + looked.plan.holds.length;
    finish(taken, 'bench');
  }
  const took = performance.now() - began;
  if (actions === 0) throw new Error('nothing differed: nothing was measured');
  return took;
};

const snapshotOf = (index: number): Snapshot => {
  const facets: Facets = { exists: `AROA${index}`, boundary: index % 2 === 0 ? 'other' : 'ours' };
  for (let tag = 0; tag < 10; tag += 1) facets[`tag:t${tag}`] = `value-${tag}`;
  const now = '2026-11-18T12:00:00.000Z';
  return {
    ref: { object: 'role', roleArn: `arn:${partitionOf(REGION).name}:iam::${ACCOUNT}:role/role-${index}` },
    now,
    actual: { readAt: now, complete: true, unread: [], facets },
    desired: {
      wanted: Object.entries({ ...facets, boundary: 'ours' }).map(([facet, value]) => ({
        facet,
        value,
        by: [{ kind: 'grant', id: `g-${index}`, version: 1 }],
      })),
      closed: ['attached', 'inline'],
      conflicts: [],
    },
    intents: [],
    changes: [],
  };
};

const fresh = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  actual: { ...snapshot.actual, facets: { ...snapshot.actual.facets } },
  desired: { ...snapshot.desired },
});
