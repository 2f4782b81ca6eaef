/** `podid revocations`: what was revoked, the story of one, and running one again. */
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command, InvalidArgumentError, Option } from 'commander';
import { nextAttempt } from '../functions/revocation/begin.ts';
import { storyJson, storyText } from '../functions/revocation/story.ts';
import type { Store } from '../functions/store/index.ts';
import type { RevocationRow } from '../functions/store/revocation-row.ts';
import { hubMachines, hubStore } from './hub.ts';
import { ago, type Format, outputOption, print, printJson, table } from './output.ts';
import { summaryOf } from './revocation-lines.ts';
import { Told } from './told.ts';

type ListOptions = { output: Format; limit: number; cursor?: string; cluster?: string; running?: boolean };
type ShowOptions = { output: Format; latest?: boolean; wait?: boolean };

export const revocationsCommand = () =>
  new Command('revocations')
    .description('what was revoked, newest first')
    .addCommand(list(), { isDefault: true })
    .addCommand(show())
    .addCommand(retry());

const list = () =>
  new Command('list')
    .description('one line a revocation, newest first')
    .addOption(outputOption())
    .option('-l, --limit <n>', 'how many', count, 50)
    .option('--cursor <cursor>', 'where the last page ended')
    .option('--cluster <name>', 'only of clusters of this name')
    .option('--running', 'only those that have not ended')
    .action(async ({ output, limit, cursor, cluster, running }: ListOptions) => {
      const page = await hubStore().revocations.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
      const rows = page.revocations.filter(
        ({ revocation, status }) =>
          (cluster === undefined || revocation.identity.cluster === cluster) &&
          (running !== true || status === 'running'),
      );
      if (output === 'json')
        return printJson({ revocations: rows.map(summaryOf), ...(page.next === undefined ? {} : { next: page.next }) });
      if (rows.length === 0) print('No revocations.');
      else print(table(HEAD, rows.map(line)));
      if (page.next !== undefined) print(`\nMore: podid revocations --cursor ${page.next}`);
    });

const HEAD = ['ID', 'WHEN', 'IDENTITY', 'CLUSTER', 'CAUSE', 'OUTCOME', 'BY'];

const line = ({ revocation, status, outcome }: RevocationRow): string[] => {
  const { id, identity, cause, since, actor } = revocation;
  return [
    id,
    `${ago(since, new Date())} ago`,
    `${identity.namespace}/${identity.serviceAccount}`,
    identity.cluster,
    cause,
    outcome ?? status,
    actor.arn ?? actor.type,
  ];
};

const show = () =>
  new Command('show')
    .description('the story of one: who did it, what was cut, what was restarted, what remains')
    .argument('[id]', 'its id, from the list')
    .option('--latest', 'the newest one')
    .addOption(new Option('-w, --wait', 'wait until it has ended'))
    .addOption(outputOption())
    .action(async (id: string | undefined, { output, latest, wait }: ShowOptions) => {
      const store = hubStore();
      const ended = async (): Promise<RevocationRow> => {
        const row = await find(id, latest);
        if (wait !== true || row.status === 'ended') return row;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return ended();
      };
      const find = async (named: string | undefined, newest: boolean | undefined): Promise<RevocationRow> => {
        if (named !== undefined) {
          const row = await store.revocations.get(named);
          if (row === undefined) throw new Told(`There is no revocation ${named}. \`podid revocations\` lists them.`);
          return row;
        }
        if (newest !== true) throw new Told('Which one? Give its id, or --latest.');
        const [row] = (await store.revocations.list({ limit: 1 })).revocations;
        if (row === undefined) throw new Told('There are no revocations yet.');
        return row;
      };
      const row = await ended();
      const journal = await store.journal.of(row.revocation.id);
      if (output === 'json') printJson(storyJson(row, journal));
      else print(storyText(row, journal));
    });

const retry = () =>
  new Command('retry')
    .description('run one again: it failed, or the kill switch or the breaker halted it')
    .argument('<id>', 'its id, from the list')
    .option('--acknowledge', "let it pass the cluster's tripped breaker")
    .action(async (id: string, { acknowledge }: { acknowledge?: boolean }) => {
      const store = hubStore();
      const row = await store.revocations.get(id);
      if (row === undefined) throw new Told(`There is no revocation ${id}. \`podid revocations\` lists them.`);
      const { client, machine, caller } = await hubMachines('revoke');
      if (row.status === 'running') await endLost(store, client, machine, id);
      const next = { ...nextAttempt(row.revocation), ...(acknowledge === true ? { acknowledgedBy: caller } : {}) };
      if (!(await store.revocations.elect(next, new Date().toISOString()))) {
        throw new Told(`${next.id} is there already: podid revocations show ${next.id}`);
      }
      await client.send(
        new StartExecutionCommand({ stateMachineArn: machine, name: next.id, input: JSON.stringify(next) }),
      );
      print(`Started ${next.id}. Follow it: podid revocations show ${next.id} --wait`);
    });

/** A row that says `running` while its execution is over was never recorded: it ends here, as failed. @throws Told while it runs */
const endLost = async (store: Store, client: SFNClient, machine: string, id: string): Promise<void> => {
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${id}`;
  const { status, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }));
  if (status === 'RUNNING') throw new Told(`${id} is still running: podid revocations show ${id} --wait`);
  const endedAt = (stopDate ?? new Date()).toISOString();
  await store.revocations.finish(id, {
    endedAt,
    outcome: 'failed',
    story: { summary: `The execution ended as ${status} without a record.` },
  });
};

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('A number from 1 to 1000.');
  return number;
}
