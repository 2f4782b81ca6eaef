/** Executions and their states as lines for a person. */
import { styleText } from 'node:util';
import { printable } from './api-problem.ts';
import type { ExecutionError, StateRun } from './executions-history.ts';

/** `0.4s`, `12s`, `3m 20s`, `2h 5m`. */
export const took = (from: Date, to: Date): string => {
  const seconds = Math.max(0, (to.getTime() - from.getTime()) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m ${Math.round(seconds % 60)}s`;
  return `${Math.floor(seconds / 3_600)}h ${Math.round((seconds % 3_600) / 60)}m`;
};

export const clock = (at: Date): string => at.toISOString().slice(11, 23);

/** Red for what failed, where the output has colours. */
export const statusText = (status: string, stream: NodeJS.WriteStream): string =>
  ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status) ? styleText('red', status, { stream }) : status;

export type Shown = {
  readonly stream: NodeJS.WriteStream;
  /** Characters of an input or output. */
  readonly width: number;
  /** Inputs and outputs whole, whatever stays the same. */
  readonly full: boolean;
  /** What the state before it left: what is the same needs no second look. */
  readonly before?: string;
};

/** A state with its input and output, each on a line of its own. */
export const stateLines = (run: StateRun, { stream, width, full, before }: Shown): string => {
  const { name, type, depth, item, enteredAt, exitedAt, input, output, error, attempts } = run;
  const indent = '  '.repeat(depth);
  const where = item === undefined ? name : `${name} [${item}]`;
  const tried = attempts > 1 ? `, ${attempts} attempts` : '';
  const end = exitedAt === undefined ? (error === undefined ? 'running' : 'failed') : took(enteredAt, exitedAt);
  const more = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : [`${indent}    ${label} ${cut(printable(text), width)}`];
  return [
    `${clock(enteredAt)}  ${indent}${where}  (${type}, ${end}${tried})`,
    ...more('in ', full ? input : newIn(input, before)),
    ...(error === undefined ? [] : [`${indent}    ${styleText('red', errorText(error), { stream })}`]),
    ...more('out', full ? output : newIn(output, input)),
  ].join('\n');
};

/** The members that another text doesn't have, or has otherwise; undefined when there is none. */
const newIn = (text: string | undefined, before: string | undefined): string | undefined => {
  if (text === undefined || text === before) return undefined;
  const [now, then] = [membersOf(text), membersOf(before)];
  if (now === undefined || then === undefined) return text;
  const news = [...now].filter(([name, value]) => then.get(name) !== value);
  if (news.length === 0) return undefined;
  const members = news.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  return news.length === now.size ? `{${members}}` : `{…,${members}}`;
};

/** The members of a JSON object, each as text; undefined for what is none. */
const membersOf = (text: string | undefined): ReadonlyMap<string, string> | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)]));
  } catch {
    return undefined;
  }
};

export const errorText = ({ error, cause }: ExecutionError): string =>
  printable(cause === undefined ? error : `${error}: ${cause}`);

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
