/** `podid replay`: recorded changes through today's code and configuration, and which decisions would now be different. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { DRIFT_MODES, type DriftMode } from '../functions/drift/contract.ts';
import {
  changedIn,
  Decision,
  type DecisionRedone,
  eventsIn,
  type Known,
  type Line,
  lineOf,
  linesOf,
  toldBy,
} from '../functions/drift/replay/index.ts';
import { explain } from './explain.ts';
import { configIn, configOption } from './fleet-accounts.ts';
import { hubStore } from './hub.ts';
import { readLarge } from './large-text.ts';
import { type Format, outputOption, print } from './output.ts';
import { replayLines, summaryOf } from './replay-lines.ts';
import type { Redo } from './replay-redo.ts';
import { millisFrom } from './since.ts';
import { Told } from './told.ts';

type Options = { since?: number; guardrails?: string; mode?: DriftMode; config: string; output: Format };

/** As diff has it. */
const EXIT = { same: 0, different: 1, trouble: 2 } as const;

export const replayCommand = () =>
  new Command('replay')
    .description('recorded events through today’s code and configuration; shows what would now be decided otherwise')
    .argument('[file...]', 'events as JSON (one, or an array of them) or as JSON lines; - is the standard input')
    .option('--since <time>', 'instead of files: every decision of so long: 7d, at most 90d', sinceOf)
    .option('--guardrails <directory>', 'also say which of the grants behind the decisions these would refuse')
    .addOption(new Option('--mode <mode>', 'as if every configured cluster were in this mode').choices(DRIFT_MODES))
    .addOption(configOption())
    .addOption(outputOption())
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.same : EXIT.trouble))
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], { since, ...options }: Options) => {
      process.exitCode = EXIT.trouble;
      if (files.length > 0 === (since !== undefined))
        throw new Told('Name files of events, or --since 7d for what the hub has decided: one of the two.');
      const lines = since === undefined ? ofFiles(files, options) : ofTime(since, options);
      const all: Line[] = [];
      for await (const line of lines) {
        all.push(forCounting(line));
        print(options.output === 'json' ? JSON.stringify(line) : replayLines(line));
      }
      if (options.output === 'text') print(summaryOf(all));
      process.exitCode = changedIn(all) === 0 ? EXIT.same : EXIT.different;
    });

const HELP = `
Writes nothing. With -o json, a line an event: {eventId, change, because, actor, findings, plan, decisions}, or {eventId, error}
where an event can't be read. Findings and plan come from the snapshot that the hub kept of each decision; where there is none,
they are null and "because" says why. Files need no hub: without one they are read, and nothing more.

--guardrails says nothing new of what drift found: that is judged by the grants in force. It names those that would be refused today.
--mode remediate also leaves aside that a cluster's baseline must be accepted first.

Exit code: 0 what was decided would be decided again, 1 something would be different, 2 trouble. Events that can't be read are none.

  podid replay events/*.json -o json
  podid replay --since 7d --mode remediate`;

// Only where there is something to make again: the guardrails' engine takes a second to load.
const redoing: typeof import('./replay-redo.ts').redoing = async (...given) =>
  (await import('./replay-redo.ts')).redoing(...given);

/** Of each event that is read: what is decided on it. Without a hub the reason, told once on the standard error, too. */
async function* ofFiles(files: readonly string[], options: Omit<Options, 'since'>): AsyncGenerator<Line> {
  const decided = decisionsOf(options);
  for (const file of files) {
    for (const read of eventsIn(await readLarge(file))) {
      if ('error' in read) {
        yield { eventId: null, error: `${file}: ${read.error}` };
        continue;
      }
      const told = toldBy(read.event);
      yield 'line' in told ? told.line : lineOf(told.change, await decided(told.change.actor.eventId));
    }
  }
}

async function* ofTime(since: number, options: Omit<Options, 'since'>): AsyncGenerator<Line> {
  const store = hubStore();
  const redo = await redoing(store, configIn(options.config), options);
  for await (const some of chunksOf(store.decisions(Decision).since(new Date(Date.now() - since).toISOString()))) {
    for (const made of await Promise.all(some.map(redo))) {
      if ('unreadable' in made) console.error(`podid: ${made.unreadable}`);
      else yield* linesOf(made, made.changes);
    }
  }
}

/** So many snapshots are read at once: a week of them one by one would take minutes. */
const AT_ONCE = 20;

async function* chunksOf<Value>(values: AsyncIterable<Value>): AsyncGenerator<readonly Value[]> {
  let chunk: Value[] = [];
  for await (const value of values) {
    chunk.push(value);
    if (chunk.length < AT_ONCE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const decisionsOf = (options: Omit<Options, 'since'>): ((eventId: string) => Promise<Known>) => {
  let none = hubIsNamed() ? undefined : NO_HUB;
  let redo: Redo | undefined;
  return async (eventId) => {
    if (none !== undefined) return { none };
    try {
      const store = hubStore();
      const decisions = await store.decisions(Decision).ofEvent(eventId);
      if (decisions.length === 0) return { none: 'The hub has no snapshot for it: nothing was decided on this event.' };
      redo ??= await redoing(store, configIn(options.config), options);
      const redone: DecisionRedone[] = [];
      for (const decision of decisions) {
        const made = await redo(decision);
        if ('unreadable' in made) return { none: made.unreadable };
        redone.push(made);
      }
      return { redone };
    } catch (error) {
      const why = explain(error);
      if (why === undefined || error instanceof Told) throw error;
      none = `There is no snapshot for it: the hub can't be asked (${why.split('\n')[0]})`;
      console.error(`podid: the hub can't be asked, so that nothing is said about findings and plans: ${why}`);
      return { none };
    }
  };
};

const NO_HUB = 'There is no snapshot for it: no hub was asked (PODID_HUB_REGION names its region).';

const hubIsNamed = (): boolean =>
  [process.env.PODID_HUB_REGION, process.env.AWS_REGION, process.env.AWS_DEFAULT_REGION].some(
    (region) => region !== undefined && region !== '',
  );

/** What the summary needs: a week of findings and plans must not stay in memory. */
const forCounting = (line: Line): Line =>
  'error' in line ? line : { ...line, change: null, findings: null, plan: null };

const LONGEST = 90 * 24 * 3_600_000;

const sinceOf = (text: string): number => {
  const millis = millisFrom(text);
  if (millis > LONGEST) throw new InvalidArgumentError('Decisions are kept for 90 days.');
  return millis;
};
