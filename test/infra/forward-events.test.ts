/** What each account's stacks forward to the hub, from where, and under which names. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CHANGE_KINDS, eventNamesOf } from '../../functions/changes/index.ts';
import type { SynthesizedStack } from '../../infra/app.ts';
import { ASSOCIATION_EVENTS, CLUSTER_EVENTS, ROLE_EVENTS } from '../../infra/forward-events.ts';
import { ROLE_CHANGES } from '../../infra/role-changes.ts';
import { fixtures } from '../events/fixtures.ts';
import { configuration, HUB, may, ofType, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';

const ANALYTICS = '333333333333';
/** Payments has clusters in us-east-1 too, analytics only elsewhere, and the hub's own account has none at all. */
const config = configuration({
  spokes: [
    ...configuration().spokes,
    { name: 'analytics', account: ANALYTICS, clusters: [{ name: 'analytics', region: 'eu-west-1' }] },
    { name: 'own', account: HUB },
  ],
});
const HUB_BUS = `arn:aws:events:eu-west-1:${HUB}:event-bus/podid`;

let stacks: readonly SynthesizedStack[];
const resources = (name: string) => resourcesOf(stacks.find((stack) => stack.name === name));
const rulesOf = (name: string) => ofType(resources(name), 'AWS::Events::Rule').map(([, properties]) => properties);
const forwardsRoles = (name: string) =>
  rulesOf(name).filter(({ EventPattern }) => JSON.stringify(EventPattern).includes('"aws.iam"'));

beforeAll(() => {
  stacks = synthesize(config, true);
});

test('each account has its roles forwarded once: by its spoke stack in the IAM region, or by a stack of its own', () => {
  const forwarding = stacks.filter(({ name }) => name !== 'podid-hub' && forwardsRoles(name).length > 0);
  expect(forwarding.map(({ name, account, region }) => [name, account, region])).toEqual([
    [`podid-roles-${HUB}`, HUB, 'us-east-1'],
    [`podid-roles-${ANALYTICS}`, ANALYTICS, 'us-east-1'],
    [`podid-spoke-${PAYMENTS}-us-east-1`, PAYMENTS, 'us-east-1'],
  ]);
  for (const { name } of forwarding) expect(forwardsRoles(name)).toHaveLength(1);
});

test.each([`podid-roles-${ANALYTICS}`, `podid-spoke-${PAYMENTS}-us-east-1`])(
  "%s: IAM's calls go to the hub's bus, across regions, and to a queue of the rule's own region otherwise",
  (name) => {
    const [rule] = forwardsRoles(name);
    expect(rule?.EventPattern).toEqual({
      source: ['aws.iam'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventSource: ['iam.amazonaws.com'], eventName: Object.values(ROLE_CHANGES).flat() },
    });
    expect(rule?.EventBusName).toBeUndefined();
    expect(rule?.Targets).toEqual([
      expect.objectContaining({
        Arn: HUB_BUS,
        RoleArn: expect.stringMatching(/ForwardEventsRole$/),
        DeadLetterConfig: { Arn: 'arn:aws:test:::DeadLetters' },
      }),
    ]);
    expect(ofType(resources(name), 'AWS::SQS::Queue')).toHaveLength(1);
    expect(ofType(resources(name), 'AWS::CloudWatch::Alarm')).toHaveLength(1);
  },
);

test("the stack of its own can put events onto the hub's bus and nothing else", () => {
  const roles = resources(`podid-roles-${ANALYTICS}`);
  expect(ofType(roles, 'AWS::IAM::Role').map(([id]) => id)).toEqual(['RolesForwardEventsRole']);
  expect(may(roles, 'RolesForwardEventsRole', 'events:PutEvents', HUB_BUS)).toBe('allow');
  const other = `arn:aws:events:us-east-1:${ANALYTICS}:event-bus/default`;
  expect(may(roles, 'RolesForwardEventsRole', 'events:PutEvents', other)).not.toBe('allow');
  expect(may(roles, 'RolesForwardEventsRole', 'iam:GetRole', `arn:aws:iam::${ANALYTICS}:role/any`)).not.toBe('allow');
  expect(ofType(roles, 'AWS::Lambda::Function')).toEqual([]);
});

test('an account that gets its first cluster in the IAM region can have both stacks for a while: no name is in both', () => {
  const namesIn = (name: string) =>
    Object.values(resources(name)).flatMap(({ Type, Properties }) =>
      ['RoleName', 'QueueName', 'AlarmName', 'Name']
        .filter((key) => key in Properties)
        .map((key) => `${Type} ${String(Properties[key])}`),
    );
  const alone = namesIn(`podid-roles-${ANALYTICS}`);
  expect(alone.length).toBeGreaterThan(3);
  const beside = new Set(namesIn(`podid-spoke-${PAYMENTS}-us-east-1`));
  expect(alone.filter((name) => beside.has(name))).toEqual([]);
});

test.each([
  ['us-gov-east-1', 'us-gov-west-1'],
  ['cn-northwest-1', 'cn-north-1'],
])("for clusters in %s it is in %s, the partition's IAM region", (region, iamRegion) => {
  const elsewhere = synthesize({
    hub: { account: HUB, region },
    spokes: [{ name: 'own', account: PAYMENTS, clusters: [{ name: 'c', region }] }],
  });
  expect(elsewhere.map((stack) => [stack.name, stack.region])).toEqual([
    ['podid-hub', region],
    [`podid-boundary-${PAYMENTS}`, iamRegion],
    [`podid-roles-${PAYMENTS}`, iamRegion],
    [`podid-spoke-${PAYMENTS}-${region}`, region],
  ]);
});

test.each([`podid-spoke-${PAYMENTS}-eu-west-1`, `podid-spoke-${PAYMENTS}-us-east-1`])(
  "%s: EKS's calls on associations and on clusters go to the hub's bus, by a rule each",
  (name) => {
    const rules = rulesOf(name).filter(({ EventPattern }) => JSON.stringify(EventPattern).includes('"aws.eks"'));
    const patterns = [ASSOCIATION_EVENTS, CLUSTER_EVENTS].map(({ eventNames }) => ({
      source: ['aws.eks'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventSource: ['eks.amazonaws.com'], eventName: eventNames },
    }));
    expect(rules.map(({ Name, EventPattern }) => [Name, EventPattern])).toEqual([
      ['podid-forward-events', patterns[0]],
      ['podid-forward-cluster-events', patterns[1]],
    ]);
    for (const { Targets } of rules) {
      expect(Targets).toEqual([
        expect.objectContaining({
          Arn: HUB_BUS,
          RoleArn: expect.stringMatching(/ForwardEventsRole$/),
          DeadLetterConfig: { Arn: expect.stringContaining('DeadLetters') },
        }),
      ]);
    }
  },
);

describe('the table of calls', () => {
  test('has every call that tells of a change, each forwarded by one rule', () => {
    const calls = [ASSOCIATION_EVENTS, CLUSTER_EVENTS, ROLE_EVENTS].flatMap(({ eventNames }) => eventNames);
    expect(calls.toSorted()).toEqual(eventNamesOf(...CHANGE_KINDS).toSorted());
    expect(new Set(calls).size).toBe(calls.length);
  });

  test('has managed policies apart from roles: which roles they mean must be asked first', () => {
    const expected = (kind: unknown) => (kind === 'ManagedPolicyChanged' ? 'on-policy-changed' : 'on-role-changed');
    const told = fixtures.flatMap(({ event, follows }) =>
      'kind' in follows && /^(Role|Managed)/.test(String(follows.kind))
        ? [{ kind: follows.kind, call: String(Object(Object(event).detail).eventName) }]
        : [],
    );
    expect(told.length).toBeGreaterThan(15);
    for (const { kind, call } of told) {
      const answering = Object.entries(ROLE_CHANGES).filter(([, calls]) => calls.includes(call));
      expect(answering.map(([file]) => file)).toEqual([expected(kind)]);
    }
  });
});
