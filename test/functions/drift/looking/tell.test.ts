/** A change of what nobody looks after wakes nobody, and is known to have been told. */
import '../../runtime/quiet.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ObjectRef, SeenChange } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import { tellOfChange } from '../../../../functions/drift/looking/tell.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, ASSOCIATION, config, NOW } from '../remedy/objects.ts';

let dynamo: Dynamo;
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
});
afterAll(() => dynamo.close());

const change: SeenChange = {
  ...{ eventId: 'e-1', at: NOW, kind: 'RoleCreated', facets: ['*'], via: 'event' },
  actor: { type: 'IAMUser', eventId: 'e-1' },
};

test.each<[string, ObjectRef, string]>([
  ['a role that nobody looks after', { object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/strange` }, 'ignored'],
  ['an association, whoever made it', ASSOCIATION, 'woken'],
])('%s', async (_what, ref, to) => {
  const started: string[] = [];
  const objects = store.objects(OBJECT_SCHEMAS);
  const start = async (_machine: string, name: string) => started.push(name) > 0;
  const hub = { store, objects, grants: store.grants(Grant), config: config(), now: () => new Date(NOW), start };
  const { key } = placeOf(ref);
  expect(await tellOfChange(hub, [{ ref, change }])).toMatchObject({ [to]: [key] });
  expect(started).toHaveLength(to === 'woken' ? 1 : 0);
  expect((await objects.read(key)).changes).toEqual([change]);
});
