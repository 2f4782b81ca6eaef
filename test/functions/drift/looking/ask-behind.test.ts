/** A change by a role's session is told with who took the session, as far as CloudTrail's history goes, and the history is asked once. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SeenChange } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { LookupEventsInput } from '../../../../functions/drift/sweep/contract.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { SpokeFailure } from '../../../../functions/runtime/spoke-call.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, config, NOW, ROLE } from '../remedy/objects.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:role/orders`;
const EXECUTION = 'd-0123456789ab-m0-1';
const OPS = `arn:aws:iam::${ACCOUNT}:role/ops`;
const DEPLOY = `arn:aws:iam::${ACCOUNT}:role/ci/deploy`;
const session = (role: string, name: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const before = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
let questions: LookupEventsInput[];
/** By role and region. */
let history: Record<string, string[]>;
let fails: Error | undefined;
let counted: string[];
beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW);
  [questions, history, counted, fails] = [[], {}, [], undefined];
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
    now: () => new Date(clock),
    ask: async (call) => {
      if (call.function !== 'lookup-events') return role();
      const input = LookupEventsInput.parse(call.input);
      questions.push(input);
      if (fails !== undefined) throw fails;
      return { records: history[`${input.about?.resourceName} ${input.region}`] ?? [] };
    },
    start: async () => true,
    tell: async () => undefined,
    count: (name) => counted.push(name),
  };
  await hub.objects.keepBaseline(ARN, { acceptedAt: NOW, by: 'ada', facets: {}, closed: ['attached'] });
});
afterEach(() => dynamo.close());

const role = () => ({
  ...{ object: 'role', roleId: 'AROA', documents: {}, readAt: new Date(clock).toISOString() },
  seen: { present: true, roleArn: ARN, trust: '{"Statement":[]}', managedPolicyArns: [ADMIN], inline: {}, tags: {} },
});
const took = (sessionArn: string, at: string, userIdentity: object) =>
  JSON.stringify({
    ...{ eventID: `e-${at}`, eventName: 'AssumeRole', eventTime: at, userIdentity },
    responseElements: { assumedRoleUser: { arn: sessionArn } },
  });
const inSession = (arn: string, issuer: string) => ({
  ...{ type: 'AssumedRole', arn, accountId: ACCOUNT },
  sessionContext: { sessionIssuer: { arn: issuer } },
});
const attachedBy = (more: Partial<SeenChange['actor']> = {}): SeenChange => ({
  ...{ eventId: 'e-1', at: before(1), kind: 'RolePolicyChanged', facets: [`attached:${ADMIN}`], value: 'attached' },
  actor: {
    type: 'AssumedRole',
    name: 'build-7',
    arn: session('deploy', 'build-7'),
    issuerArn: DEPLOY,
    eventId: 'e-1',
    ...more,
  },
  via: 'event',
});
const look = async (change?: SeenChange) => {
  clock += 60_000;
  const { key } = placeOf(ROLE);
  if (change !== undefined) await hub.objects.addChange(key, change, clock / 1000 + 86_400);
  await markDirty(hub.objects, key, clock, () => EXECUTION, 30);
  await lookAt(hub, { ref: ROLE, execution: EXECUTION, looks: 0, because: 'told' });
  const rows = await store.findings.of(key);
  return rows.find(({ reason }) => reason === 'PolicyAttached')?.sentence ?? 'no finding';
};

test('through a role to the person, each record in the region where it is', async () => {
  history[`${DEPLOY} eu-west-1`] = [
    took(session('deploy', 'build-7'), before(5), inSession(session('ops', 'eve'), OPS)),
  ];
  history[`${OPS} us-east-1`] = [
    took(session('ops', 'eve'), before(20), { type: 'IAMUser', userName: 'eve', accountId: ACCOUNT }),
  ];
  const sentence = await look(attachedBy());
  expect(sentence).toContain(`build-7 as ${DEPLOY}, whose session was taken by`);
  expect(sentence).toContain(`as ${OPS}, whose session was taken by eve of account ${ACCOUNT}: RolePolicyChanged`);
  expect(questions.map(({ about, region, to }) => [about?.resourceName, region, to])).toEqual([
    [DEPLOY, 'eu-west-1', before(1)],
    [OPS, 'eu-west-1', new Date(before(5)).toISOString()],
    [OPS, 'us-east-1', new Date(before(5)).toISOString()],
  ]);
  expect(questions[0]?.from).toBe(new Date(Date.parse(before(1)) - 12 * 3_600_000).toISOString());
  // What is answered is kept: later looks say the same, and ask nobody.
  expect(await look()).toBe(sentence);
  expect(questions).toHaveLength(3);
});

test('what the history does not show yet is asked for again, for half an hour', async () => {
  expect(await look(attachedBy())).not.toContain('whose session');
  await look();
  expect(questions).toHaveLength(4);
  history[`${DEPLOY} eu-west-1`] = [
    took(session('deploy', 'build-7'), before(5), { type: 'IAMUser', userName: 'eve' }),
  ];
  expect(await look()).toContain('whose session was taken by eve');
  expect(questions).toHaveLength(5);
});

test('after half an hour it is given up', async () => {
  clock += 40 * 60_000;
  await look(attachedBy());
  await look();
  expect(questions).toHaveLength(2);
});

test('a history that can not be asked holds nothing up, and is asked again', async () => {
  fails = new SpokeFailure('Throttled', 'by the test');
  expect(await look(attachedBy())).toContain('build-7');
  expect(counted).toContain('HistoryUnread');
  fails = undefined;
  history[`${DEPLOY} us-east-1`] = [
    took(session('deploy', 'build-7'), before(5), { type: 'IAMUser', userName: 'eve' }),
  ];
  expect(await look()).toContain('whose session was taken by eve');
});

test('nobody is asked about users, AWS’s services, our own functions, or accounts without a spoke', async () => {
  await look(attachedBy({ invokedBy: 'cloudformation.amazonaws.com' }));
  const { issuerArn: _issuer, ...user } = attachedBy({
    type: 'IAMUser',
    arn: `arn:aws:iam::${ACCOUNT}:user/eve`,
  }).actor;
  await look({ ...attachedBy(), eventId: 'e-2', actor: user });
  const elsewhere = {
    arn: 'arn:aws:sts::999999999999:assumed-role/x/y',
    issuerArn: 'arn:aws:iam::999999999999:role/x',
  };
  await look({ ...attachedBy(elsewhere), eventId: 'e-3' });
  const ours = `podid-mend-role-eu-west-1`;
  const us = { arn: session(ours, 'podid-mend-role'), issuerArn: `arn:aws:iam::${ACCOUNT}:role/${ours}` };
  await look({ ...attachedBy(us), eventId: 'e-4' });
  expect(questions).toEqual([]);
});
