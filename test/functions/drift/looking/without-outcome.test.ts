/** An intent of longer ago that nobody heard the outcome of is told, until the thing is as it was to be. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Actual, OpenIntent } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { withoutOutcome } from '../../../../functions/drift/looking/without-outcome.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, config, NOW, ROLE } from '../remedy/objects.ts';

const EXECUTION = 'd-0123456789ab-m0-1';
const ago = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString();
const intent = (more: Partial<OpenIntent> = {}): OpenIntent => ({
  ...{ execution: EXECUTION, facet: 'boundary', value: 'ours', at: ago(1800), requestIds: [] },
  ...more,
});

describe('which intents are told', () => {
  const actual = (more: Partial<Actual> = {}): Actual => ({
    ...{ readAt: NOW, complete: true, unread: [], facets: { exists: 'AROA', boundary: 'other' } },
    ...more,
  });
  test.each<[string, OpenIntent, Actual, boolean]>([
    ['open, and otherwise', intent(), actual(), true],
    ['a second too young', intent({ at: ago(1799) }), actual(), false],
    ['with an outcome', intent({ closedAt: ago(1700) }), actual(), false],
    ['as it was to be', intent(), actual({ facets: { boundary: 'ours' } }), false],
    ['what was to go is gone', intent({ value: null }), actual({ facets: {} }), false],
    ['what was to go is there', intent({ value: null }), actual(), true],
    ['what was to be made is there', intent({ facet: 'exists', value: '*' }), actual(), false],
    ['what was to be made is not', intent({ facet: 'exists', value: '*' }), actual({ facets: {} }), true],
    ['nobody could read it', intent(), actual({ unread: ['boundary'] }), false],
    ['absent from what is not whole', intent(), actual({ complete: false, facets: {} }), false],
  ])('%s: %#', (_what, one, read, isTold) => {
    const found = withoutOutcome(ROLE, [one], read, { now: new Date(NOW), intentSeconds: 1800 });
    expect(found.map(({ subject }) => subject)).toEqual(isTold ? [one.facet] : []);
  });

  test('two of one thing are one finding', () => {
    const later = intent({ execution: 'd-0123456789ab-m0-2', at: ago(1801) });
    const found = withoutOutcome(ROLE, [later, intent()], actual(), { now: new Date(NOW), intentSeconds: 1800 });
    expect(found).toMatchObject([{ reason: 'IntentWithoutOutcome', sentence: expect.stringContaining(EXECUTION) }]);
  });
});

describe('a look', () => {
  const ARN = `arn:aws:iam::${ACCOUNT}:role/orders`;
  let dynamo: Dynamo;
  let store: Store;
  let hub: LookHub;
  let clock: number;
  let boundary: string;
  beforeEach(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
    clock = Date.parse(NOW);
    boundary = 'arn:aws:iam::222222222222:policy/other';
    hub = {
      ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
      now: () => new Date(clock),
      ask: async () => ({
        ...{ object: 'role', roleId: 'AROA', documents: {}, readAt: new Date(clock).toISOString() },
        seen: {
          ...{ present: true, roleArn: ARN, trust: '{"Statement":[]}', managedPolicyArns: [], inline: {}, tags: {} },
          boundary,
        },
      }),
      start: async () => true,
      tell: async () => undefined,
      count: () => undefined,
    };
    await hub.objects.keepBaseline(ARN, { acceptedAt: NOW, by: 'ada', facets: {}, closed: [] });
  });
  afterEach(() => dynamo.close());

  const look = async () => {
    clock += 60_000;
    await markDirty(hub.objects, placeOf(ROLE).key, clock, () => EXECUTION, 30);
    await lookAt(hub, { ref: ROLE, execution: EXECUTION, looks: 0, because: 'told' });
    const rows = await store.findings.of(placeOf(ROLE).key);
    return rows.filter(({ judge }) => judge === 'intents').map(({ state }) => state);
  };

  test('opens the finding, and resolves it when the thing is as it was to be', async () => {
    const until = clock / 1000 + 86_400;
    await hub.objects.keepIntent(placeOf(ROLE).key, intent({ value: 'arn:aws:iam::222222222222:policy/ours' }), until);
    expect(await look()).toEqual(['open']);
    expect(await look()).toEqual(['open']);
    boundary = 'arn:aws:iam::222222222222:policy/ours';
    expect(await look()).toEqual(['resolved']);
  });

  test('writes nothing where there is none', async () => {
    expect(await look()).toEqual([]);
  });
});
