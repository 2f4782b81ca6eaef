/**
 * Grants on the local cloud: from the last approval to credentials that read the tables of 1, 10 and 40 accounts, hundreds of grants at once, the API
 * under load, and the bundle of its function.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lambdaLimits } from '../local/services/lambda/settings.ts';
import { markdown, ms } from './figures.ts';
import { apiBundle } from './provision-bundle.ts';
import { type ProvisionFleet, provisionFleet } from './provision-fleet.ts';
import {
  approve,
  podToken,
  request,
  targetRoles,
  targetsOf,
  untilDone,
  untilReads,
  wishFor,
} from './provision-grants.ts';
import { stateTimes } from './provision-history.ts';
import { apiLoad, manyGrants } from './provision-load.ts';

const SIZES = [1, 10, 40];
const GRANTS = 500;

/** `--speed [N]`, `--many [N]`, `--api` or `--bundle` for one part only; `--states` also tells where the time goes. */
export const run = async (args: string[]): Promise<void> => {
  const only = (part: string): boolean =>
    !['--speed', '--many', '--api', '--bundle'].some((each) => args.includes(each)) || args.includes(part);
  if (only('--speed')) {
    const size = numberAfter(args, '--speed');
    await speed(size === undefined ? SIZES : [size], args.includes('--states'));
  }
  if (only('--many')) await inDir((dir) => manyGrants(dir, numberAfter(args, '--many') ?? GRANTS));
  if (only('--api')) await inDir(apiLoad);
  if (only('--bundle')) await inDir(apiBundle);
};

const numberAfter = (args: readonly string[], flag: string): number | undefined => {
  const number = Number(args[args.indexOf(flag) + 1]);
  return args.includes(flag) && Number.isInteger(number) && number > 0 ? number : undefined;
};

const inDir = async (measure: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-bench-'));
  try {
    await measure(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const speed = (sizes: readonly number[], states: boolean): Promise<void> =>
  inDir(async (dir) => {
    const rounds = ['cold', 'warm', 'warm again'];
    const names = sizes.flatMap((size) => rounds.map((_, round) => `to-${size}-${round}`));
    const fleet = await provisionFleet(dir, { targets: Math.max(...sizes), serviceAccounts: names });
    // As many environments of a function as the machine has items under way: AWS would have them.
    lambdaLimits(fleet.local.cloud).maxEnvironments = 10;
    const rows: string[][] = [];
    try {
      for (const size of sizes) {
        for (const [round, functions] of rounds.entries()) {
          const { id, ...took } = await grantOnce(fleet, `to-${size}-${round}`, size);
          rows.push([
            String(size),
            functions,
            ms(took.answered),
            ms(took.working),
            ms(took.active),
            ms(took.processor),
          ]);
          if (states) console.log(`${await stateTimes(fleet.local.cloud, id)}\n`);
        }
      }
    } finally {
      await fleet.local.close();
    }
    console.log(
      'From the sending of the last approval; visibility delays and throttling off, single runs. Cold: no function of the new accounts has run before\n',
    );
    console.log(
      `${markdown(['target accounts', 'functions', 'approval answered', 'credentials read every table', 'active', 'processor time'], rows)}\n`,
    );
  });

const grantOnce = async (fleet: ProvisionFleet, serviceAccount: string, size: number) => {
  const targets = targetsOf(size);
  const token = await podToken(fleet, serviceAccount);
  const id = await request(fleet, wishFor({ index: 0, serviceAccount }, targets));
  const [began, used] = [performance.now(), process.cpuUsage()];
  await approve(fleet, id);
  const answered = performance.now() - began;
  const since = () => performance.now() - began;
  const [working, active] = await Promise.all([
    untilReads(fleet, { serviceAccount, token }, targets, targetRoles(id, serviceAccount, targets)).then(since),
    untilDone(fleet, id).then((phase) => {
      if (phase !== 'active') throw new Error(`grant ${id} is ${phase}`);
      return since();
    }),
  ]);
  const { user, system } = process.cpuUsage(used);
  return { id, answered, working, active, processor: (user + system) / 1000 };
};
