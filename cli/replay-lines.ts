/** What `podid replay` prints for people. Pure. */
import { changedIn, type Line } from '../functions/drift/replay/index.ts';

/** An event with what it tells, and below it what would be decided otherwise. */
export const replayLines = (line: Line): string => {
  const event = line.eventId ?? '(no event)';
  if ('error' in line) return `${event}  UNREADABLE  ${line.error}`;
  const { change, actor, because, findings, decisions = [] } = line;
  const who = actor === null ? '' : ` by ${actor.arn ?? actor.name ?? actor.type}`;
  const found = findings === null ? [] : [...new Set(findings.map(({ reason }) => reason))];
  return [
    `${event}  ${change?.kind ?? 'no change'}${who}: ${because}${found.length === 0 ? '' : ` Found: ${found.join(', ')}.`}`,
    ...decisions.flatMap(({ id, at, object, differences }) =>
      differences.length === 0
        ? []
        : [`  ${object}, decided at ${at} (${id}):`, ...differences.map((each) => `    ${each}`)],
    ),
  ].join('\n');
};

export const summaryOf = (lines: readonly Line[]): string => {
  const unreadable = lines.filter((line) => 'error' in line).length;
  const decisions = new Set(
    lines.flatMap((line) => ('error' in line ? [] : (line.decisions ?? []).map(({ id }) => id))),
  ).size;
  return `${counted(lines.length, 'event')}, ${unreadable} unreadable; ${counted(decisions, 'decision')} made again, ${changedIn(lines)} would be different now.`;
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
