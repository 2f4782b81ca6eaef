/** `podid logs FUNCTION`: what a function of ours logged, in every account that has it. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { Command } from 'commander';
import { functionName, PREFIX } from '../functions/names.ts';
import { accountsNamed, accountsOf, configIn, configOption, type Place, placesOf } from './fleet-accounts.ts';
import { logLine } from './logs-lines.ts';
import { type Format, outputOption, print } from './output.ts';
import { millisFrom } from './since.ts';
import { Told } from './told.ts';

type Options = { config: string; output: Format; follow?: boolean; account?: string; since: number };
type Event = { readonly id: string; readonly at: number; readonly message: string; readonly place: Place };

const ROUND_MS = 1_000;
/** CloudWatch Logs takes events that are older than those it has; what a function writes is there within seconds. */
const LATE_MS = 60_000;

export const logsCommand = () =>
  new Command('logs')
    .description('what a function logged, in each account that has it')
    .argument('<function>', `its name, with or without ${PREFIX}-: cut-sessions`)
    .option('-f, --follow', 'go on with what comes')
    .option('--account <name>', 'only of this account, by its name in the configuration or its id')
    .option('--since <time>', 'from how long ago', millisFrom, 10 * 60_000)
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (name: string, { config, output, follow, account, since }: Options) => {
      const group = `/aws/lambda/${name.startsWith(`${PREFIX}-`) ? name : functionName(name)}`;
      const places = await placesOf(accountsNamed(accountsOf(configIn(config)), account), (line) =>
        console.error(`podid: ${line}`),
      );
      const readers = (await Promise.all(places.map((place) => readerOf(place, group)))).filter(
        (one) => one !== undefined,
      );
      if (readers.length === 0)
        throw new Told(`No account has the logs ${group}. Functions are named for their files: cut-sessions.`);
      const several = new Set(readers.map(({ place }) => `${place.account.id}/${place.region}`)).size > 1;
      const seen = new Set<string>();
      const round = async (from: number): Promise<void> => {
        const events = (await Promise.all(readers.map(({ since: read }) => read(from)))).flat();
        for (const { id, message, at, place } of events.toSorted((a, b) => a.at - b.at)) {
          if (seen.has(id)) continue;
          seen.add(id);
          const text = output === 'json' ? message.trimEnd() : logLine(message, at, process.stdout);
          if (text !== undefined) print(several && output === 'text' ? `${place.account.name}  ${text}` : text);
        }
      };
      const from = Date.now() - since;
      await round(from);
      while (follow === true) {
        await pause(ROUND_MS);
        await round(Math.max(from, Date.now() - LATE_MS));
      }
    });

/** Undefined where there is no such group. */
const readerOf = async (place: Place, logGroupName: string) => {
  const { region, credentials } = place;
  const client = new CloudWatchLogsClient({ region, credentials });
  const since = async (startTime: number): Promise<Event[]> => {
    const events: Event[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }));
      for (const { eventId = '', timestamp = 0, message = '' } of page.events ?? []) {
        events.push({ id: `${place.account.id}/${region}/${eventId}`, at: timestamp, message, place });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  };
  try {
    await client.send(new FilterLogEventsCommand({ logGroupName, limit: 1 }));
    return { place, since };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};
