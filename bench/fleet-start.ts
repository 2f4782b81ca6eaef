/**
 * How long `npm start` takes for a fleet of a size, and how much memory it has then: everything up (clusters, control plane, associations, workloads),
 * before the hub's first sweep has listed it. Each size in a process of its own, since memory is the process's.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { generatedFleet } from '../local/fleet/generate.ts';
import { DEMO_FLEET, fleetOf, loadFleet } from '../local/fleet/load.ts';
import { startLocal } from '../local/start.ts';
import { markdown, ms } from './figures.ts';

/** Clusters and associations in each; 0 is the demo fleet. */
const SIZES: ReadonlyArray<readonly [clusters: number, associations: number]> = [
  [0, 0],
  [5, 500],
  [10, 5_000],
  [50, 5_000],
];

type Started = { readonly millis: number; readonly cpu: number; readonly rss: number; readonly heap: number };

/** `CLUSTERS ASSOCIATIONS` for one size only. */
export const run = async (args: string[]): Promise<void> => {
  const [clusters, associations] = args.map(Number);
  const sizes = clusters === undefined ? SIZES : [[clusters, associations ?? 5_000] as const];
  const rows: string[][] = [];
  for (const [many, each] of sizes) {
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, String(many), String(each)]);
    const { millis, cpu, rss, heap } = JSON.parse(stdout) as Started;
    const size = many === 0 ? ['demo', '-'] : [String(many), (many * each).toLocaleString('en-US')];
    rows.push([...size, ms(millis), ms(cpu), `${rss.toFixed(0)} MB`, `${heap.toFixed(0)} MB`]);
  }
  const head = ['clusters', 'associations', 'start', 'CPU', 'most RSS', 'heap'];
  console.log(`## Starting a fleet\n\n${markdown(head, rows)}\n`);
};

/** This file as a program: starts one fleet, and says what it took. */
const measure = async (clusters: number, associations: number): Promise<Started> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-bench-'));
  try {
    const began = performance.now();
    const loaded =
      clusters === 0
        ? loadFleet(DEMO_FLEET)
        : fleetOf(generatedFleet({ clusters, associations, workloads: 1, seed: 1 }), dir);
    await startLocal({ port: 0, dir, loaded });
    const millis = performance.now() - began;
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    // Microseconds and kB (getrusage); bundling and synthesis are another process's.
    return {
      millis,
      cpu: (userCPUTime + systemCPUTime) / 1_000,
      rss: maxRSS / 1_000,
      heap: process.memoryUsage().heapUsed / 1e6,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

if (process.argv[1] === import.meta.filename) {
  const [clusters = 0, associations = 0] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await measure(clusters, associations)));
  // The sweep of a big fleet goes on for long; nobody waits for it here.
  process.exit(0);
}
