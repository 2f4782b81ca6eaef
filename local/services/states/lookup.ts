/** Machines and executions by their ARNs. */
import { ExecutionDoesNotExist, InvalidArn, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { parseArn } from '../../../functions/partition.ts';
import type { Ask, Cloud } from '../../contract.ts';
import { type Execution, type Machine, statesOf } from './machine.ts';

/** What a call on an ARN must be allowed to. Step Functions has no resource policies, so another account's is never allowed. */
export const askArn = (action: string, arn: string | undefined): Ask => {
  const account = parseArn(arn ?? '')?.account;
  return {
    action: `states:${action}`,
    resource: arn ?? '*',
    ...(account === undefined ? {} : { resourceAccount: account }),
  };
};

/** @throws StateMachineDoesNotExist */
export const machineNamed = (cloud: Cloud, arn: string | undefined): Machine => {
  const { account, region } = partsOf(arn);
  const machine = statesOf(cloud, account, region).machines.get(arn ?? '');
  if (machine === undefined) {
    throw new StateMachineDoesNotExist({ message: `State Machine Does Not Exist: '${arn}'`, $metadata: {} });
  }
  return machine;
};

/** @throws ExecutionDoesNotExist */
export const executionNamed = (cloud: Cloud, arn: string | undefined): Execution => {
  const { account, region } = partsOf(arn);
  const execution = statesOf(cloud, account, region).executions.get(arn ?? '');
  if (execution === undefined) {
    throw new ExecutionDoesNotExist({ message: `Execution Does Not Exist: '${arn}'`, $metadata: {} });
  }
  return execution;
};

const partsOf = (arn: string | undefined): { account: string; region: string } => {
  const parts = parseArn(arn ?? '');
  if (parts === undefined || parts.service !== 'states') {
    throw new InvalidArn({ message: `Invalid Arn: '${arn}'`, $metadata: {} });
  }
  return parts;
};
