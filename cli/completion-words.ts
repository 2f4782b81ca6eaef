/** What could come next on the command line: walked over the commands as they are defined, so that nothing is listed twice. */
import type { Command, Option } from 'commander';

/** Names that only the API knows. */
export type Names = 'grants' | 'clusters' | 'teams' | 'templates';

export type Next =
  | { readonly words: readonly string[] }
  | { readonly names: Names }
  /** The shell completes files. */
  | { readonly files: true };

/** By an option's or an argument's name. */
const NAMED: Readonly<Record<string, Names>> = {
  grant: 'grants',
  change: 'grants',
  cluster: 'clusters',
  team: 'teams',
  template: 'templates',
  targetTemplate: 'templates',
};
const FILES = new Set(['file', 'inline', 'targetInline', 'sessionPolicy', 'out', 'config', 'guardrails']);
/** Arguments that are no files, and of which nobody has a list at hand. */
const TYPED = new Set(['id', 'reason']);
const WORDS: Readonly<Record<string, readonly string[]>> = { role: ['managed'] };

/** What may stand at the place of the last of `words`, which come after the command. */
export const nextOf = (command: Command, words: readonly string[]): Next => {
  const last = words.at(-1) ?? '';
  const { at, arguments: given, option } = walked(command, words.slice(0, -1));
  if (option !== undefined) return ofOption(option);
  if (last.startsWith('-')) {
    return { words: [...at.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []), '--help'] };
  }
  if (at.commands.length > 0) return { words: at.commands.map((sub) => sub.name()) };
  const argument = at.registeredArguments[given];
  if (argument === undefined) return { words: [] };
  if (argument.argChoices !== undefined) return { words: argument.argChoices };
  const names = NAMED[argument.name()];
  if (names !== undefined) return { names };
  return TYPED.has(argument.name()) ? { words: [] } : { files: true };
};

type Walked = { readonly at: Command; readonly arguments: number; readonly option?: Option };

/** The command that the words lead to, how many of its arguments they give, and the option that still wants a value. */
const walked = (command: Command, [word, ...rest]: readonly string[], given = 0): Walked => {
  if (word === undefined) return { at: command, arguments: given };
  const option = command.options.find(({ long, short }) => word === long || word === short);
  if (option?.required === true) {
    return rest.length === 0 ? { at: command, arguments: given, option } : walked(command, rest.slice(1), given);
  }
  if (word.startsWith('-')) return walked(command, rest, given);
  const sub = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
  return sub === undefined ? walked(command, rest, given + 1) : walked(sub, rest);
};

const ofOption = (option: Option): Next => {
  const name = option.attributeName();
  const words = option.argChoices ?? WORDS[name];
  if (words !== undefined) return { words };
  const names = NAMED[name];
  if (names !== undefined) return { names };
  return FILES.has(name) ? { files: true } : { words: [] };
};
