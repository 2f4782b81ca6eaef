/** DescribeExecution, ListExecutions, GetExecutionHistory, and the machines themselves. */
import {
  type DescribeExecutionInput,
  type DescribeExecutionOutput,
  type DescribeStateMachineForExecutionInput,
  type DescribeStateMachineForExecutionOutput,
  type DescribeStateMachineInput,
  type DescribeStateMachineOutput,
  type GetExecutionHistoryInput,
  type GetExecutionHistoryOutput,
  InvalidToken,
  type ListExecutionsInput,
  type ListExecutionsOutput,
  type ListStateMachinesInput,
  type ListStateMachinesOutput,
} from '@aws-sdk/client-sfn';
import type { Operation } from '../../contract.ts';
import { askArn, executionNamed, machineNamed } from './lookup.ts';
import { type Machine, statesOf } from './machine.ts';

export const DescribeExecution: Operation<DescribeExecutionInput, DescribeExecutionOutput> = {
  readOnly: true,
  asks: (input) => [askArn('DescribeExecution', input.executionArn)],
  run: (input, { cloud }) => {
    const {
      arn,
      name,
      machine,
      status,
      startedAt,
      stoppedAt,
      input: given,
      output,
      error,
      cause,
    } = executionNamed(cloud, input.executionArn);
    return {
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      status,
      startDate: startedAt,
      stopDate: stoppedAt,
      input: given,
      inputDetails: { included: true },
      output,
      outputDetails: output === undefined ? undefined : { included: true },
      error,
      cause,
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'The local cloud does not redrive executions.',
    };
  },
};

export const ListExecutions: Operation<ListExecutionsInput, ListExecutionsOutput> = {
  readOnly: true,
  asks: (input) => [askArn('ListExecutions', input.stateMachineArn)],
  run: (input, { cloud }) => {
    const machine = machineNamed(cloud, input.stateMachineArn);
    const all = [...statesOf(cloud, machine.account, machine.region).executions.values()]
      .filter(({ machine: { arn } }) => arn === machine.arn)
      .filter(({ status }) => input.statusFilter === undefined || status === input.statusFilter)
      .reverse();
    const { page, nextToken } = pageOf(all, input.maxResults, input.nextToken);
    const executions = page.map(({ arn, name, status, startedAt, stoppedAt }) => ({
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      status,
      startDate: startedAt,
      stopDate: stoppedAt,
      redriveCount: 0,
    }));
    return { executions, nextToken };
  },
};

export const GetExecutionHistory: Operation<GetExecutionHistoryInput, GetExecutionHistoryOutput> = {
  readOnly: true,
  asks: (input) => [askArn('GetExecutionHistory', input.executionArn)],
  run: (input, { cloud }) => {
    const { events } = executionNamed(cloud, input.executionArn).history;
    const { page, nextToken } = pageOf(
      input.reverseOrder ? events.toReversed() : events,
      input.maxResults,
      input.nextToken,
    );
    return { events: [...page], nextToken };
  },
};

export const DescribeStateMachine: Operation<DescribeStateMachineInput, DescribeStateMachineOutput> = {
  readOnly: true,
  asks: (input) => [askArn('DescribeStateMachine', input.stateMachineArn)],
  run: (input, { cloud }) => {
    const machine = machineNamed(cloud, input.stateMachineArn);
    return {
      ...shown(machine),
      stateMachineArn: machine.arn,
      status: 'ACTIVE',
      type: 'STANDARD',
      creationDate: machine.createdAt,
    };
  },
};

export const DescribeStateMachineForExecution: Operation<
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineForExecutionOutput
> = {
  readOnly: true,
  asks: (input) => [askArn('DescribeStateMachineForExecution', input.executionArn)],
  run: (input, { cloud }) => {
    const { machine } = executionNamed(cloud, input.executionArn);
    return { ...shown(machine), stateMachineArn: machine.arn, updateDate: machine.createdAt };
  },
};

export const ListStateMachines: Operation<ListStateMachinesInput, ListStateMachinesOutput> = {
  readOnly: true,
  asks: () => [{ action: 'states:ListStateMachines', resource: '*' }],
  run: (input, call) => {
    const all = [...statesOf(call.cloud, call.account, call.region).machines.values()];
    const { page, nextToken } = pageOf(all, input.maxResults, input.nextToken);
    const stateMachines = page.map(({ arn, name, createdAt }) => ({
      stateMachineArn: arn,
      name,
      type: 'STANDARD' as const,
      creationDate: createdAt,
    }));
    return { stateMachines, nextToken };
  },
};

const shown = ({ name, definition, roleArn }: Machine) => ({ name, definition, roleArn });

/** Step Functions pages by 100; 1,000 at most; 0 means the default. */
const pageOf = <T>(items: readonly T[], size: number | undefined, token: string | undefined) => {
  const from = Number(token ?? 0);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new InvalidToken({ message: `Invalid Token: '${token}'`, $metadata: {} });
  const to = from + Math.min(size === undefined || size === 0 ? 100 : size, 1000);
  return { page: items.slice(from, to), nextToken: to < items.length ? String(to) : undefined };
};
