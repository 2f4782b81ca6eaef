/** `podid findings`: what the control plane has found wrong with roles, and what was mended lately. */
import { Command } from 'commander';
import type { Store } from '../functions/store/index.ts';
import { hubStore } from './hub.ts';
import { ago, type Format, outputOption, print, printJson, table } from './output.ts';
import { Told } from './told.ts';
import { roleOfArn } from './trust-role.ts';

type Row = Awaited<ReturnType<Store['findings']['of']>>[number];

type ListOptions = { output: Format; role?: string; all?: boolean };

/** How far back resolved ones are listed beside the open ones: an hour, in milliseconds. */
const LATELY = 3_600_000;

export const findingsCommand = () =>
  new Command('findings')
    .description('what is wrong with roles, worst first, and what was mended in the last hour')
    .addCommand(list(), { isDefault: true })
    .addCommand(show())
    .addHelpText(
      'after',
      `
  podid findings
  podid findings --role arn:PARTITION:iam::ACCOUNT:role/api --all
  podid findings show f-0a1b2c3d4e5f`,
    );

const list = () =>
  new Command('list')
    .description('a line for each that is open, and for each that was resolved in the last hour')
    .addOption(outputOption())
    .option('--role <arn>', 'only of this role')
    .option('--all', 'with --role: also those that were resolved long ago')
    .action(async ({ output, role, all }: ListOptions) => {
      if (all === true && role === undefined) throw new Told('--all is for one role: podid findings --role ARN --all');
      const rows = role === undefined ? await lately(hubStore()) : await ofRole(hubStore(), role, all === true);
      if (output === 'json') return printJson({ findings: rows });
      print(rows.length === 0 ? 'No findings.' : table(HEAD, rows.map(line)));
    });

const show = () =>
  new Command('show')
    .description('one finding: what is wrong, for whom, since when, and what mends it')
    .argument('<id>', 'its id, from the list')
    .addOption(outputOption())
    .action(async (id: string, { output }: { output: Format }) => {
      const row = await hubStore().findings.get(id);
      if (row === undefined) throw new Told(`There is no finding ${id}. \`podid findings\` lists them.`);
      if (output === 'json') printJson(row);
      else print(story(row));
    });

const HEAD = ['ID', 'SEVERITY', 'STATE', 'SINCE', 'ROLE', 'REASON', 'WHAT'];

const line = (row: Row): string[] => [
  row.id,
  row.severity,
  row.state,
  `${ago(row.state === 'open' ? row.openedAt : (row.resolvedAt ?? row.seenAt), new Date())} ago`,
  row.object,
  row.reason,
  row.sentence,
];

const lately = async (store: Store): Promise<readonly Row[]> => {
  const open: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.findings.listOpen({ limit: 200, ...(cursor !== undefined && { cursor }) });
    open.push(...page.findings);
    cursor = page.next;
  } while (cursor !== undefined);
  const resolved = await store.findings.resolvedSince(new Date(Date.now() - LATELY).toISOString());
  return [...worstFirst(open), ...resolved];
};

const ofRole = async (store: Store, role: string, all: boolean): Promise<readonly Row[]> => {
  roleOfArn(role);
  const since = new Date(Date.now() - LATELY).toISOString();
  const rows = await store.findings.of(role);
  const open = rows.filter(({ state }) => state === 'open');
  const resolved = rows.filter(({ state, resolvedAt = '' }) => state === 'resolved' && (all || resolvedAt >= since));
  return [...worstFirst(open), ...resolved];
};

const ORDER: Readonly<Record<Row['severity'], number>> = { critical: 0, error: 1, warning: 2, info: 3 };

/** Stable: within a severity the order of the store stays. */
const worstFirst = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);

const story = (row: Row): string => {
  const { statement, openedBy, resolvedAt, resolvedBy } = row;
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['Role', row.object],
    ['Statement', statement && (statement.sid ?? String(statement.index))],
    ['Witness', row.witness],
    ['Remedy', row.remedy],
    ['Held', row.held],
    [
      'Opened',
      `${row.openedAt} by ${causeText(openedBy)}${row.timesOpened > 1 ? `, for the ${row.timesOpened}th time` : ''}`,
    ],
    ['Seen', `${row.seenAt}, ${row.timesSeen} time${row.timesSeen === 1 ? '' : 's'}`],
    ['Resolved', resolvedAt && `${resolvedAt}${resolvedBy === undefined ? '' : ` by ${causeText(resolvedBy)}`}`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    `Finding ${row.id}: ${row.severity} ${row.reason}, ${row.state}`,
    row.sentence,
    '',
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(width)}  ${text}`])),
  ].join('\n');
};

const causeText = ({ kind, actor }: Row['openedBy']): string =>
  actor === undefined ? kind : `${kind} of ${actor.arn ?? actor.type}`;
