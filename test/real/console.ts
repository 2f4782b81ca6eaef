/** A guide's `console` blocks as something to run: its commands, and the output that it shows for each. */

export type Step = {
  /** Where it stands, for whoever has to mend it. */
  readonly line: number;
  readonly command: string;
  /** What the guide shows. A line `…` stands for any lines, `…` within a line for any text. Empty: it shows nothing. */
  readonly shown: readonly string[];
};

/** The steps of a guide, in order: what follows `$ ` in its console blocks, with the lines that a `\`, a quote or a here-document continues. */
export const stepsOf = (markdown: string): readonly Step[] => {
  const steps: { line: number; command: string; shown: string[] }[] = [];
  let inside = false;
  let open = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) {
      inside = line === '```console';
      continue;
    }
    if (!inside) continue;
    const last = steps.at(-1);
    if (open && last !== undefined) {
      last.command += `\n${line}`;
      open = goesOn(last.command);
    } else if (line.startsWith('$ ')) {
      steps.push({ line: index + 1, command: line.slice(2), shown: [] });
      open = goesOn(line.slice(2));
    } else {
      last?.shown.push(line);
    }
  }
  return steps;
};

const goesOn = (command: string): boolean => {
  const marker = /<<'?(\w+)'?/.exec(command)?.[1];
  if (marker !== undefined) return !command.endsWith(`\n${marker}`);
  return command.endsWith('\\') || (command.match(/'/g) ?? []).length % 2 === 1;
};

/** One script for all steps: what each prints, to both streams, between marks that `printedBy` finds. */
export const scriptOf = (steps: readonly Step[]): string =>
  ['set +eu', ...steps.map(({ command }, index) => `echo '${mark(index)}'\n{\n${command}\n} 2>&1`), ''].join('\n');

/** What each step has printed; of those that were not reached, nothing. */
export const printedBy = (out: string, steps: readonly Step[]): readonly (string | undefined)[] =>
  steps.map((_, index) => {
    const from = out.indexOf(`${mark(index)}\n`);
    if (from < 0) return undefined;
    const to = out.indexOf(`${mark(index + 1)}\n`, from);
    return out.slice(from + mark(index).length + 1, to < 0 ? undefined : to);
  });

const mark = (index: number): string => `--- step ${index} ---`;

/** Whether output is what the guide shows, ids, times and durations aside; both as text to compare when it isn't. */
export const compared = (shown: readonly string[], printed: string): { like: boolean; shown: string; got: string } => {
  const wanted = lasting(shown.join('\n')).trimEnd();
  const got = lasting(printed).trimEnd();
  const pattern = wanted
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(literal).join('.*')}\\n`))
    .join('');
  return { like: wanted === '' || new RegExp(`^${pattern}$`).test(`${got}\n`), shown: wanted, got };
};

/** A text without what differs from run to run: tables are as wide as what is in them. */
const lasting = (text: string): string =>
  VARYING.reduce((all, [pattern, name]) => all.replaceAll(pattern, name), text)
    .split('\n')
    .map((line) => line.replaceAll(/(?<=\S) +/g, ' ').trimEnd())
    .join('\n');

const VARYING: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'],
  [/\bg-[0-9a-f]{16}\b/g, 'GRANT'],
  [/\ba-[0-9a-z]{17}\b/g, 'ASSOCIATION'],
  [/(?<=[a-z]-)[0-9a-f]{12}\b/g, 'HASH'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| [+-]\d\d:\d\d)?/g, 'TIME'],
  [/(?<=[a-z]-)[0-9a-f]{8,10}-[0-9a-z]{5}\b/g, 'POD'],
  [/\b\d+(?:\.\d+)? ?s\b/g, 'SECONDS'],
];

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
