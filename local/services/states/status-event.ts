/** What Step Functions tells the account's default bus whenever an execution begins or ends. */
import { randomUUID } from 'node:crypto';
import type { Cloud } from '../../contract.ts';
import { publish } from '../events/deliver.ts';
import { busesOf } from '../events/index.ts';
import type { Execution } from './machine.ts';

/** Bytes of input and output together, escaped: more than 248 KiB are left out (Step Functions guide, "Automating event delivery"). */
const LARGEST = 248 * 1024;

/**
 * Puts "Step Functions Execution Status Change" on the default bus of the machine's account and region, with the fields of the guide
 * ("Automating Step Functions event delivery with EventBridge"); dates are milliseconds.
 */
export const tellStatus = (cloud: Cloud, execution: Execution): void => {
  const { arn, machine, stoppedAt, startedAt } = execution;
  const bus = busesOf(cloud, machine.account, machine.region).get('default');
  if (bus === undefined) return;
  publish(cloud, bus, {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: machine.account,
    time: (stoppedAt ?? startedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: machine.region,
    resources: [arn],
    detail: detailOf(execution),
  });
};

const detailOf = ({ arn, name, machine, status, startedAt, stoppedAt, input, output, error, cause }: Execution) => {
  const included = Buffer.byteLength(JSON.stringify([input, output])) <= LARGEST;
  const details = { included };
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    name,
    status,
    startDate: startedAt.getTime(),
    stopDate: stoppedAt?.getTime() ?? null,
    input: included ? input : null,
    inputDetails: details,
    output: (included && output) || null,
    outputDetails: output === undefined ? null : details,
    error: error ?? null,
    cause: cause ?? null,
    redriveCount: 0,
    redriveDate: null,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'The local cloud does not redrive executions.',
  };
};
