/** `podid dlq`: what nobody could handle, with its cause; and once that is mended, the way back. */
import { Command } from 'commander';
import { type Letter, letterOf } from './dlq-letters.ts';
import { type DeadLetterQueue, type Message, messagesOf, queuesOf, release, remove } from './dlq-queues.ts';
import { explain } from './explain.ts';
import { accountsNamed, accountsOf, configIn, configOption } from './fleet-accounts.ts';
import { ago, type Format, outputOption, print, printJson, table } from './output.ts';
import { Told } from './told.ts';

type Options = { config: string; account?: string; output: Format };

export const dlqCommand = () =>
  new Command('dlq')
    .description('dead letters: events that nobody could handle or deliver, with the cause, in every account')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(redriveCommand())
    .addHelpText(
      'after',
      `
A letter is kept for 14 days. What is listed is out of others' sight for that moment.

  podid dlq
  podid dlq show 3f1c
  podid dlq redrive 3f1c
  podid dlq redrive --all --account shop`,
    );

const listCommand = () =>
  withOptions(new Command('list'))
    .description('a line for each: since when, which function or rule, what it was about, and why')
    .action(async (options: Options) => {
      const letters: Letter[] = [];
      await eachLetter(options, async (letter) => {
        letters.push(letter);
        return false;
      });
      const inOrder = letters.toSorted((a, b) => (a.at < b.at ? -1 : 1));
      if (options.output === 'json') return printJson({ letters: inOrder });
      if (inOrder.length === 0) return print('No dead letters.');
      print(table(HEAD, inOrder.map(line)));
    });

const showCommand = () =>
  withOptions(new Command('show'))
    .description('one letter: its cause and the event')
    .argument('<id>', 'its id, or how it begins')
    .action(async (id: string, options: Options) => {
      const found: Letter[] = [];
      await eachLetter(options, async (letter) => {
        if (letter.id.startsWith(id)) found.push(letter);
        return false;
      });
      const letter = onlyOne(found, id);
      if (options.output === 'json') printJson(letter);
      else print(story(letter));
    });

const redriveCommand = () =>
  withOptions(new Command('redrive'))
    .description('put letters back to whom they were for, and delete each once it was accepted')
    .argument('[id...]', 'their ids, or how these begin')
    .option('--all', 'all of them')
    .addHelpText('after', '\nExit code: 0 when all of them were put back, else 1; what was not stays where it is.')
    .action(async (ids: readonly string[], { all, ...options }: Options & { all?: boolean }) => {
      if (ids.length > 0 === (all === true)) throw new Told('Say which: podid dlq redrive ID…, or --all.');
      const { redriving } = await import('./dlq-redrive.ts');
      const redrive = redriving();
      const done: { readonly id: string; readonly to: readonly string[] }[] = [];
      const failed: { readonly id: string; readonly because: string }[] = [];
      const met = new Set<string>();
      const begun = new Date().toISOString();
      await eachLetter(options, async (letter, message, queue) => {
        const meant = ids.filter((id) => letter.id.startsWith(id));
        for (const id of meant) met.add(id);
        // What fails again at once is a new letter: with --all it would go round for ever.
        if (all === true ? letter.at > begun : meant.length === 0) return false;
        try {
          const to = await redrive(letter);
          await remove(queue, message);
          done.push({ id: letter.id, to });
          if (options.output === 'text') print(`${letter.id}: ${to.join(', ')} has it.`);
          return true;
        } catch (error) {
          const because = explain(error);
          if (because === undefined) throw error;
          failed.push({ id: letter.id, because });
          if (options.output === 'text') console.error(`podid: ${letter.id} stays: ${because}`);
          return false;
        }
      });
      for (const id of ids.filter((each) => !met.has(each))) {
        failed.push({ id, because: 'there is no such letter' });
        if (options.output === 'text') console.error(`podid: there is no letter ${id}; podid dlq lists them.`);
      }
      if (failed.length > 0) process.exitCode = 1;
      if (options.output === 'json') printJson({ redriven: done, failed });
      else print(`${done.length} put back, ${failed.length} not.`);
    });

const withOptions = (command: Command): Command =>
  command
    .option('--account <name>', 'only of this account, by its name in the configuration or its id')
    .addOption(configOption())
    .addOption(outputOption());

/** Whether it was removed. */
type Visit = (letter: Letter, message: Message, queue: DeadLetterQueue) => Promise<boolean>;

/** Each letter once. What wasn't removed is in everybody's sight again afterwards, also when the visit fails. */
const eachLetter = async ({ config, account }: Options, visit: Visit): Promise<void> => {
  const queues = await queuesOf(accountsNamed(accountsOf(configIn(config)), account), (line) => {
    console.error(`podid: ${line}`);
    process.exitCode = 1;
  });
  await Promise.all(
    queues.map(async (queue) => {
      const held: Message[] = [];
      try {
        for await (const message of messagesOf(queue)) {
          held.push(message);
          if (await visit(letterOf(message, queue), message, queue)) held.pop();
        }
      } finally {
        // In vain at worst: then they come back by themselves.
        await Promise.allSettled(held.map((message) => release(queue, message)));
      }
    }),
  );
};

const onlyOne = (found: readonly Letter[], id: string): Letter => {
  const [letter, ...others] = found;
  if (letter === undefined) throw new Told(`There is no letter ${id}. podid dlq lists them.`);
  if (others.length > 0) throw new Told(`${found.length} letters begin with ${id}: give more of the id.`);
  return letter;
};

const HEAD = ['ID', 'SINCE', 'ACCOUNT', 'REGION', 'FROM', 'EVENT', 'CAUSE'];

const line = ({ id, at, account, region, by, cause, eventName }: Letter): string[] => [
  id,
  `${ago(at, new Date())} ago`,
  account,
  region,
  by.name,
  eventName ?? '?',
  oneLine(`${cause.code}: ${cause.message}`),
];

const MOST_CHARACTERS = 160;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, MOST_CHARACTERS);

const story = ({ id, at, queue, account, region, by, cause, eventName, eventId, event, to }: Letter): string =>
  [
    `Letter ${id}, since ${at}`,
    `Queue    ${queue} of ${account}, ${region}`,
    `From     ${by.kind} ${by.name}`,
    `Cause    ${cause.code}: ${cause.message}`,
    ...(cause.attempts === undefined ? [] : [`Tried    ${cause.attempts} times`]),
    `Event    ${eventName ?? '?'} ${eventId ?? ''}`,
    `Back to  ${to.kind === 'nobody' ? `nobody: ${to.because}` : `${to.kind} ${to.arn}`}`,
    '',
    typeof event === 'string' ? event : JSON.stringify(event, null, 2),
  ].join('\n');
