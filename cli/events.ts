/** `podid events`: what happened to grants and findings. */
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { EventPage, type EventView } from '../functions/provisioning/api/schemas.ts';
import { type Api, openApi } from './api.ts';
import { EXIT_CODES } from './api-problem.ts';
import { eventLine } from './events-lines.ts';
import { type Format, outputOption, print, printJson } from './output.ts';
import { patiently } from './patience.ts';

type Options = { follow?: boolean; since: string; output: Format };

/** Milliseconds between two looks. */
const EVERY = 2_000;
/** Milliseconds that are read again: what happened first may be kept last, and clocks differ. */
const OVERLAP = 60_000;

export const eventsCommand = () =>
  new Command('events')
    .description('what happened to grants and findings that you may see, the oldest first; kept for 90 days')
    .option('-f, --follow', 'then what happens from now on')
    .option('--since <when>', 'how long ago (30m, 1h, 7d), or a time: 2026-11-21T12:00:00Z', instantOf, instantOf('1h'))
    .addOption(outputOption())
    .addHelpText('after', `\nWith --follow, JSON is one event a line.\n${EXIT_CODES}`)
    .action(({ follow, since, output }: Options) => {
      const api = openApi();
      return follow === true ? followedFrom(api, since, output) : listed(api, since, output);
    });

const listed = async (api: Api, since: string, output: Format): Promise<void> => {
  const events = await eventsSince(api, since);
  if (output === 'json') return printJson({ events });
  print(events.length === 0 ? 'Nothing happened.' : events.map(eventLine).join('\n'));
};

const followedFrom = async (api: Api, since: string, output: Format): Promise<never> => {
  const told = new Map<string, number>();
  for (let from = Date.parse(since); ; await pause(EVERY)) {
    const events = await patiently(
      () => eventsSince(api, new Date(from).toISOString()),
      (line) => console.error(`podid: ${line}`),
    );
    for (const event of events.filter(({ detail }) => !told.has(detail.id))) {
      told.set(event.detail.id, Date.parse(event.detail.at));
      print(output === 'json' ? JSON.stringify(event) : eventLine(event));
    }
    const newest = Date.parse(events.at(-1)?.detail.at ?? since);
    from = Math.max(from, newest - OVERLAP);
    for (const [id, at] of told) if (at < from) told.delete(id);
  }
};

/** All of them, page by page. */
const eventsSince = async (api: Api, since: string): Promise<readonly EventView[]> => {
  const events: EventView[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await api.call({
      method: 'GET',
      path: '/events',
      query: { since, limit: '100', cursor },
      answer: EventPage,
    });
    events.push(...body.events);
    cursor = body.next;
  } while (cursor !== undefined);
  return events;
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

const instantOf = (text: string): string => {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  if (count !== undefined && seconds !== undefined) {
    return new Date(Date.now() - Number(count) * seconds * 1000).toISOString();
  }
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('How long ago (30m, 1h, 7d), or a time: 2026-11-21T12:00:00Z.');
};
