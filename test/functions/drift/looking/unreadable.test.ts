/** What AWS doesn't let podid read is a finding with AWS's words, until it can be read again; other failures are none. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { SpokeFailure } from '../../../../functions/runtime/spoke-call.ts';
import { seenOf } from '../../../../functions/store/association-row.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, API, ASSOCIATION, CLUSTER, config, NOW, ROLE } from '../remedy/objects.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:role/orders`;
const EXECUTION = 'd-0123456789ab-m0-1';
const SAID = 'eks:DescribeCluster is not allowed: AccessDeniedException: User: arn:x is not authorized';

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
let attached: string[];
let fails: Error | undefined;
beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW);
  attached = [];
  fails = undefined;
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
    now: () => new Date(clock),
    ask: async (call) => {
      if (fails !== undefined) throw fails;
      const readAt = new Date(clock).toISOString();
      const { ref } = Object(call.input);
      if (ref?.object === 'role') return role(readAt);
      if (ref?.object === 'association') return { object: 'association', cluster: 'present', readAt };
      return { object: 'cluster', control: { present: false }, readAt };
    },
    start: async () => true,
    tell: async () => undefined,
    count: () => undefined,
  };
  const state = { associationId: 'a-1', associationArn: 'arn:a-1', roleArn: ARN, disableSessionTags: false };
  await store.associations.keep(API, seenOf(state, NOW));
  await hub.objects.keepBaseline(ARN, { acceptedAt: NOW, by: 'ada', facets: {}, closed: ['attached'] });
});
afterEach(() => dynamo.close());

const role = (readAt: string) => ({
  ...{ object: 'role', roleId: 'AROA', documents: {}, readAt },
  seen: { present: true, roleArn: ARN, trust: '{"Statement":[]}', managedPolicyArns: attached, inline: {}, tags: {} },
});
const denied = () => {
  fails = new SpokeFailure('AccessDenied', SAID);
};
const look = async (ref: ObjectRef) => {
  clock += 60_000;
  await markDirty(hub.objects, placeOf(ref).key, clock, () => EXECUTION, 30);
  return lookAt(hub, { ref, execution: EXECUTION, looks: 0, because: 'told' });
};
const open = async (ref: ObjectRef) =>
  (await store.findings.of(placeOf(ref).key)).filter(({ state }) => state === 'open');

test.each<[string, ObjectRef, string]>([
  ['a cluster', CLUSTER, `Cluster shop (${ACCOUNT}, eu-west-1) may not be read by podid: ${SAID}.`],
  ['a role', ROLE, `Role orders of account ${ACCOUNT} may not be read by podid: ${SAID}.`],
  [
    'an association',
    ASSOCIATION,
    `The association of orders/api in cluster shop (${ACCOUNT}, eu-west-1) may not be read by podid: ${SAID}.`,
  ],
])(
  '%s that may not be read is found, looked at every quarter of an hour, and found readable again',
  async (_what, ref, sentence) => {
    denied();
    const again = new Date(clock + 60_000 + 900_000).toISOString();
    expect(await look(ref)).toMatchObject({ told: sentence, because: 'due', again });
    expect(await open(ref)).toMatchObject([
      { reason: 'ObjectUnreadable', severity: 'error', sentence, judge: 'reading' },
    ]);
    expect((await hub.objects.read(placeOf(ref).key)).state?.again).toBe(again);
    await look(ref);
    expect(await open(ref)).toMatchObject([{ timesSeen: 2, timesOpened: 1 }]);
    fails = undefined;
    await look(ref);
    expect((await open(ref)).map(({ reason }) => reason)).not.toContain('ObjectUnreadable');
  },
);

test('what was found before stays open while it may not be read', async () => {
  attached = ['arn:aws:iam::aws:policy/AdministratorAccess'];
  await look(ROLE);
  denied();
  await look(ROLE);
  expect((await open(ROLE)).map(({ reason }) => reason).sort()).toEqual(['ObjectUnreadable', 'PolicyAttached']);
  fails = undefined;
  await look(ROLE);
  expect((await open(ROLE)).map(({ reason }) => reason)).toEqual(['PolicyAttached']);
});

test('that nobody looks after is nobody’s finding', async () => {
  const ref: ObjectRef = { object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/stranger` };
  denied();
  expect((await look(ref)).told).toBe('It may not be read, and nobody looks after it.');
  expect(await open(ref)).toEqual([]);
  expect((await hub.objects.read(placeOf(ref).key)).state).toBeUndefined();
});

test.each(['Throttled', 'ServiceUnavailable', 'Refused'])('%s is a failure, and no finding', async (name) => {
  fails = new SpokeFailure(name, 'by the test');
  await expect(look(ROLE)).rejects.toMatchObject({ name });
  expect(await open(ROLE)).toEqual([]);
  const again = new Date(clock + 300_000).toISOString();
  expect((await hub.objects.read(ARN)).state?.again).toBe(again);
});
