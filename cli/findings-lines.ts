/** Findings as people read them. Pure. */
import type { Store } from '../functions/store/index.ts';
import { ago } from './output.ts';

export type Row = Awaited<ReturnType<Store['findings']['of']>>[number];

export const HEAD = ['ID', 'SEVERITY', 'STATE', 'SINCE', 'OBJECT', 'REASON', 'WHAT'];

export const findingLine = (row: Row, now: Date): string[] => [
  row.id,
  row.severity,
  stateOf(row, now),
  `${ago(row.state === 'open' ? row.openedAt : (row.resolvedAt ?? row.seenAt), now)} ago`,
  row.object,
  row.reason,
  row.sentence,
];

export const isSuppressed = ({ state, suppressedUntil }: Row, now: Date): boolean =>
  state === 'open' && suppressedUntil !== undefined && Date.parse(suppressedUntil) > now.getTime();

const stateOf = (row: Row, now: Date): string => {
  if (isSuppressed(row, now)) return 'suppressed';
  return row.state === 'open' && row.acknowledged !== undefined ? 'acknowledged' : row.state;
};

const ORDER: Readonly<Record<Row['severity'], number>> = { critical: 0, error: 1, warning: 2, info: 3 };

/** Stable: within a severity the order of the store stays. */
export const worstFirst = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);

export const story = (row: Row, now: Date): string => {
  const { statement, openedBy, resolvedAt, resolvedBy, acknowledged, suppressedUntil } = row;
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['Object', row.object],
    ['Statement', statement && (statement.sid ?? String(statement.index))],
    ['Subject', row.subject],
    ['Witness', row.witness],
    ['Remedy', row.remedy],
    ['Held', row.held],
    [
      'Opened',
      `${row.openedAt} by ${causeText(openedBy)}${row.timesOpened > 1 ? `, for the ${row.timesOpened}th time` : ''}`,
    ],
    ['Who', actorText(openedBy)],
    ['Seen', `${row.seenAt}, ${row.timesSeen} time${row.timesSeen === 1 ? '' : 's'}`],
    [
      'Acknowledged',
      acknowledged &&
        `${acknowledged.at} by ${acknowledged.by}${acknowledged.why === undefined ? '' : `: ${acknowledged.why}`}`,
    ],
    ['Suppressed', suppressedUntil && `until ${suppressedUntil}${isSuppressed(row, now) ? '' : ', which is over'}`],
    ['Resolved', resolvedAt && `${resolvedAt}${resolvedBy === undefined ? '' : ` by ${causeText(resolvedBy)}`}`],
    ...row.earlier.map(
      (spell) =>
        [
          'Before',
          `${spell.openedAt} by ${causeText(spell.openedBy)}, until ${spell.resolvedAt} by ${causeText(spell.resolvedBy)}`,
        ] as const,
    ),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    `Finding ${row.id}: ${row.severity} ${row.reason}, ${stateOf(row, now)}`,
    row.sentence,
    '',
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(width)}  ${text}`])),
  ].join('\n');
};

const causeText = ({ kind, actor }: Row['openedBy']): string =>
  actor === undefined ? kind : `${kind} of ${actor.arn ?? actor.type}`;

/** What the event tells of them beside the ARN. */
const actorText = ({ actor }: Row['openedBy']): string | undefined => {
  if (actor === undefined) return undefined;
  const { name, type, sourceIp, userAgent, mfa, invokedBy, eventId } = actor;
  return [
    `${type}${name === undefined ? '' : ` ${name}`}`,
    ...(sourceIp === undefined ? [] : [`from ${sourceIp}`]),
    ...(userAgent === undefined ? [] : [`with ${userAgent}`]),
    ...(invokedBy === undefined ? [] : [`through ${invokedBy}`]),
    ...(mfa === undefined ? [] : [mfa ? 'with MFA' : 'without MFA']),
    `event ${eventId}`,
  ].join(', ');
};
