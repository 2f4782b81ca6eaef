/** `podid completion bash|zsh`, and `podid __complete`, which the scripts ask. */
import { Argument, Command } from 'commander';
import { nextOf } from './completion-words.ts';
import { print } from './output.ts';

/** The commands by name, each loaded when it is wanted. */
export type Commands = ReadonlyMap<string, () => Promise<Command>>;

export const completionCommand = () =>
  new Command('completion')
    .description('a script that completes commands, options, grants, clusters and teams')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      `
  bash, in ~/.bashrc: source <(podid completion bash)
  zsh, in ~/.zshrc: source <(podid completion zsh)`,
    )
    .action((shell: 'bash' | 'zsh') => print(SCRIPTS[shell]));

/** Prints what could stand where the last word is, one a line; a single `:files` leaves it to the shell. */
export const completeCommand = (commands: Commands) =>
  new Command('__complete')
    .argument('[words...]')
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const lines = await completions(commands, words);
      if (lines.length > 0) print(lines.join('\n'));
    });

const completions = async (commands: Commands, words: readonly string[]): Promise<readonly string[]> => {
  const last = words.at(-1) ?? '';
  const beginning = (all: readonly string[]) => all.filter((each) => each.startsWith(last));
  const [name, ...rest] = words;
  if (name === undefined || rest.length === 0) {
    return beginning([...commands.keys()].filter((command) => !command.startsWith('_')));
  }
  const command = await commands.get(name)?.();
  if (command === undefined) return [];
  const next = nextOf(command, rest);
  if ('files' in next) return [':files'];
  if ('words' in next) return beginning(next.words);
  // Only here: most of what is completed needs no API.
  const { namesOf } = await import('./completion-names.ts');
  return beginning(await namesOf(next.names));
};

const BASH = `# podid completion for bash
_podid() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ "\${COMPREPLY[0]:-}" == ":files" ]]; then
    COMPREPLY=()
    compopt -o default 2>/dev/null
  fi
}
complete -F _podid podid`;

const ZSH = `#compdef podid
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
_podid() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${found[1]}" == ":files" ]]; then
    _files
  else
    compadd -- "\${(@)found:#}"
  fi
}
compdef _podid podid`;

const SCRIPTS = { bash: BASH, zsh: ZSH } as const;
