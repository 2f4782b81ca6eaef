/** State machines and their executions, by account and region. */
import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import type { Cloud } from '../../contract.ts';
import { type Definition, readDefinition } from './definition.ts';
import type { History } from './history.ts';

export type MachineSettings = {
  readonly name: string;
  readonly roleArn: string;
  /** ASL as JSON text, without placeholders. */
  readonly definition: string;
};

export type Machine = MachineSettings & {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Date;
  readonly prepared: Definition;
};

export type Execution = {
  readonly name: string;
  readonly arn: string;
  readonly machine: Machine;
  /** JSON text. */
  readonly input: string;
  readonly startedAt: Date;
  readonly history: History;
  status: ExecutionStatus;
  stoppedAt?: Date;
  output?: string;
  error?: string;
  cause?: string;
  /** Ends it as ABORTED; nothing happens when it has ended. */
  readonly stop: (error: string | undefined, cause: string | undefined) => void;
};

type Region = { readonly machines: Map<string, Machine>; readonly executions: Map<string, Execution> };

/**
 * Makes a state machine.
 * @throws MachineUnsupported
 */
export const defineMachine = (cloud: Cloud, account: string, region: string, settings: MachineSettings): Machine => {
  const machine: Machine = {
    ...settings,
    arn: `arn:${cloud.partition}:states:${region}:${account}:stateMachine:${settings.name}`,
    account,
    region,
    createdAt: cloud.now(),
    prepared: readDefinition(settings.definition),
  };
  statesOf(cloud, account, region).machines.set(machine.arn, machine);
  return machine;
};

/** The machines and executions of an account and region, by ARN; executions oldest first. */
export const statesOf = (cloud: Cloud, account: string, region: string): Region =>
  cloud.state('states', `${account}/${region}`, () => ({ machines: new Map(), executions: new Map() }));

/** Closed executions kept of an account and region: their histories are what takes memory. */
const KEPT = 5_000;

/** Files an execution; the oldest closed ones make room. */
export const keepExecution = (cloud: Cloud, execution: Execution): void => {
  const { executions } = statesOf(cloud, execution.machine.account, execution.machine.region);
  executions.set(execution.arn, execution);
  if (executions.size <= KEPT) return;
  for (const [arn, old] of executions) {
    if (executions.size <= KEPT) break;
    if (old.status !== 'RUNNING') executions.delete(arn);
  }
};
