/** How things are printed: a table for people, JSON for programs. */
import { Option } from 'commander';

export type Format = 'text' | 'json';

/** `-o text|json`, the same on every command that prints. */
export const outputOption = () =>
  new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text');

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Columns as wide as their widest cell, two spaces apart; the last one runs free. */
export const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string => {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
};

/** How long ago, as people say it: `12s`, `5m`, `3h`, `8d`. */
export const ago = (instant: string, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
};
