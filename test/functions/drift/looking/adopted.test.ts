/** What somebody asks to keep, from the request to its end: left alone while it waits, mended again once it is rejected, resolved once it is in force. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import type { ReadObjectOutput } from '../../../../functions/drift/spoke-contract.ts';
import { advance, Grant, type GrantEvent, ResolvedGrant } from '../../../../functions/grants/index.ts';
import { clusterArn } from '../../../../functions/identity.ts';
import { findingId } from '../../../../functions/store/finding-row.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import {
  active,
  allowed,
  ann,
  bob,
  config,
  ID,
  NOW,
  nextId,
  provisioned,
  settings,
  wishOf,
} from '../../grants/samples.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { API, ASSOCIATION, planFor } from '../gathering/plans.ts';

const { key: KEY } = placeOf(ASSOCIATION);
const FINDING = findingId(KEY, { reason: 'SessionTagsDisabled', subject: 'session-tags' });
const EXECUTION = 'd-0123456789ab-m0-1';

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
let written: boolean[];
let off: boolean;

beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW) + 3_600_000;
  [written, off] = [[], true];
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: Config.parse(config) },
    now: () => new Date(clock),
    ask: async (call) => {
      if (call.function === 'read-object') return read();
      written.push(off);
      off = false;
      return { status: 'updated', association: read().found?.state, at: now() };
    },
    start: async () => true,
    tell: async () => undefined,
    count: () => undefined,
  };
  await hub.objects.keepBaseline(clusterArn(API), { acceptedAt: NOW, by: 'ann', facets: {}, closed: [] });
  await hub.grants.begin(active());
  await keepPlan(1);
  await store.associations.keep(API, { state: stateNow(), revision: NOW });
});
afterEach(() => dynamo.close());

const now = (): string => new Date(clock).toISOString();
const wished = planFor(ID, 1, wishOf()).associations[0];
const stateNow = () => ({
  ...{ associationId: 'a-1', associationArn: 'arn:a-1', roleArn: wished?.roleArn ?? '', disableSessionTags: off },
  ...(wished?.targetRoleArn !== undefined && { targetRoleArn: wished.targetRoleArn }),
});
const read = (): Extract<ReadObjectOutput, { object: 'association' }> => ({
  ...{ object: 'association', cluster: 'present', readAt: now() },
  found: { identity: API, state: stateNow(), tags: { ...wished?.tags } },
});
const keepPlan = async (version: number, change: object = {}): Promise<void> => {
  await store.plans(ResolvedGrant).keep({ attempt: 1, do: 'provision' }, planFor(ID, version, wishOf(change)));
};
const happen = async (event: GrantEvent): Promise<void> => {
  const kept = await hub.grants.get(ID);
  if (kept === undefined) throw new Error('no grant');
  const after = advance(kept.grant, event, now(), settings);
  if ('refused' in after) throw new Error(after.refused);
  await hub.grants.put(after.grant, kept.revision);
};
const ask = (adopts?: { finding: string; object: string; facet: string }[]): Promise<void> =>
  happen({
    ...{ kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish: wishOf({ sessionTags: false }) },
    ...(adopts && { adopts }),
  });
const MARK = [{ finding: FINDING, object: KEY, facet: 'session-tags' }];
const look = async (seconds: number) => {
  clock += seconds * 1000;
  await markDirty(hub.objects, KEY, clock, () => EXECUTION, 30);
  return lookAt(hub, { ref: ASSOCIATION, execution: EXECUTION, looks: 0, because: 'told' });
};
const held = async (): Promise<readonly string[]> =>
  (await store.findings.of(KEY)).flatMap(({ state, held: why }) => (state === 'open' ? [why ?? 'not held'] : []));

test('it is left alone while its adoption waits, and mended within minutes once that is rejected', async () => {
  await look(0);
  await ask(MARK);
  expect(await look(60)).toMatchObject({ told: expect.stringContaining('held because of adopted') });
  expect([written, await held()]).toEqual([[], [`Adopted as version 2 of ${ID}, which was just asked for.`]]);
  const { state } = await hub.objects.read(KEY);
  expect(Date.parse(state?.again ?? '') - clock).toBe(300_000);
  await happen({ kind: 'rejected', id: nextId(), version: 2, by: bob, why: 'no' });
  await look(300);
  expect(written).toEqual([true]);
});

test('any other request for the same shields nothing', async () => {
  await look(0);
  await ask();
  await look(60);
  expect(written).toEqual([true]);
});

test('once the version is in force it is as it should be, and nobody has written anything', async () => {
  await look(0);
  await ask(MARK);
  await happen(allowed(2));
  await keepPlan(2, { sessionTags: false });
  await look(60);
  await happen(provisioned(2));
  await look(60);
  expect([written, await held()]).toEqual([[], []]);
  expect(await store.findings.of(KEY)).toMatchObject([{ id: FINDING, state: 'resolved' }]);
});
