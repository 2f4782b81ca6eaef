/** `podid trail`: the CloudTrail records of all configured accounts, merged by time. */
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { accountsNamed, accountsOf, configIn, configOption, type Place, placesOf, withIam } from './fleet-accounts.ts';
import { type Format, outputOption, print } from './output.ts';
import { AwsRefused } from './signed-call.ts';
import { millisFrom } from './since.ts';
import { lineOf, type TrailRecord } from './trail-lines.ts';
import { lookup, type Window } from './trail-lookup.ts';

type Options = { config: string; output: Format; follow?: boolean; account?: string; since: number; writes?: boolean };

/** CloudTrail delivers within minutes ("typically within an average of about 5 minutes"), and not in order. */
const LATE_MS = 15 * 60_000;
/** Between two rounds; LookupEvents takes two calls a second of an account and region. */
const ROUND_MS = 2_000;

export const trailCommand = () =>
  new Command('trail')
    .description('what was called in all accounts: when, by whom, from where, on what')
    .option('-f, --follow', 'go on with what comes')
    .option('--account <name>', 'only of this account, by its name in the configuration or its id')
    .option('--since <time>', 'from how long ago', millisFrom, 10 * 60_000)
    .option('--writes', 'without the calls that only read')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async ({ config, output, follow, account, since, writes }: Options) => {
      const accounts = accountsNamed(accountsOf(configIn(config)), account);
      const places = await placesOf(accounts, missed, withIam);
      const show = (records: readonly TrailRecord[]) => {
        for (const record of records) {
          if (writes === true && record.readOnly) continue;
          print(output === 'json' ? JSON.stringify(record.raw) : lineOf(record, process.stdout));
        }
      };
      const from = Date.now() - since;
      const seen = new Set<string>();
      show(await round(places, { from }, seen));
      while (follow === true) {
        await pause(ROUND_MS);
        show(await round(places, { from: Math.max(from, Date.now() - LATE_MS) }, seen));
      }
    });

const missed = (line: string): void => {
  console.error(`podid: ${line}`);
  process.exitCode = 1;
};

/** What was not seen before, oldest first. A record that two accounts have is shown once for each: they tell different things. */
const round = async (places: readonly Place[], window: Window, seen: Set<string>): Promise<readonly TrailRecord[]> => {
  const found = await Promise.all(
    places.map((place) =>
      lookup(place, window).catch((error: unknown) => {
        if (!(error instanceof AwsRefused)) throw error;
        missed(`${place.account.name}, ${place.region}: ${error.message} (${error.name})`);
        return [];
      }),
    ),
  );
  const fresh = found.flat().filter(({ id }) => !seen.has(id));
  for (const { id } of fresh) seen.add(id);
  // Each place tells its newest first, and all of a second have one time.
  return fresh.toReversed().toSorted((a, b) => a.at - b.at);
};
