/** `podid findings`: what the control plane has found wrong, what was mended lately, and what people say to it. */
import { Command, Option } from 'commander';
import type { Severity } from '../functions/finding.ts';
import { parseArn } from '../functions/partition.ts';
import type { Store } from '../functions/store/index.ts';
import { ackCommand, suppressCommand } from './findings-acts.ts';
import { findingsAdoptCommand } from './findings-adopt.ts';
import { explainCommand } from './findings-explain.ts';
import { findingLine, HEAD, type Row, story, worstFirst } from './findings-lines.ts';
import { sarifOfRows } from './findings-sarif.ts';
import { formatOption, show } from './grants-output.ts';
import { hubStore } from './hub.ts';
import { print, printJson, table } from './output.ts';
import { Told } from './told.ts';
import { roleOfArn } from './trust-role.ts';

type Filters = { reason?: readonly string[]; severity?: Severity; account?: string };
type ListOptions = Filters & {
  output: 'text' | 'json' | 'yaml' | 'sarif';
  role?: string;
  object?: string;
  all?: boolean;
};

/** How far back resolved ones are listed beside the open ones: an hour, in milliseconds. */
const LATELY = 3_600_000;

export const findingsCommand = () =>
  new Command('findings')
    .description(
      'what is wrong with roles, associations and clusters, worst first, and what was mended in the last hour',
    )
    .addCommand(list(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(ackCommand())
    .addCommand(suppressCommand())
    .addCommand(findingsAdoptCommand())
    .addCommand(explainCommand())
    .addHelpText(
      'after',
      `
  podid findings
  podid findings --severity error --account 111122223333
  podid findings --role arn:PARTITION:iam::ACCOUNT:role/api --all
  podid findings show f-0a1b2c3d4e5f
  podid findings ack f-0a1b2c3d4e5f --why "the platform team is at it"
  podid findings suppress f-0a1b2c3d4e5f --until 30d --why "until the migration is over"
  podid findings adopt f-0a1b2c3d4e5f --why "the new role is right"
  podid findings explain TrustWidened`,
    );

const list = () =>
  new Command('list')
    .description('a line for each that is open, and for each that was resolved in the last hour')
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml', 'sarif']).default('text'),
    )
    .option('--role <arn>', 'only of this role')
    .option(
      '--object <key>',
      "only of this object: a role's or cluster's ARN, CLUSTER_ARN#NAMESPACE/SERVICE_ACCOUNT, a grant",
    )
    .option('--all', 'with --role or --object: also those that were resolved long ago')
    .option('--reason <name...>', 'only with one of these reasons')
    .addOption(
      new Option('--severity <severity>', 'only of this severity, or worse').choices([
        'critical',
        'error',
        'warning',
        'info',
      ]),
    )
    .option('--account <id>', 'only about things of this account')
    .action(async ({ output, role, object, all, ...filters }: ListOptions) => {
      if (role !== undefined) roleOfArn(role);
      const one = object ?? role;
      if (all === true && one === undefined) throw new Told('--all is for one role: podid findings --role ARN --all');
      const found = one === undefined ? await lately(hubStore()) : await ofObject(hubStore(), one, all === true);
      const rows = found.filter((row) => passes(row, filters));
      if (output === 'sarif') return printJson(sarifOfRows(rows, new Date()));
      show(output, { findings: rows }, () =>
        rows.length === 0
          ? 'No findings.'
          : table(
              HEAD,
              rows.map((row) => findingLine(row, new Date())),
            ),
      );
    });

const showCommand = () =>
  new Command('show')
    .description('one finding: what is wrong, for whom, since when and by whom, what mends it, and why that is held')
    .argument('<id>', 'its id, from the list')
    .addOption(formatOption())
    .action(async (id: string, { output }: { output: 'text' | 'json' | 'yaml' }) => {
      const row = await hubStore().findings.get(id);
      if (row === undefined) throw new Told(`There is no finding ${id}. \`podid findings\` lists them.`);
      if (output === 'text') print(story(row, new Date()));
      else show(output, row, () => '');
    });

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

const ofObject = async (store: Store, object: string, all: boolean): Promise<readonly Row[]> => {
  const since = new Date(Date.now() - LATELY).toISOString();
  const rows = await store.findings.of(object);
  const open = rows.filter(({ state }) => state === 'open');
  const resolved = rows.filter(({ state, resolvedAt = '' }) => state === 'resolved' && (all || resolvedAt >= since));
  return [...worstFirst(open), ...resolved];
};

const ORDER: readonly Severity[] = ['critical', 'error', 'warning', 'info'];

const passes = (row: Row, { reason, severity, account }: Filters): boolean =>
  (reason === undefined || reason.includes(row.reason)) &&
  (severity === undefined || ORDER.indexOf(row.severity) <= ORDER.indexOf(severity)) &&
  (account === undefined || accountOf(row.object) === account);

/** An ARN's, or what stands before the region; a grant has none. */
const accountOf = (object: string): string | undefined => parseArn(object)?.account ?? /^(\d{12})\//.exec(object)?.[1];
