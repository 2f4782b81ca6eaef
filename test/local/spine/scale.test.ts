/** Sizes at which limits could be met: a full cluster, and an identity with a thousand pods. */
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { machineName } from '../../../functions/names.ts';
import { listOnce } from '../../../local/control-plane.ts';
import { change, dissociate } from './associations.ts';
import { deployment, fleet, NAMESPACE, podRole, REGION, roleArn, SHOP, serviceAccount } from './fleets.ts';
import { as, eventually, kubernetes, type Running, settled, startFleet, storeOf } from './harness.ts';
import { changeIn, mailOf } from './mail.ts';
import { deniesOn, ended, resultOf } from './revocations.ts';

/** EKS's limit for a cluster. */
const ASSOCIATIONS = 5_000;
const FULL = { account: SHOP, region: REGION, cluster: 'full' };

const WORKLOADS = 100;
const PODS = 10;
const BUSY = { context: 'busy', namespace: NAMESPACE, serviceAccount: 'busy' };

/** Step Functions' quotas: bytes of a payload, events of a history. */
const LARGEST_PAYLOAD = 262_144;
const LONGEST_HISTORY = 25_000;

let demo: Running;

beforeAll(async () => {
  demo = await startFleet(
    fleet({
      clusters: [
        { name: 'full' },
        {
          name: 'busy',
          associations: [{ namespace: NAMESPACE, serviceAccount: 'busy', roleArn: roleArn('busy') }],
          manifests: [
            serviceAccount('busy'),
            ...Array.from({ length: WORKLOADS }, (_, index) =>
              deployment(`web-${index}`, { replicas: PODS, account: 'busy' }),
            ),
          ],
        },
      ],
      roles: [podRole('busy'), podRole('first'), podRole('second')],
    }),
  );
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

it('lists a full cluster that no event has told of, and knows what an update took away', async () => {
  await settled(demo);
  const mail = mailOf(demo);
  mail.onRecord = (event) => {
    if (!changeIn(event)?.startsWith('Create')) mail.deliver(event);
  };
  const { caller } = demo.cloud.administrator(SHOP);
  for (let index = 0; index < ASSOCIATIONS; index += 1) {
    const input = {
      clusterName: 'full',
      namespace: `ns-${index % 50}`,
      serviceAccount: `sa-${index}`,
      roleArn: roleArn('first'),
    };
    await demo.cloud.call('eks', 'CreatePodIdentityAssociation', input, { caller, region: REGION });
  }
  await listOnce(demo.cloud, demo.config);
  await settled(demo);
  expect(await storeOf(demo).associations.countAt(FULL, new Date().toISOString())).toBe(ASSOCIATIONS);

  const place = { context: 'full', namespace: 'ns-7', serviceAccount: 'sa-7' };
  await change(demo, place, { roleArn: roleArn('second') });
  const row = await ended(demo, place);
  expect(row.revocation.former?.roleArn).toBe(roleArn('first'));
  expect(await deniesOn(demo, 'shop', 'first')).toHaveLength(1);
}, 300_000);

it('revokes an identity with a thousand pods far below the limits of Step Functions', async () => {
  const { core } = await kubernetes(demo, 'busy');
  await eventually('all pods', async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, fieldSelector: 'status.phase=Running' });
    return items.length === WORKLOADS * PODS;
  });
  await dissociate(demo, BUSY);
  const row = await ended(demo, BUSY);
  expect(row.outcome).toBe('revoked');
  const { restarted, remaining } = resultOf(row);
  expect(restarted.map(({ how, pods }) => ({ how, pods }))).toEqual(
    Array.from({ length: WORKLOADS }, () => ({ how: 'Roll', pods: PODS })),
  );
  expect(remaining?.pods).toBe(0);

  const events = await historyOf(row.revocation.id);
  expect(Math.max(...events.flatMap(payloadsOf))).toBeLessThan(LARGEST_PAYLOAD);
  expect(events.length).toBeLessThan(LONGEST_HISTORY / 10);
}, 180_000);

const historyOf = async (id: string): Promise<HistoryEvent[]> => {
  const { account, region } = demo.config.hub;
  const states = new SFNClient({ ...as(demo, 'hub'), region });
  const executionArn = `arn:aws:states:${region}:${account}:execution:${machineName('revoke')}:${id}`;
  const events: HistoryEvent[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await states.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
    if (nextToken === undefined) return events;
  }
};

/** The sizes of what states and tasks were given and gave, in bytes. */
const payloadsOf = (event: HistoryEvent): number[] =>
  Object.values(event).flatMap((details: unknown) =>
    typeof details === 'object' && details !== null
      ? Object.values(details).map((value: unknown) => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
      : [],
  );
