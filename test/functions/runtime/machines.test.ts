import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { hasEnded, startMachine } from '../../../functions/runtime/machines.ts';

const CONFIG = {
  hub: { account: '999988887777', region: 'cn-north-1' },
  spokes: [{ name: 'payments', account: '111122223333' }],
};

describe('starting a machine', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-machines-'));
  const mock = mockClient(SFNClient);
  beforeAll(() => {
    process.env.AWS_REGION = 'cn-north-1';
    process.env.PODID_CONFIG_FILE = path.join(folder, 'config.json');
    writeFileSync(process.env.PODID_CONFIG_FILE, JSON.stringify(CONFIG));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    mock.reset();
  });

  it("names the execution, in the hub's account, region and partition", async () => {
    mock.on(StartExecutionCommand).resolves({});
    expect(await startMachine('revoke', 'r-1', { id: 'r-1' })).toBe(true);
    expect(mock.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      {
        stateMachineArn: 'arn:aws-cn:states:cn-north-1:999988887777:stateMachine:podid-revoke',
        name: 'r-1',
        input: '{"id":"r-1"}',
      },
    ]);
  });

  it('says when an execution of that name has closed', async () => {
    mock.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'it ran', $metadata: {} }));
    expect(await startMachine('revoke', 'r-1', {})).toBe(false);
  });

  it.each([
    ['ThrottlingException', 400, 'Throttled'],
    ['AccessDeniedException', 400, 'AccessDenied'],
    ['StateMachineDoesNotExist', 400, 'NotFound'],
    ['InternalFailure', 500, 'ServiceUnavailable'],
    ['InvalidExecutionInput', 400, 'Refused'],
  ])('turns %s into %s', async (name, httpStatusCode, ours) => {
    mock
      .on(StartExecutionCommand)
      .rejects(Object.assign(new Error('it said'), { name, $metadata: { httpStatusCode } }));
    await expect(startMachine('revoke', 'r-1', {})).rejects.toMatchObject({
      name: ours,
      message: expect.stringContaining('r-1'),
    });
  });

  it.each([
    ['RUNNING', false],
    ['SUCCEEDED', true],
    ['FAILED', true],
    ['TIMED_OUT', true],
    ['ABORTED', true],
    // It will go on where it stopped.
    ['PENDING_REDRIVE', false],
  ] as const)('an execution that is %s has ended: %j', async (status, expected) => {
    mock.on(DescribeExecutionCommand).resolves({ status });
    expect(await hasEnded('sweep', 'run-1')).toBe(expected);
    expect(mock.commandCalls(DescribeExecutionCommand)[0]?.args[0].input).toEqual({
      executionArn: 'arn:aws-cn:states:cn-north-1:999988887777:execution:podid-sweep:run-1',
    });
  });

  it('one that is not shown has not ended, and one that can not be asked for is a failure', async () => {
    mock.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'none', $metadata: {} }));
    expect(await hasEnded('sweep', 'run-1')).toBe(false);
    const denied = Object.assign(new Error('no'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    mock.on(DescribeExecutionCommand).rejects(denied);
    await expect(hasEnded('sweep', 'run-1')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
