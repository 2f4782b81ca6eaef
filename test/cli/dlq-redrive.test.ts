/** To whom a dead letter's event goes again: the exact calls. */
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { Letter } from '../../cli/dlq-letters.ts';
import { redriving } from '../../cli/dlq-redrive.ts';

const lambda = mockClient(LambdaClient);
const machines = mockClient(SFNClient);
const bridge = mockClient(EventBridgeClient);
const arn = (service: string, name: string): string => `arn:aws:${service}:eu-west-1:111111111111:${name}`;
const BUS = arn('events', 'event-bus/podid');
const EVENT = { source: 'aws.iam', detail: { eventID: 'e-1' } };
const letter = (to: Letter['to']): Letter => ({
  id: 'm-1',
  queue: 'podid-dead-letters',
  account: 'hub',
  region: 'eu-west-1',
  at: '2026-11-21T12:00:00.000Z',
  by: { kind: 'unknown', name: '?' },
  cause: { code: 'x', message: 'y' },
  event: EVENT,
  to,
});

beforeAll(() => {
  process.env.PODID_HUB_REGION = 'eu-west-1';
});
beforeEach(() => {
  for (const mock of [lambda, machines, bridge]) mock.reset();
  lambda.on(InvokeCommand).resolves({});
  machines.on(StartExecutionCommand).resolves({});
  bridge
    .on(ListRulesCommand, { EventBusName: BUS })
    .resolvesOnce({
      Rules: [
        { Name: 'a', EventPattern: 'A' },
        { Name: 'off', EventPattern: 'A', State: 'DISABLED' },
      ],
      NextToken: 'more',
    })
    .resolves({ Rules: [{ Name: 'b', EventPattern: 'B' }, { Name: 'c', EventPattern: 'A' }, { Name: 'clock' }] });
  for (const [Rule, Arn] of Object.entries({ a: 'on-a', off: 'on-off', b: 'on-b', c: 'on-c' }))
    bridge
      .on(ListTargetsByRuleCommand, { EventBusName: BUS, Rule })
      .resolves({ Targets: [{ Id: '1', Arn: arn('lambda', `function:podid-${Arn}`) }] });
  bridge.on(TestEventPatternCommand).callsFake(({ EventPattern }) => ({ Result: EventPattern === 'A' }));
});

const invoked = () =>
  lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => ({
    ...input,
    Payload: JSON.parse(Buffer.from(Object(input.Payload)).toString()),
  }));

it('a function is invoked with the event, without waiting', async () => {
  const FunctionName = arn('lambda', 'function:podid-on-a');
  expect(await redriving()(letter({ kind: 'function', arn: FunctionName }))).toEqual(['podid-on-a']);
  expect(invoked()).toEqual([{ FunctionName, InvocationType: 'Event', Payload: EVENT }]);
});

it('a machine is started with it', async () => {
  const stateMachineArn = arn('states', 'stateMachine:podid-sweep');
  expect(await redriving()(letter({ kind: 'machine', arn: stateMachineArn }))).toEqual(['podid-sweep']);
  expect(machines.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn,
    input: JSON.stringify(EVENT),
  });
});

it('what was for the bus goes to the functions of the enabled rules that match it, which are listed once', async () => {
  const redrive = redriving();
  const to = letter({ kind: 'bus', arn: BUS });
  expect(await redrive(to)).toEqual(['podid-on-a', 'podid-on-c']);
  expect(await redrive(to)).toEqual(['podid-on-a', 'podid-on-c']);
  expect(invoked().map(({ Payload }) => Payload)).toEqual([EVENT, EVENT, EVENT, EVENT]);
  expect(bridge.commandCalls(ListRulesCommand)).toHaveLength(2);
});

it('what no rule matches, what is for nobody and what is refused is not put back', async () => {
  bridge.on(TestEventPatternCommand).resolves({ Result: false });
  await expect(redriving()(letter({ kind: 'bus', arn: BUS }))).rejects.toThrow(/no rule of the hub’s bus/);
  await expect(redriving()(letter({ kind: 'nobody', because: 'of that' }))).rejects.toThrow(/of that/);
  lambda.on(InvokeCommand).rejects(new Error('refused'));
  await expect(redriving()(letter({ kind: 'function', arn: arn('lambda', 'function:x') }))).rejects.toThrow('refused');
});
