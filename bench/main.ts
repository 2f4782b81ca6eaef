/** `npm run bench -- NAME`: figures, compared as ratios within one run; nothing here is asserted. */
import { cpus, totalmem } from 'node:os';

const BENCHES: Record<string, { about: string; run: (args: string[]) => Promise<void> }> = {
  drift: {
    about: 'bursts of events through the pure path: hint, look, judge, plan; --latency: from an event to its finding',
    run: async (args) => (await import('./drift.ts')).run(args),
  },
  'fleet-start': {
    about: 'start time and memory of the local cloud, from the demo fleet to 250,000 associations',
    run: async (args) => (await import('./fleet-start.ts')).run(args),
  },
  provision: {
    about:
      'approval to working credentials in 1, 10 and 40 accounts; many grants at once; the API under load; its bundle',
    run: async (args) => (await import('./provision.ts')).run(args),
  },
  revocation: {
    about: 'deletion to deny, to restart, to the last old pod; bundles and cold starts',
    run: async (args) => (await import('./revocation.ts')).run(args),
  },
  sweep: {
    about: 'sweeps of one full cluster and of 50: calls, time at the configured rate, memory',
    run: async (args) => (await import('./sweep.ts')).run(args),
  },
  trust: {
    about: 'decisions a second, the reach of 10,000 policies, the author, the worst patterns',
    run: async (args) => (await import('./trust.ts')).run(args),
  },
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- NAME\n`);
  for (const [known, { about }] of Object.entries(BENCHES)) console.error(`  ${known.padEnd(12)} ${about}`);
  process.exitCode = 2;
} else {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory}, Node ${process.versions.node}\n`);
  await bench.run(args);
}
