/** Drift in the hub: which events it answers, and what its functions may do, asked of their roles. */
import { beforeAll, expect, test } from '@jest/globals';
import { CHANGE_KINDS, eventNamesOf } from '../../functions/changes/index.ts';
import { HUB, may, ofType, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';

type Resources = ReturnType<typeof resourcesOf>;
let hub: Resources;
beforeAll(() => {
  hub = resourcesOf(synthesize().find(({ name }) => name === 'podid-hub'));
});

test('one function answers every call that can be drift, by a rule for each service', () => {
  const rules = ofType(hub, 'AWS::Events::Rule').filter(([id]) => id.startsWith('OnObjectChanged'));
  const asked = rules.map(([, { Name, EventPattern }]) => ({ Name, EventPattern: Object(EventPattern) }));
  expect(asked.map(({ Name, EventPattern }) => [Name, EventPattern.source])).toEqual([
    ['podid-on-object-changed', ['aws.eks']],
    ['podid-on-object-changed-iam', ['aws.iam']],
  ]);
  const names = asked.flatMap(({ EventPattern }) => EventPattern.detail.eventName);
  expect(names.sort()).toEqual(eventNamesOf(...CHANGE_KINDS).sort());
  for (const { EventPattern } of asked) expect(EventPattern.account).toEqual([PAYMENTS]);
});

const table = 'arn:aws:test:::Table';
const machine = (name: string): string => `arn:aws:states:eu-west-1:${HUB}:stateMachine:podid-${name}`;
const puts = (role: string, key: string) =>
  may(hub, role, 'dynamodb:PutItem', table, { 'dynamodb:LeadingKeys': [key] });
const starts = (role: string, name: string) => may(hub, role, 'states:StartExecution', machine(name));
const [LOOK, ANSWER, WAKE] = ['LookAtObjectRole', 'OnObjectChangedRole', 'WakeObjectsRole'];

test.each([
  [LOOK, 'OBJECT#o', 'allow'],
  [LOOK, 'FINDING#o', 'allow'],
  [LOOK, 'LEASE#o', 'allow'],
  [LOOK, 'DECISION#d', 'allow'],
  [LOOK, 'IDENTITY#i', 'allow'],
  [LOOK, 'SNAPSHOT#d', 'allow'],
  [LOOK, 'GRANT#g', 'implicitDeny'],
  [LOOK, 'PLAN#g', 'implicitDeny'],
  [LOOK, 'BRAKE#kill', 'implicitDeny'],
  [ANSWER, 'OBJECT#o', 'allow'],
  [ANSWER, 'FINDING#o', 'implicitDeny'],
  [WAKE, 'OBJECT#o', 'allow'],
  [WAKE, 'LEASE#o', 'implicitDeny'],
])('%s puts %s: %s', (role, key, expected) => {
  expect(puts(role, key)).toBe(expected);
});

test('who is told starts looks; only a look begins revocations, and asks the spokes', () => {
  const looks = [starts(ANSWER, 'reconcile'), starts(WAKE, 'reconcile'), starts(LOOK, 'reconcile')];
  expect([...looks, starts(LOOK, 'revoke')]).toEqual(['allow', 'allow', 'allow', 'allow']);
  expect([starts(ANSWER, 'revoke'), starts(WAKE, 'revoke'), starts(LOOK, 'provision')]).toEqual([
    'implicitDeny',
    'implicitDeny',
    'implicitDeny',
  ]);
  const calls = (role: string) => may(hub, role, 'lambda:InvokeFunction', 'arn:aws:test:::CallSpoke');
  expect([calls(LOOK), calls(ANSWER), calls(WAKE)]).toEqual(['allow', 'implicitDeny', 'implicitDeny']);
});

test('the machine invokes its one function, and reaches no spoke by itself', () => {
  const invokes = (name: string) => may(hub, 'ReconcileMachineRole', 'lambda:InvokeFunction', `arn:aws:test:::${name}`);
  expect([invokes('LookAtObject'), invokes('CallSpoke')]).toEqual(['allow', 'implicitDeny']);
  expect(hub.LookAtObject?.Properties).toMatchObject({ Timeout: 300 });
  expect(hub.WakeObjectsSchedule?.Properties).toMatchObject({ ScheduleExpression: 'rate(5 minutes)' });
});
