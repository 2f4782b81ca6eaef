/** What the quotas are held against: how many grants there are of a team, and in a namespace, whosever they are. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GrantEvent } from '../../../../functions/grants/events.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { begin } from '../../../../functions/grants/life.ts';
import { countsFor } from '../../../../functions/provisioning/planning/machine.ts';
import { openStore } from '../../../../functions/store/index.ts';
import { ann, bob, cluster, NOW, nextId, PAYMENTS, settings, through, wishOf } from '../../grants/samples.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';

const idOf = (n: number): string => `g-${String(n).padStart(16, '0')}`;
const open = ({ client }: Pick<Dynamo, 'client'>) => openStore(client).grants(Grant);
let dynamo: Dynamo;
let grants: ReturnType<typeof open>;

/** Keeps a grant that has gone through these events. */
const keep = async (n: number, change: object, ...events: object[]): Promise<void> => {
  const begun = begin({ id: idOf(n), eventId: 'asked', wish: wishOf(change), by: ann }, NOW, settings);
  const read = events.map((event) => GrantEvent.parse({ id: nextId(), ...event }));
  await grants.begin(through(begun, read));
};

const allowed = { kind: 'decided', version: 1, verdict: 'allowed', needs: [], because: [] };
const provisioned = { kind: 'provisioned', version: 1, notes: [] };

beforeAll(async () => {
  dynamo = await startDynamo();
  grants = open(dynamo);
  await keep(1, {});
  await keep(2, { serviceAccount: 'web' }, allowed, provisioned);
  // Of another team, in the same namespace; and in one whose name begins alike.
  await keep(3, { team: 'platform', serviceAccount: 'agent' });
  await keep(4, { team: 'platform', namespace: 'checkout-test' });
  await keep(5, { clusters: [cluster(), cluster('staging')], serviceAccount: 'jobs' });
  // Over, and elsewhere by now.
  await keep(6, { serviceAccount: 'gone' }, { kind: 'withdrawn', by: ann, why: '' });
  const moved = wishOf({ serviceAccount: 'moved', clusters: [cluster('staging')] });
  await keep(
    7,
    { serviceAccount: 'moved' },
    allowed,
    provisioned,
    { kind: 'change-requested', basedOn: 1, by: bob, wish: moved },
    { ...allowed, version: 2 },
    { ...provisioned, version: 2 },
  );
});
afterAll(() => dynamo.close());

const space = (name: string, namespace = 'checkout'): string => `${PAYMENTS}/eu-west-1/${name}/${namespace}`;

const COUNTED: readonly [what: string, wish: object, grantId: string, team: number, namespaces: object][] = [
  ['a new one', {}, idOf(99), 4, { [space('payments')]: 4 }],
  ['itself is not counted', {}, idOf(1), 3, { [space('payments')]: 3 }],
  ['of another team', { team: 'platform' }, idOf(99), 2, { [space('payments')]: 4 }],
  [
    'in two clusters',
    { clusters: [cluster(), cluster('staging')] },
    idOf(99),
    4,
    { [space('payments')]: 4, [space('staging')]: 2 },
  ],
  ['in an empty namespace', { namespace: 'check' }, idOf(99), 4, { [space('payments', 'check')]: 0 }],
];
test.each(COUNTED)('%s', async (_what, wish, grantId, team, namespaces) => {
  expect(await countsFor({ grants }, { wish: wishOf(wish), grantId })).toEqual({ team, namespaces });
});
