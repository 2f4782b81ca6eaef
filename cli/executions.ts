/** `podid executions`: what the state machines do, and what one of them did. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  paginateListStateMachines,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { Command, InvalidArgumentError } from 'commander';
import { PREFIX } from '../functions/names.ts';
import { statesOf } from './executions-history.ts';
import { errorText, stateLines, statusText, took } from './executions-lines.ts';
import { hubMachines } from './hub.ts';
import { type Format, outputOption, print, printJson, table } from './output.ts';
import { Told } from './told.ts';

type ListOptions = { output: Format; follow?: boolean; machine?: string; limit: number };
type ShowOptions = { output: Format; follow?: boolean; full?: boolean };

type Row = {
  readonly machine: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
};

const ROUND_MS = 1_000;

export const executionsCommand = () =>
  new Command('executions')
    .description('what the state machines do')
    .addCommand(list(), { isDefault: true })
    .addCommand(show());

const list = () =>
  new Command('list')
    .description('one line an execution, newest first')
    .option('-f, --follow', 'go on, a line for each that begins or ends')
    .option('-m, --machine <name>', `only of this machine, with or without ${PREFIX}-: revoke`)
    .option('-l, --limit <n>', 'how many', count, 20)
    .addOption(outputOption())
    .action(async ({ output, follow, machine, limit }: ListOptions) => {
      const { client } = await hubMachines('revoke');
      const machines = (await machinesOf(client)).filter(
        ({ name }) => machine === undefined || [machine, `${PREFIX}-${machine}`].includes(name),
      );
      if (machines.length === 0)
        throw new Told(
          machine === undefined ? 'There are no machines of podid here.' : `There is no machine ${machine}.`,
        );
      const rows = async () => (await newest(client, machines, limit)).slice(0, limit);
      const first = await rows();
      if (output === 'json' && follow !== true) return printJson({ executions: first });
      if (follow !== true) return print(first.length === 0 ? 'No executions.' : table(HEAD, first.map(cells)));
      const told = new Map<string, string>();
      for (let shown = first; ; await pause(ROUND_MS), shown = await rows()) {
        for (const row of shown.toReversed()) {
          if (told.get(row.name) === row.status) continue;
          told.set(row.name, row.status);
          print(output === 'json' ? JSON.stringify(row) : cells(row).join('  '));
        }
      }
    });

const HEAD = ['STARTED', 'MACHINE', 'STATUS', 'TOOK', 'NAME'];

const cells = ({ machine, name, status, startedAt, endedAt }: Row): string[] => [
  startedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
  machine,
  statusText(status, process.stdout),
  endedAt === undefined ? '-' : took(startedAt, endedAt),
  name,
];

const show = () =>
  new Command('show')
    .description('each state of one: input, output, times, errors')
    .argument('<name>', 'its name, or its ARN')
    .option('-f, --follow', 'until it has ended')
    .option('--full', 'inputs and outputs whole')
    .addOption(outputOption())
    .action(async (name: string, { output, follow, full }: ShowOptions) => {
      const { client } = await hubMachines('revoke');
      const arn = await arnNamed(client, name);
      const told = new Set<number>();
      for (;;) {
        // Described first: what a finished execution did is in its history then.
        const execution = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
        const over = execution.status !== 'RUNNING' && execution.status !== 'PENDING_REDRIVE';
        const last = over || follow !== true;
        const states = statesOf(await historyOf(client, arn));
        if (output === 'json' && last) return printJson({ ...headOf(execution), states });
        const width = full === true ? Number.POSITIVE_INFINITY : 160;
        if (output === 'text') {
          for (const [index, run] of states.entries()) {
            // While one goes on, a state is told when it has ended.
            if (told.has(run.id) || (!last && run.exitedAt === undefined)) continue;
            told.add(run.id);
            const before = states[index - 1]?.output;
            print(
              stateLines(run, {
                stream: process.stdout,
                width,
                full: full === true,
                ...(before !== undefined && { before }),
              }),
            );
          }
          if (last) return print(endLine(execution));
        }
        await pause(ROUND_MS);
      }
    });

const headOf = ({
  name,
  stateMachineArn,
  status,
  startDate,
  stopDate,
  input,
  output,
  error,
  cause,
}: DescribeExecutionCommandOutput) => ({
  name,
  machine: stateMachineArn?.split(':').at(-1),
  status,
  startedAt: startDate,
  endedAt: stopDate,
  input,
  output,
  error,
  cause,
});

const endLine = ({ status, startDate, stopDate, error, cause }: DescribeExecutionCommandOutput): string => {
  const time = startDate === undefined || stopDate === undefined ? '' : ` after ${took(startDate, stopDate)}`;
  const why = error === undefined ? '' : `  ${errorText({ error, ...(cause !== undefined && { cause }) })}`;
  return `${statusText(status ?? '?', process.stdout)}${time}${why}`;
};

type Machine = { readonly name: string; readonly arn: string };

const machinesOf = async (client: SFNClient): Promise<readonly Machine[]> => {
  const machines: Machine[] = [];
  for await (const page of paginateListStateMachines({ client }, {})) {
    for (const { name = '', stateMachineArn: arn = '' } of page.stateMachines ?? []) {
      if (name.startsWith(`${PREFIX}-`)) machines.push({ name, arn });
    }
  }
  return machines;
};

const newest = async (client: SFNClient, machines: readonly Machine[], maxResults: number): Promise<readonly Row[]> => {
  const rows = await Promise.all(
    machines.map(async ({ name: machine, arn }) => {
      const page = await client.send(new ListExecutionsCommand({ stateMachineArn: arn, maxResults }));
      return (page.executions ?? []).map(({ name = '', status, startDate = new Date(0), stopDate }) => ({
        machine,
        name,
        status: status ?? '?',
        startedAt: startDate,
        ...(stopDate !== undefined && { endedAt: stopDate }),
      }));
    }),
  );
  return rows.flat().toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
};

/** Names are unique in a machine only: the machines are asked one after the other. @throws Told when none has it */
const arnNamed = async (client: SFNClient, name: string): Promise<string> => {
  if (name.startsWith('arn:')) return name;
  for (const { arn } of await machinesOf(client)) {
    const executionArn = `${arn.replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      await client.send(new DescribeExecutionCommand({ executionArn }));
      return executionArn;
    } catch (error) {
      if (!(error instanceof ExecutionDoesNotExist)) throw error;
    }
  }
  throw new Told(`There is no execution ${name}. \`podid executions\` lists them.`);
};

const historyOf = async (client: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> => {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 })) {
    events.push(...(page.events ?? []));
  }
  return events;
};

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('A number from 1 to 1000.');
  return number;
}
