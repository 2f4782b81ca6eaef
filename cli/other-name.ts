/** Options that people know by two names. */
import { type Command, Option } from 'commander';

/** Takes `--<alias>` for the option `--<name>` of the command, too; the help shows the one name. */
export const alsoKnownAs = (command: Command, name: string, alias: string): Command =>
  command
    .addOption(new Option(`--${alias} <text>`).hideHelp())
    .on(`option:${alias}`, (text: string) => command.setOptionValueWithSource(name, text, 'cli'));
